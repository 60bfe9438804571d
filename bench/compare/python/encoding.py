"""What both Python encoders of the comparisons share: texts, batches of 32, pooling."""

import json

import numpy as np
from tokenizers import Tokenizer

BATCH = 32
PAD = 1


def read_ids(options):
    """Token ids of all texts, special tokens included: tokenising is not in the peers' time."""
    with open(options["texts"], encoding="utf-8") as file:
        texts = json.load(file)
    tokenizer = Tokenizer.from_file(f"{options['model']}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(options["maxTokens"])
    return [encoding.ids for encoding in tokenizer.encode_batch([options["prefix"] + text for text in texts])]


def batches(ids, sort):
    """Positions, ids and mask of each batch, padded to its longest; sorted by length, or in input order."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i])) if sort else range(len(ids))
    made = []
    for start in range(0, len(ids), BATCH):
        rows = list(order[start : start + BATCH])
        longest = max(len(ids[row]) for row in rows)
        padded = np.full((len(rows), longest), PAD, np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        for i, row in enumerate(rows):
            padded[i, : len(ids[row])] = ids[row]
            mask[i, : len(ids[row])] = 1
        made.append((rows, padded, mask))
    return made


def mean_pooled(states, mask):
    """Means of the tokens' vectors, of length 1."""
    weights = mask[:, :, None].astype(np.float32)
    pooled = (states * weights).sum(1) / weights.sum(1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
