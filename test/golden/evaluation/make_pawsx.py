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
ROWS = 40


def encode(texts, kind="query"):
    tokenizer.enable_truncation(64 if kind == "query" else 128)
    vectors = []
    for text in texts:
        ids = np.array([tokenizer.encode(f"{kind}: {text}").ids], np.int64)
        hidden = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        vectors.append(hidden.mean(0) / np.linalg.norm(hidden.mean(0)))
    return np.array(vectors)


data, texts = {}, {}
for language in ["en", "de"]:
    lines = gzip.open(root / f"examples/data/pawsx/dev-{language}.tsv.gz", "rt", encoding="utf8", newline="\n")
    rows = [line.rstrip("\n").split("\t") for line in lines][:ROWS]
    texts[language] = rows
    data[language] = (encode([r[0] for r in rows]), encode([r[1] for r in rows]), np.array([int(r[2]) for r in rows]))

english = data["en"]
sentences = list(dict.fromkeys(text for row in texts["en"] for text in row[:2]))
corpora = {"adversarial": encode(sentences), "asPassages": encode(sentences, "passage")}


def retrieval(queries, corpus, own_labels):
    """Sentence 1 of each row searches all English sentences; the adversary and equal scores count against it."""
    scores = queries @ corpus.T
    true_at, other_at = ([sentences.index(row[side]) for row in texts["en"]] for side in (0, 1))
    ranks, margins, gaps = [], [], []
    for row, (true, other, label) in enumerate(zip(true_at, other_at, english[2])):
        relevant = {true, other} if label == 1 else {true}
        best = max(scores[row, at] for at in relevant)
        rivals = [score for at, score in enumerate(scores[row]) if at not in relevant]
        ranks.append(1 + sum(score >= best for score in rivals))
        gaps.append(min(abs(score - best) for score in rivals))
        margins.append(scores[row, true] - scores[row, other])
    ranks, margins, adversarial = np.array(ranks), np.array(margins), english[2] == 0
    figures = lambda chosen: (float((ranks[chosen] == 1).mean()), float((1 / ranks[chosen]).mean()), int(chosen.sum()))
    accuracy, mrr, count = figures(adversarial)
    of_paraphrases = dict(zip(("accuracy", "mrr", "rows"), figures(~adversarial)))
    print("  smallest margin", np.abs(margins[adversarial]).min(), "smallest gap", min(gaps))
    return {
        "ap": average_precision_score(own_labels, [scores[row, at] for row, at in enumerate(other_at)]),
        "winRate": float((margins[adversarial] <= 0).mean()),
        "meanMargin": float(margins[adversarial].mean()),
        "robustAccuracy": accuracy,
        "mrr": mrr,
        "rows": count,
        "paraphrases": of_paraphrases,
    }

expected = {}
for language, (first, second, labels) in data.items():
    to_second = (first * english[1]).sum(1)
    print(language)
    expected[language] = {
        "pairs": {"ap": average_precision_score(labels, (first * second).sum(1)), "rows": ROWS},
        "crossPairs": {"ap": average_precision_score(labels, to_second), "rows": ROWS},
        **{name: retrieval(first, corpus, labels) for name, corpus in corpora.items()},
    }
(here / "pawsx.json").write_text(json.dumps(expected, indent=1) + "\n")
