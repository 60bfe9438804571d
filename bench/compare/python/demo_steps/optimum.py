"""Questions by optimum's `generate`, which is what is at hand for such files."""

import pathlib
import tempfile

import torch
from onnxruntime import SessionOptions
from optimum.onnxruntime import ORTModelForSeq2SeqLM
from optimum_folder import folder_for_optimum
from tokenizers import Tokenizer
from transformers.modeling_outputs import BaseModelOutput

from .models import padded

# Passages decoded together, each with its three questions of one language: 192 rows. With 32 it takes a sixth longer.
BATCH = 64


class OptimumGenerator:
    """Every passage is encoded once; its hidden states serve each language, whose token is the first of the decoder's."""

    def __init__(self, models, encoder):
        self.encoder = encoder
        options = SessionOptions()
        options.log_severity_level = 3
        with tempfile.TemporaryDirectory() as folder:
            self.card = folder_for_optimum(models, pathlib.Path(folder))
            self.model = ORTModelForSeq2SeqLM.from_pretrained(folder, use_merged=False, session_options=options)
        self.tokenizer = Tokenizer.from_file(str(models / "xqg-mini" / self.card["files"]["decoderTokenizer"]))

    def generate(self, texts, languages, each, random):
        """For each text a list of questions for each language."""
        torch.manual_seed(int(random.integers(2**31)))
        ids = self.encoder.token_ids(["passage: " + text for text in texts], self.card["maxInputTokens"])
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        questions = [[] for _ in texts]
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            tokens, mask = map(torch.from_numpy, padded([ids[row] for row in rows], self.card["padTokenId"]))
            hidden = self.model.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
            for language in languages:
                decoded = self.model.generate(
                    encoder_outputs=BaseModelOutput(last_hidden_state=hidden),
                    attention_mask=mask,
                    # As decoder_input_ids the language would stand after the configuration's own first token.
                    decoder_start_token_id=self.card["languageTokenIds"][language],
                    num_return_sequences=each,
                    do_sample=True,
                    top_k=self.card["sampling"]["topK"],
                    temperature=self.card["sampling"]["temperature"],
                    suppress_tokens=self.card["suppressTokenIds"],
                    max_new_tokens=self.card["maxNewTokens"],
                )
                found = [text.strip() for text in self.tokenizer.decode_batch(decoded[:, 1:].tolist())]
                for place, row in enumerate(rows):
                    questions[row].append(found[place * each : (place + 1) * each])
        return questions
