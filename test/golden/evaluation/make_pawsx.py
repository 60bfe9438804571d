"""Robustness figures of the bundled encoder on the first rows of the demo's PAWS-X, by Python.

Run in this folder: python make_pawsx.py
(made with Python 3.11, onnxruntime 1.32.0, tokenizers 0.22.2, scikit-learn 1.9.1; texts one by one, without padding)
"""
import gzip
import json
import pathlib

import numpy as np
import onnxruntime
from sklearn.metrics import average_precision_score
from tokenizers import Tokenizer

here = pathlib.Path(__file__).parent
root = here / "../../.."
model = root / "models/multilingual-e5-small-q4"
session = onnxruntime.InferenceSession(str(model / "onnx/model_q4.onnx"), providers=["CPUExecutionProvider"])
tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
tokenizer.enable_truncation(64)
ROWS = 40


def encode(texts):
    vectors = []
    for text in texts:
        ids = np.array([tokenizer.encode("query: " + text).ids], np.int64)
        hidden = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        vectors.append(hidden.mean(0) / np.linalg.norm(hidden.mean(0)))
    return np.array(vectors)


data = {}
for language in ["en", "de"]:
    lines = gzip.open(root / f"examples/data/pawsx/dev-{language}.tsv.gz", "rt", encoding="utf8", newline="\n")
    rows = [line.rstrip("\n").split("\t") for line in lines][:ROWS]
    data[language] = (encode([r[0] for r in rows]), encode([r[1] for r in rows]), np.array([int(r[2]) for r in rows]))

english = data["en"]
expected = {}
for language, (first, second, labels) in data.items():
    to_second = (first * english[1]).sum(1)
    margins = ((first * english[0]).sum(1) - to_second)[english[2] == 0]
    expected[language] = {
        "pairs": {"ap": average_precision_score(labels, (first * second).sum(1)), "rows": ROWS},
        "crossPairs": {"ap": average_precision_score(labels, to_second), "rows": ROWS},
        "adversarial": {
            "winRate": float((margins <= 0).mean()),
            "meanMargin": float(margins.mean()),
            "rows": len(margins),
        },
    }
    print(language, "smallest margin", np.abs(margins).min())
(here / "pawsx.json").write_text(json.dumps(expected, indent=1) + "\n")
