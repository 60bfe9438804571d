"""R@kkt by the procedure of XOR-Retrieve's evaluation script, for xor-retrieve.test.ts.

Run in this folder: python make_xor_retrieve.py     (made with Python 3.11, nltk 3.10.4)

`evaluate_top_k_hit` restates the function of that name in AkariAsai/XORQA, evals/eval_xor_retrieve.py (commit c894f52;
MIT, Copyright (c) 2020 Akari Asai), and `scores` what its main() prints; word_tokenize is NLTK's own with the parameters
in models/punkt-english. The ranked lists are drawn from the demo's passages for its questions, which have English
answers; a few are given answers yes or no, as XOR-Retrieve has them.
"""
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import tempfile
from statistics import mean

here = pathlib.Path(__file__).parent.resolve()
root = here / "../../.."
data = pathlib.Path(tempfile.mkdtemp()) / "tokenizers/punkt_tab"
shutil.copytree(root / "models/punkt-english", data / "english")
os.environ["NLTK_DATA"] = str(data.parent.parent)

from nltk.tokenize import word_tokenize  # noqa: E402  reads NLTK_DATA when imported


def evaluate_top_k_hit(results, gt_answers, max_token_num):
    per_lang = {}
    for item in results:
        counts = per_lang.setdefault(item["lang"], {"count": 0, "hit": 0})
        if item["id"] not in gt_answers:
            continue
        span_answers = [answer for answer in gt_answers[item["id"]] if answer not in ["yes", "no"]]
        if len(span_answers) == 0:
            continue
        counts["count"] += 1
        concat_string_tokens = []
        for ctx_text in item["ctxs"]:
            concat_string_tokens += word_tokenize(ctx_text)
            if len(concat_string_tokens) >= max_token_num:
                break
        concat_string = " ".join(concat_string_tokens[:max_token_num])
        if any(answer in concat_string for answer in span_answers):
            counts["hit"] += 1
    return {lang: counts for lang, counts in per_lang.items() if counts["count"] > 0}


def scores(results, gt_answers, max_token_num):
    per_lang = evaluate_top_k_hit(results, gt_answers, max_token_num)
    percent = {lang: counts["hit"] / counts["count"] * 100 for lang, counts in per_lang.items()}
    return {"counts": per_lang, "percent": percent, "average": mean(percent.values())}


def read(name):
    return [json.loads(line) for line in gzip.open(root / "examples/data" / name, "rt", encoding="utf8") if line.strip()]


random.seed(7)
texts = {passage["docId"]: passage["text"] for passage in read("passages.jsonl.gz")}
judged = gzip.open(root / "examples/data/qrels.trec.gz", "rt", encoding="utf8").read().split("\n")
relevant = {line.split()[0]: line.split()[2] for line in judged if line.strip()}
queries = []
for number, query in enumerate(random.sample(read("queries.jsonl.gz"), 420)):
    ranking = random.sample(sorted(texts), 60)
    if random.random() < 0.7:
        ranking.insert(random.choice([0, 1, 5, 12, 18, 30, 45]), relevant[query["queryId"]])
    answers = query["answers"]
    if number % 15 == 0:
        answers = [["yes"], ["no"], ["yes", *answers], ["Yes"]][number // 15 % 4]
    ranking = list(dict.fromkeys(ranking))
    queries.append({"queryId": query["queryId"], "lang": query["lang"], "answers": answers, "ranking": ranking})

results = [{"id": q["queryId"], "lang": q["lang"], "ctxs": [texts[d] for d in q["ranking"]]} for q in queries]
gt_answers = {q["queryId"]: q["answers"] for q in queries}
expected = {f"r@{k}kt": scores(results, gt_answers, k * 1000) for k in [1, 2, 5]}
buffer = io.BytesIO()
with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as out:
    out.write(json.dumps({"queries": queries, "expected": expected}, ensure_ascii=False).encode("utf8"))
(here / "xor-retrieve.json.gz").write_bytes(buffer.getvalue())
print({metric: round(figures["average"], 1) for metric, figures in expected.items()})
