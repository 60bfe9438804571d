"""examples/demo.yaml as a researcher would script it: onnxruntime, tokenizers, NumPy, FAISS, NLTK's tokens. In memory, in one
process, with ONNX Runtime's own threads; without statistics, claims, files that are kept and the report, which the demo has.

    python demo.py OUT.json [--only encode|generate|accumulate] [--passages N]
"""

import argparse
import json
import pathlib
import time

import numpy as np
from demo_steps.arms import EACH, LANGUAGES, accumulate, augmented, demo_arms, search
from demo_steps.data import read_pawsx, read_retrieval
from demo_steps.errors import KINDS, perturb
from demo_steps.figures import metrics_of, pawsx_win_rate, word_tokens
from demo_steps.models import Encoder, Generator

MODELS = pathlib.Path(__file__).parents[3] / "models"
DEPTH = 30
PAWSX_LANGUAGES = ("en", "de", "es", "fr", "ja", "ko", "zh")
PAWSX_PAIRS = 150
PERTURBED_SHARE = 0.05


class Clock:
    """Seconds of each step."""

    def __init__(self):
        self.seconds = {}

    def time(self, name, work):
        started = time.perf_counter()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started
        print(f"{name}: {self.seconds[name]:.2f} s", flush=True)
        return result


def full_text(passage):
    return f"{passage['title']} {passage['text']}".strip()


def sums_of(texts, encoder, generator, random, clock):
    """Generates questions for texts, encodes them, and adds them up: [passages, languages, questions, dimensions]."""
    questions = clock.time("generate", lambda: generator.generate(texts, LANGUAGES, EACH, random))
    flat = [question for passage in questions for language in passage for question in language]
    vectors = clock.time("accumulate", lambda: encoder.encode(flat, "query"))
    return accumulate(vectors.reshape(len(texts), len(LANGUAGES), EACH, -1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--only", choices=["encode", "generate", "accumulate"], help="one part, for trying it")
    parser.add_argument("--passages", type=int, help="of the first so many passages, for trying it")
    flags = parser.parse_args()
    clock, random = Clock(), np.random.default_rng(42)
    data = read_retrieval(flags.passages)
    encoder = clock.time("load", lambda: Encoder(MODELS / "multilingual-e5-small-q4"))
    generator = clock.time("load", lambda: Generator(MODELS / "xqg-mini", encoder))
    texts = [full_text(passage) for passage in data.passages]
    if flags.only == "generate":
        clock.time("generate", lambda: generator.generate(texts, LANGUAGES, EACH, random))
        return
    if flags.only == "accumulate":
        sums_of(texts, encoder, generator, random, clock)
        return
    passages = clock.time("encode passages", lambda: encoder.encode(texts, "passage"))
    query_texts = [query["text"] for query in data.queries]
    queries = clock.time("encode queries", lambda: encoder.encode(query_texts, "query"))
    if flags.only == "encode":
        return
    sums = sums_of(texts, encoder, generator, random, clock)
    results = {"arms": evaluate(data, passages, queries, sums, random, clock)}
    results["perturbed"] = robustness_to_errors(data, encoder, passages, sums, random, clock)
    pairs = min(PAWSX_PAIRS, flags.passages or PAWSX_PAIRS)
    results["pawsx"] = robustness_on_pawsx(encoder, generator, pairs, random, clock)
    results["seconds"] = clock.seconds
    pathlib.Path(flags.out).write_text(json.dumps(results, indent=2))


def evaluate(data, passages, queries, sums, random, clock):
    doc_ids = [passage["docId"] for passage in data.passages]
    tokens = clock.time("evaluate", lambda: word_tokens([passage["text"] for passage in data.passages]))
    results = {}
    for arm in demo_arms():
        moved = augmented(arm, passages, sums, random)
        rankings = clock.time("search", lambda: search(moved, queries, min(DEPTH, len(moved))))
        results[arm.name] = clock.time(
            "evaluate", lambda: metrics_of(rankings, data.queries, data.qrels, tokens, doc_ids)
        )
    return results


def robustness_to_errors(data, encoder, passages, sums, random, clock):
    taken = np.flatnonzero(random.random(len(data.queries)) < PERTURBED_SHARE)
    queries = [data.queries[place] for place in taken]
    doc_ids = [passage["docId"] for passage in data.passages]
    tokens = word_tokens([passage["text"] for passage in data.passages])
    results = {}
    for kind, rate in KINDS.items():
        texts = [perturb(query["text"], kind, rate, random) for query in queries]
        vectors = clock.time("encode perturbed", lambda: encoder.encode(texts, "query"))
        for arm in demo_arms():
            moved = augmented(arm, passages, sums, random)
            rankings = clock.time("search", lambda: search(moved, vectors, min(DEPTH, len(moved))))
            results[f"{kind} {arm.name}"] = metrics_of(rankings, queries, data.qrels, tokens, doc_ids)
    return results


def robustness_on_pawsx(encoder, generator, count, random, clock):
    rows = read_pawsx(PAWSX_LANGUAGES, count)
    texts = list(dict.fromkeys(text for first, second, _ in rows["en"] for text in (first, second)))
    place = {text: row for row, text in enumerate(texts)}
    pairs = [(*pair, place[pair[0]], place[pair[1]]) for pair in rows["en"]]
    corpus = clock.time("encode PAWS-X", lambda: encoder.encode(texts, "passage"))
    # Both sentences, as the demo encodes them.
    both = {language: [text for first, second, _ in own for text in (first, second)] for language, own in rows.items()}
    queries = {
        language: clock.time("encode PAWS-X", lambda: encoder.encode(own, "query"))[::2]
        for language, own in both.items()
    }
    sums = sums_of(texts, encoder, generator, random, clock)
    return {arm.name: pawsx_win_rate(queries, augmented(arm, corpus, sums, random), pairs) for arm in demo_arms()}


main()
