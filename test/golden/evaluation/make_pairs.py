"""Pair classification as MTEB computes it, on vectors with ties, and average precision by scikit-learn.

Run in this folder, in an environment with numpy and scikit-learn:
    pip download --no-deps mteb==1.38.9 && python make_pairs.py mteb-1.38.9-py3-none-any.whl
(made with Python 3.11, numpy 2.4, scikit-learn 1.9). mteb itself needs torch; only the functions that count are taken
from its source: they use nothing but numpy and average_precision_score.
"""
import ast
import json
import pathlib
import sys
import zipfile

import numpy as np
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import paired_cosine_distances, paired_euclidean_distances, paired_manhattan_distances

here = pathlib.Path(__file__).parent
source = zipfile.ZipFile(sys.argv[1]).read("mteb/evaluation/evaluators/PairClassificationEvaluator.py").decode()
wanted = {"_compute_metrics", "find_best_acc_and_threshold", "find_best_f1_and_threshold", "ap_score"}
evaluator = next(
    node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "PairClassificationEvaluator"
)
evaluator.bases = []
evaluator.body = [node for node in evaluator.body if getattr(node, "name", "") in wanted]
scope = {"np": np, "average_precision_score": average_precision_score}
exec(compile(ast.Module([evaluator], []), "mteb", "exec"), scope)
compute = scope["PairClassificationEvaluator"]._compute_metrics


def case(name, first, second, labels):
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    scores = {
        "cosine": (1 - paired_cosine_distances(first, second), True),
        "dot": ((first * second).sum(1), True),
        "euclidean": (paired_euclidean_distances(first, second), False),
        "manhattan": (paired_manhattan_distances(first, second), False),
    }
    expected = {key: compute(values, np.array(labels), higher) for key, (values, higher) in scores.items()}
    return {"name": name, "first": first.tolist(), "second": second.tolist(), "labels": labels, "expected": expected}


rng = np.random.default_rng(3)
rows, dimensions = 120, 6
first = rng.normal(size=(rows, dimensions)).round(3)
labels = rng.integers(0, 2, rows).tolist()
noise = np.where(np.array(labels)[:, None] == 1, 0.9, 1.1) * rng.normal(size=(rows, dimensions))
cases = [
    case("close and far pairs", first, (first + noise).round(3), labels),
    case("few positives", first[:40], (first + noise).round(3)[:40], [1 if i % 13 == 5 else 0 for i in range(40)]),
]
# Small whole numbers: dot products and Manhattan distances are exact and often equal.
tied = rng.integers(-2, 3, (60, 4))
cases.append(case("equal scores", tied, rng.integers(-2, 3, (60, 4)), rng.integers(0, 2, 60).tolist()))
(here / "pairs.json").write_text(json.dumps(cases) + "\n")
