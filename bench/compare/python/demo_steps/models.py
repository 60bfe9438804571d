"""The bundled encoder by onnxruntime and tokenizers."""

import json
import pathlib

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

BATCH = 32


def open_session(path):
    options = ort.SessionOptions()
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def padded(ids, pad):
    longest = max(map(len, ids))
    tokens = np.full((len(ids), longest), pad, np.int64)
    mask = np.zeros((len(ids), longest), np.int64)
    for row, own in enumerate(ids):
        tokens[row, : len(own)] = own
        mask[row, : len(own)] = 1
    return tokens, mask


class Encoder:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.card = json.loads((folder / "xqg.json").read_text())
        self.session = open_session(folder / self.card["files"]["model"])
        self.tokenizer = Tokenizer.from_file(str(folder / self.card["files"]["tokenizer"]))
        self.tokenizer.no_padding()

    def token_ids(self, texts, limit):
        self.tokenizer.enable_truncation(limit)
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]

    def hidden(self, tokens, mask):
        return self.session.run(["last_hidden_state"], {"input_ids": tokens, "attention_mask": mask})[0]

    def encode(self, texts, kind, limit=None):
        """Mean pooling, length 1; batches of 32 sorted by length. Tokens: the card's limit, or another one."""
        limit = limit or self.card["maxQueryTokens" if kind == "query" else "maxPassageTokens"]
        ids = self.token_ids([self.card[f"{kind}Prefix"] + text for text in texts], limit)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        vectors = np.empty((len(ids), self.card["dimensions"]), np.float32)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            tokens, mask = padded([ids[row] for row in rows], self.card["padTokenId"])
            weights = mask[:, :, None].astype(np.float32)
            vectors[rows] = (self.hidden(tokens, mask) * weights).sum(1) / weights.sum(1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
