"""examples/demo.yaml as a researcher would script it: onnxruntime, tokenizers, NumPy, FAISS, NLTK's tokens. In memory, in one
process, with ONNX Runtime's own threads; without statistics, claims, files that are kept and the report, which the demo has.

    python demo.py OUT.json [--generation optimum|loop] [--only encode|generate|accumulate] [--passages N]
"""

import time

# Imports count: the command is timed from its start.
STARTED = time.perf_counter()

import argparse
import json
import pathlib

import numpy as np
from demo_steps.arms import EACH, LANGUAGES, accumulate, augmented, demo_arms, search
from demo_steps.data import read_pawsx, read_retrieval
from demo_steps.errors import KINDS, perturb
from demo_steps.figures import metrics_of, pawsx_win_rate, word_tokens
from demo_steps.models import Encoder

MODELS = pathlib.Path(__file__).parents[3] / "models"
DEPTH = 30
PAWSX_LANGUAGES = ("en", "de", "es", "fr", "ja", "ko", "zh")
PAWSX_PAIRS = 150
PAWSX_QUERY_TOKENS = 64
PERTURBED_SHARE = 0.05


class Clock:
    """Seconds of each step. Generation and the questions' vectors are those of passages and of PAWS-X."""

    def __init__(self):
        self.seconds = {"imports": time.perf_counter() - STARTED}

    def time(self, name, work):
        started = time.perf_counter()
        result = work()
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started
        print(f"{name}: {self.seconds[name]:.2f} s", flush=True)
        return result


def full_text(passage):
    # As it stands: a space before a text is a token, and six passages of the demo have one at an end.
    return f"{passage['title']} {passage['text']}" if passage["title"] else passage["text"]


def open_generator(generation, encoder):
    # Only what is used is imported: optimum brings PyTorch, which takes seconds.
    if generation == "optimum":
        from demo_steps.optimum import OptimumGenerator

        return OptimumGenerator(MODELS, encoder)
    from demo_steps.loop import LoopGenerator

    return LoopGenerator(MODELS, encoder)


def sums_of(texts, encoder, generator, random, clock):
    """Generates questions for texts, encodes them, and adds them up: [passages, languages, questions, dimensions]."""
    questions = clock.time("generate", lambda: generator.generate(texts, LANGUAGES, EACH, random))
    flat = [question for passage in questions for language in passage for question in language]
    vectors = clock.time("encode questions", lambda: encoder.encode(flat, "query"))
    return accumulate(vectors.reshape(len(texts), len(LANGUAGES), EACH, -1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--generation", choices=["optimum", "loop"], default="optimum", help="how questions are generated")
    parser.add_argument("--only", choices=["encode", "generate", "accumulate"], help="one part, for trying it")
    parser.add_argument("--passages", type=int, help="of the first so many passages, for trying it")
    flags = parser.parse_args()
    clock, random = Clock(), np.random.default_rng(42)
    data = read_retrieval(flags.passages)
    encoder = clock.time("load", lambda: Encoder(MODELS / "multilingual-e5-small-q4"))
    generator = clock.time("load", lambda: open_generator(flags.generation, encoder))
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
    doc_ids = [passage["docId"] for passage in data.passages]
    tokens = clock.time("figures", lambda: word_tokens([passage["text"] for passage in data.passages]))
    results = {"arms": {}}
    for arm in demo_arms():
        moved = clock.time("augment", lambda: augmented(arm, passages, sums, random))
        rankings = clock.time("search", lambda: search(moved, queries, min(DEPTH, len(moved))))
        results["arms"][arm.name] = clock.time(
            "figures", lambda: metrics_of(rankings, data.queries, data.qrels, tokens, doc_ids)
        )

    def measure(queries, vectors, arm):
        moved = augmented(arm, passages, sums, random)
        return metrics_of(search(moved, vectors, min(DEPTH, len(moved))), queries, data.qrels, tokens, doc_ids)

    results["perturbed"] = clock.time("query errors", lambda: robustness_to_errors(data, encoder, measure, random))
    pairs = min(PAWSX_PAIRS, flags.passages or PAWSX_PAIRS)
    results["pawsx"] = robustness_on_pawsx(encoder, generator, pairs, random, clock)
    results["seconds"] = {**clock.seconds, "all": time.perf_counter() - STARTED}
    pathlib.Path(flags.out).write_text(json.dumps(results, indent=2))


def robustness_to_errors(data, encoder, measure, random):
    taken = np.flatnonzero(random.random(len(data.queries)) < PERTURBED_SHARE)
    queries = [data.queries[place] for place in taken]
    results = {}
    for kind, rate in KINDS.items():
        vectors = encoder.encode([perturb(query["text"], kind, rate, random) for query in queries], "query")
        for arm in demo_arms():
            results[f"{kind} {arm.name}"] = measure(queries, vectors, arm)
    return results


def robustness_on_pawsx(encoder, generator, count, random, clock):
    rows = read_pawsx(PAWSX_LANGUAGES, count)
    texts = list(dict.fromkeys(text for first, second, _ in rows["en"] for text in (first, second)))
    place = {text: row for row, text in enumerate(texts)}
    pairs = [(*pair, place[pair[0]], place[pair[1]]) for pair in rows["en"]]
    corpus = clock.time("PAWS-X", lambda: encoder.encode(texts, "passage"))
    # Both sentences, as the demo encodes them.
    both = {language: [text for first, second, _ in own for text in (first, second)] for language, own in rows.items()}
    queries = {
        language: clock.time("PAWS-X", lambda: encoder.encode(own, "query", PAWSX_QUERY_TOKENS))[::2]
        for language, own in both.items()
    }
    sums = sums_of(texts, encoder, generator, random, clock)
    return {
        arm.name: clock.time("PAWS-X", lambda: pawsx_win_rate(queries, augmented(arm, corpus, sums, random), pairs))
        for arm in demo_arms()
    }


main()
