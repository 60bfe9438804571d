"""The demo's files."""

import csv
import gzip
import json
import pathlib
from dataclasses import dataclass

EXAMPLES = pathlib.Path(__file__).parents[4] / "examples/data"


@dataclass
class Retrieval:
    passages: list
    queries: list
    # queryId → docId → grade
    qrels: dict


def read_retrieval(limit=None):
    """All of it, or the first passages and the queries about them."""
    passages = read_lines("passages.jsonl.gz")[:limit]
    kept = {passage["docId"] for passage in passages}
    qrels = {}
    with gzip.open(EXAMPLES / "qrels.trec.gz", "rt", encoding="utf-8") as file:
        for line in file:
            query, _, passage, grade = line.split()
            if passage in kept:
                qrels.setdefault(query, {})[passage] = int(grade)
    queries = [query for query in read_lines("queries.jsonl.gz") if query["queryId"] in qrels]
    return Retrieval(passages, queries, qrels)


def read_lines(name):
    with gzip.open(EXAMPLES / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def read_pawsx(languages, pairs):
    """Language → its first pairs (sentence 1, sentence 2, label), which belong together by their number."""
    rows = {}
    for language in languages:
        with gzip.open(EXAMPLES / f"pawsx/dev-{language}.tsv.gz", "rt", encoding="utf-8", newline="") as file:
            read = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        rows[language] = [(first, second, int(label)) for first, second, label in read if label in ("0", "1")][:pairs]
    return rows
