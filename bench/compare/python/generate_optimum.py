"""Questions by optimum's ORTModelForSeq2SeqLM on the files of the bundled models.

Every passage is encoded once and its hidden states are handed on to `generate` for each language, whose token is the first
of the decoder's.
"""

import json
from pathlib import Path

import torch
from onnxruntime import SessionOptions
from optimum.onnxruntime import ORTModelForSeq2SeqLM
from optimum_folder import folder_for_optimum
from side import serve
from transformers.modeling_outputs import BaseModelOutput

# Prompts decoded together: with three questions each, 96 rows at most.
BATCH = 32


def open_side(options):
    torch.set_num_threads(options["threads"])
    folder = Path(options["folder"]) / "optimum"
    folder.mkdir()
    card = folder_for_optimum(Path(options["models"]), folder)
    session = SessionOptions()
    session.intra_op_num_threads = options["threads"]
    model = ORTModelForSeq2SeqLM.from_pretrained(folder, use_merged=False, session_options=session)
    with open(options["prompts"], encoding="utf-8") as file:
        prompts = json.load(file)
    pad, eos = card["padTokenId"], card["eosTokenId"]
    limits = {"max_new_tokens": card["maxNewTokens"], "suppress_tokens": card["suppressTokenIds"]}
    # Longest first, so that prompts of like length share a batch.
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

    def questions(per_language, **how):
        """New token ids of every prompt, language and question, the end token left out."""
        made = {}
        for batch in batches:
            longest = max(len(prompts[i]) for i in batch)
            ids = torch.tensor([prompts[i] + [pad] * (longest - len(prompts[i])) for i in batch])
            mask = (ids != pad).long()
            hidden = model.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            for language in options["languages"]:
                rows = model.generate(
                    encoder_outputs=BaseModelOutput(last_hidden_state=hidden),
                    attention_mask=mask,
                    # As decoder_input_ids the language would stand after the configuration's own first token.
                    decoder_start_token_id=card["languageTokenIds"][language],
                    num_return_sequences=per_language,
                    **limits,
                    **how,
                )
                for row, tokens in enumerate(rows[:, 1:].tolist()):
                    ended = tokens[: tokens.index(eos)] if eos in tokens else tokens
                    made[batch[row // per_language], language, row % per_language] = ended
        return made

    def run():
        sampling = card["sampling"]
        made = questions(
            options["perLanguage"], do_sample=True, top_k=sampling["topK"], temperature=sampling["temperature"]
        )
        return {"tokens": sum(map(len, made.values()))}

    def save(path):
        made = questions(1, do_sample=False, num_beams=1)
        rows = [made[i, language, 0] for i in range(len(prompts)) for language in options["languages"]]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(rows, file)

    return run, save


serve(open_side)
