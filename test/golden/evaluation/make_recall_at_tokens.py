"""Recall at k tokens, counted by the procedure of XOR-Retrieve's evaluation script, on the golden tokens.

Run in this folder after ../tokens/make.py: python make_recall_at_tokens.py     (Python 3.11, no packages)

The script (AkariAsai/XORQA, evals/eval_xor_retrieve.py) goes through each question's passages, adds each one's
word_tokenize to a list, stops when the list has the number of tokens, cuts it there, joins it by spaces, and
looks for every answer but "yes" and "no" in it. Here the tokens are those NLTK gave for Punkt parameters trained
on the same passages (../tokens), and the limits are small, so that the cut matters.
"""
import gzip
import json
import pathlib
import random

here = pathlib.Path(__file__).parent
random.seed(5)
lines = gzip.open(here / "../tokens/tokens.jsonl.gz", "rt", encoding="utf8")
tokens = {r["name"]: [t for s in r["tokens"] for t in s] for r in map(json.loads, lines) if r["name"][:4] != "hard"}
names = sorted(tokens)
LIMITS = [100, 1000, 2000]

cases = []
for i in range(60):
    ranking = random.sample(names, 25)
    answers = []
    for _ in range(random.choice([1, 1, 2])):
        doc = tokens[random.choice(ranking[:20] if random.random() < 0.8 else names)]
        at = random.randrange(len(doc) - 3)
        answers.append(" ".join(doc[at : at + random.choice([1, 2, 3])]))
    if i % 10 == 0:
        answers = ["yes"] if i % 20 else ["no", "yes"]
    elif i % 7 == 0:
        answers.append("yes")
    if i % 9 == 0 and i % 10:
        # across the border of two passages
        answers = [tokens[ranking[2]][-1] + " " + tokens[ranking[3]][0]]
    hits = {}
    spans = [answer for answer in answers if answer not in ["yes", "no"]]
    for limit in LIMITS:
        concatenated = []
        for doc in ranking:
            concatenated += tokens[doc]
            if len(concatenated) >= limit:
                break
        text = " ".join(concatenated[:limit])
        hits[limit] = any(answer in text for answer in spans) if spans else None
    cases.append({"ranking": ranking, "answers": answers, "hits": hits})
(here / "recall-at-tokens.json").write_text(json.dumps(cases, ensure_ascii=False) + "\n", encoding="utf8")
print({limit: sum(bool(c["hits"][limit]) for c in cases) for limit in LIMITS})
