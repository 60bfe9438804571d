"""A run with graded judgements, ties and unjudged passages, measured by trec_eval; average precision by scikit-learn.

Run in this folder: python make.py     (made with Python 3.11, pytrec_eval-terrier 0.5.11, scikit-learn 1.9.1)
"""
import json
import pathlib
import random

import pytrec_eval
from sklearn.metrics import average_precision_score

here = pathlib.Path(__file__).parent
random.seed(3)

run, qrels = {}, {}
for q in range(40):
    docs = random.sample(range(200), 30)
    # Few distinct scores, so that many tie; some negative.
    run[f"q{q}"] = {f"d{d}": random.randrange(-4, 12) / 4 for d in docs}
    judged = random.sample(docs, 8) + random.sample(range(200, 230), 4)
    qrels[f"q{q}"] = {f"d{d}": random.choice([-1, 0, 0, 1, 1, 2, 3]) for d in judged}
qrels["q38"] = {doc: 0 for doc in qrels["q38"]}  # judged, nothing relevant
del qrels["q39"]  # not judged
qrels["no-hits"] = {"d1": 1}  # relevant passages, but not in the run

(here / "run.trec").write_text(
    "".join(
        f"{q} Q0 {d} {i} {s} golden\n" for q, docs in run.items() for i, (d, s) in enumerate(docs.items(), 1)
    )
)
(here / "qrels.trec").write_text("".join(f"{q} 0 {d} {g}\n" for q, docs in qrels.items() for d, g in docs.items()))

CUTS = [1, 3, 10, 100]
measures = {f"{m}.{k}" for m in ("recall", "ndcg_cut") for k in CUTS}
full = pytrec_eval.RelevanceEvaluator(qrels, measures).evaluate(run)
golden = {q: {} for q in full}
for q, values in full.items():
    for k in CUTS:
        golden[q][f"recall@{k}"] = values[f"recall_{k}"]
        golden[q][f"ndcg@{k}"] = values[f"ndcg_cut_{k}"]
# trec_eval has no cut for recip_rank: cut the run, in trec_eval's order (score, then docId backwards).
for k in CUTS:
    cut = {
        q: dict(sorted(docs.items(), key=lambda e: (e[1], e[0]), reverse=True)[:k]) for q, docs in run.items()
    }
    for q, values in pytrec_eval.RelevanceEvaluator(qrels, {"recip_rank"}).evaluate(cut).items():
        golden[q][f"mrr@{k}"] = values["recip_rank"]

ap = []
for positives, levels in [(0.5, 1000), (0.3, 12), (0.1, 3), (0.9, 1)]:
    labels = [int(random.random() < positives) for _ in range(60)]
    scores = [random.randrange(levels) / levels - 0.3 for _ in labels]
    ap.append({"labels": labels, "scores": scores, "ap": float(average_precision_score(labels, scores))})

(here / "expected.json").write_text(json.dumps({"queries": golden, "averagePrecision": ap}, indent=1) + "\n")
