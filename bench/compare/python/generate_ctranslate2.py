"""Questions by CTranslate2 in float32: one batch, `perLanguage` sequences a prompt."""

import json
from pathlib import Path

import ctranslate2
from side import serve


def open_side(options):
    model = Path(options["model"])
    translator = ctranslate2.Translator(
        str(model), device="cpu", compute_type="float32", inter_threads=1, intra_threads=options["threads"]
    )
    vocabulary = json.loads((model / "shared_vocabulary.json").read_text(encoding="utf-8"))
    with open(options["prompts"], encoding="utf-8") as file:
        prompts = [[vocabulary[token] for token in row] for row in json.load(file)]
    # The shortest length rules the end token out until then.
    lengths = {"beam_size": 1, "min_decoding_length": 64, "max_decoding_length": 64, "max_batch_size": 1024}

    def run():
        made = translator.translate_batch(
            prompts, sampling_topk=10, num_hypotheses=options["perLanguage"], **lengths
        )
        return {"tokens": sum(len(tokens) for result in made for tokens in result.hypotheses)}

    def save(path):
        made = translator.translate_batch(prompts, sampling_topk=1, **lengths)
        ids = {token: i for i, token in enumerate(vocabulary)}
        with open(path, "w", encoding="utf-8") as file:
            json.dump([[ids[token] for token in result.hypotheses[0]] for result in made], file)

    return run, save


serve(open_side)
