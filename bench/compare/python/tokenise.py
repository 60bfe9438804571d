"""Token ids by Hugging Face's tokenizers (Rust), all texts in one call."""

import json

from side import serve
from tokenizers import Tokenizer


def open_side(options):
    with open(options["texts"], encoding="utf-8") as file:
        texts = json.load(file)
    tokenizer = Tokenizer.from_file(options["tokenizer"])
    tokenizer.no_padding()
    tokenizer.enable_truncation(options["maxTokens"])
    last = {}

    def run():
        last["ids"] = [encoding.ids for encoding in tokenizer.encode_batch(texts)]

    def save(path):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(last["ids"], file)

    return run, save


serve(open_side)
