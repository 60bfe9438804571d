"""Questions by a decoding loop on onnxruntime, written for these files: what an expert can get out of Python."""

import json

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

from .models import open_session, padded

# Passages decoded together, each with its 21 questions: 168 rows.
PASSAGES_OF_A_BATCH = 8
LEAVE_BELOW = 0.8


class LoopGenerator:
    """Cached keys and values, which stay ONNX Runtime's own between steps; rows that have ended leave the batch."""

    def __init__(self, models, encoder):
        folder = models / "xqg-mini"
        self.card = json.loads((folder / "xqg.json").read_text())
        files = self.card["files"]
        self.encoder = encoder
        self.first = open_session(folder / files["decoder"])
        self.next = open_session(folder / files["decoderWithPast"])
        self.tokenizer = Tokenizer.from_file(str(folder / files["decoderTokenizer"]))

    def generate(self, texts, languages, each, random):
        """For each text a list of questions for each language."""
        ids = self.encoder.token_ids(["passage: " + text for text in texts], self.card["maxInputTokens"])
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        questions = [None] * len(texts)
        starts = np.repeat([self.card["languageTokenIds"][language] for language in languages], each)
        for start in range(0, len(order), PASSAGES_OF_A_BATCH):
            rows = order[start : start + PASSAGES_OF_A_BATCH]
            decoded = self.decode([ids[row] for row in rows], starts, random)
            for place, row in enumerate(rows):
                own = decoded[place * len(starts) : (place + 1) * len(starts)]
                found = [text.strip() for text in self.tokenizer.decode_batch(own)]
                questions[row] = [found[i : i + each] for i in range(0, len(found), each)]
        return questions

    def decode(self, inputs, starts, random):
        tokens, mask = padded(inputs, self.card["padTokenId"])
        hidden = self.encoder.hidden(tokens, mask)
        hidden, mask = (np.repeat(array, len(starts), axis=0) for array in (hidden, mask))
        fed = np.tile(starts, len(inputs)).astype(np.int64)[:, None]
        feeds = {"input_ids": fed, "encoder_hidden_states": hidden, "encoder_attention_mask": mask}
        outputs = self.run(self.first, {name: ort.OrtValue.ortvalue_from_numpy(value) for name, value in feeds.items()})
        caches = {name.replace("present", "past_key_values"): outputs[name] for name in outputs if name != "logits"}
        mask = ort.OrtValue.ortvalue_from_numpy(mask)
        rows = np.arange(len(fed))
        alive = np.ones(len(fed), bool)
        results = [[] for _ in rows]
        for step in range(self.card["maxNewTokens"]):
            chosen = self.sample(outputs["logits"].numpy()[:, -1], random)
            alive &= chosen != self.card["eosTokenId"]
            for row, token in zip(rows[alive].tolist(), chosen[alive].tolist()):
                results[row].append(token)
            if not alive.any() or step == self.card["maxNewTokens"] - 1:
                break
            # Copying the caches of the others is worth it when many have ended.
            if alive.mean() < LEAVE_BELOW:
                rows, chosen = rows[alive], chosen[alive]
                caches = {name: ort.OrtValue.ortvalue_from_numpy(cache.numpy()[alive]) for name, cache in caches.items()}
                mask = ort.OrtValue.ortvalue_from_numpy(mask.numpy()[alive])
                alive = np.ones(len(rows), bool)
            fed = ort.OrtValue.ortvalue_from_numpy(chosen.astype(np.int64)[:, None])
            outputs = self.run(self.next, {"input_ids": fed, "encoder_attention_mask": mask, **caches})
            caches.update({name.replace("present", "past_key_values"): outputs[name] for name in outputs if name != "logits"})
        return results

    @staticmethod
    def run(session, feeds):
        names = [output.name for output in session.get_outputs()]
        return dict(zip(names, session.run_with_ort_values(names, feeds)))

    def sample(self, logits, random):
        """By the card's top-k and temperature, all rows at once."""
        count, temperature = self.card["sampling"]["topK"], self.card["sampling"]["temperature"]
        logits[:, self.card["suppressTokenIds"]] = -np.inf
        best = np.argpartition(logits, -count, axis=1)[:, -count:]
        weights = np.take_along_axis(logits, best, 1) / temperature
        weights = np.exp(weights - weights.max(1, keepdims=True)).cumsum(1)
        drawn = (random.random((len(logits), 1)) * weights[:, -1:] >= weights).sum(1)
        return np.take_along_axis(best, np.minimum(drawn, count - 1)[:, None], 1)[:, 0]
