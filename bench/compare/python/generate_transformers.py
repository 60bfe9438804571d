"""Questions by transformers' generate with PyTorch: one batch, every prompt encoded once, `perLanguage` sequences each."""

import json

import torch
from side import serve
from transformers import MT5ForConditionalGeneration


def open_side(options):
    torch.set_num_threads(options["threads"])
    device = options["device"]
    model = MT5ForConditionalGeneration.from_pretrained(options["model"], dtype=torch.float32).eval().to(device)
    pad = model.config.pad_token_id
    # Without an end token nothing looks for one: all questions have 64 tokens.
    model.generation_config.eos_token_id = None
    with open(options["prompts"], encoding="utf-8") as file:
        prompts = json.load(file)
    longest = max(map(len, prompts))
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in prompts], device=device)
    batch = {"input_ids": ids, "attention_mask": (ids != pad).long(), "max_new_tokens": 64}

    def run():
        with torch.inference_mode():
            made = model.generate(
                **batch, do_sample=True, top_k=10, num_return_sequences=options["perLanguage"], use_cache=True
            )
        return {"tokens": made[:, 1:].numel()}

    def save(path):
        with torch.inference_mode():
            made = model.generate(**batch, do_sample=False, num_beams=1, suppress_tokens=[2])
        with open(path, "w", encoding="utf-8") as file:
            json.dump(made[:, 1:].tolist(), file)

    return run, save


serve(open_side)
