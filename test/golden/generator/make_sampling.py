"""Probabilities after transformers' temperature, top-k and top-p warpers, in its order, on fixed logits.

    python make_sampling.py       from this folder; transformers 4.57.6, torch 2.15.0

Writes sampling.json: logits as float32 values and, for each setting, the tokens that are left with their
probabilities; and the beginnings of some questions' random streams (sfc32 seeded by sha256), computed by themselves.
"""

import hashlib
import json
import struct
from pathlib import Path

import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

torch.manual_seed(7)
vectors = {
    "peaked": torch.randn(200) * 4,
    "flat": torch.randn(200) * 0.3,
    "ties": torch.tensor([1.0, 3.0, 3.0, 2.0, 3.0, 0.5, 2.0, -1.0]),
    "suppressed": torch.cat([torch.randn(20), torch.full((20,), float("-inf"))]),
}
settings = [
    {"topK": 0, "topP": 1.0, "temperature": 1.0},
    {"topK": 10, "topP": 1.0, "temperature": 0.7},
    {"topK": 2, "topP": 1.0, "temperature": 1.0},
    {"topK": 0, "topP": 0.9, "temperature": 1.0},
    {"topK": 0, "topP": 0.3, "temperature": 1.5},
    {"topK": 30, "topP": 0.8, "temperature": 0.7},
    {"topK": 0, "topP": 0.001, "temperature": 1.0},
    {"topK": 1000, "topP": 0.95, "temperature": 2.0},
]
cases = []
for name, logits in vectors.items():
    for setting in settings:
        if name == "ties" and setting["topP"] < 1:
            continue  # which of equals stays is left to torch's unstable sort
        scores = TemperatureLogitsWarper(setting["temperature"])(None, logits[None])
        if setting["topK"] > 0:
            scores = TopKLogitsWarper(setting["topK"])(None, scores)
        if setting["topP"] < 1:
            scores = TopPLogitsWarper(setting["topP"])(None, scores)
        probabilities = scores.softmax(-1)[0]
        tokens = probabilities.nonzero()[:, 0].tolist()
        kept = [round(probabilities[token].item(), 6) for token in tokens]
        cases.append({"logits": name, **setting, "tokens": tokens, "probabilities": kept})


def stream(seed, doc_id, language, index):
    """The first three numbers in [0, 1) and the 31-bit seed of a question."""
    key = hashlib.sha256(json.dumps([seed, doc_id, language, index], separators=(",", ":")).encode()).digest()
    a, b, c, counter = struct.unpack("<4I", key[:16])
    words = []
    for _ in range(6):
        words.append((a + b + counter) % 2**32)
        counter = (counter + 1) % 2**32
        a, b = b ^ (b >> 9), (c + (c << 3)) % 2**32
        c = (((c << 21) | (c >> 11)) + words[-1]) % 2**32
    numbers = [((high >> 5) * 2**26 + (low >> 6)) / 2**53 for high, low in zip(words[::2], words[1::2])]
    return {"question": [seed, doc_id, language, index], "numbers": numbers, "seed": struct.unpack("<I", key[:4])[0] % 2**31}


streams = [stream(42, "xquad-0", "ar", 0), stream(0, "a", "te", 4)]
rounded = {name: [None if v == float("-inf") else v for v in logits.tolist()] for name, logits in vectors.items()}
path = Path(__file__).parent / "sampling.json"
path.write_text(json.dumps({"logits": rounded, "cases": cases, "streams": streams}) + "\n")
