"""Metrics of rankings, averaged over query languages, and of PAWS-X."""

import pathlib

import nltk.data
import numpy as np
from nltk.tokenize import NLTKWordTokenizer
from nltk.tokenize.punkt import PunktSentenceTokenizer, load_punkt_params

PUNKT = pathlib.Path(__file__).parents[4] / "models/punkt-english"


def word_tokens(texts):
    """As nltk.word_tokenize does: sentences first, then words."""
    # NLTK opens no files elsewhere.
    nltk.data.path.append(str(PUNKT.parent))
    sentences = PunktSentenceTokenizer()
    sentences._params = load_punkt_params(nltk.data.FileSystemPathPointer(str(PUNKT)))
    words = NLTKWordTokenizer()
    return [[w for sentence in sentences.tokenize(text) for w in words.tokenize(sentence)] for text in texts]


def metrics_of(rankings, queries, qrels, tokens, doc_ids):
    """recall@1, recall@10, mrr@10, ndcg@10 and r@2kt, in percent, averaged over languages."""
    position = {doc_id: place for place, doc_id in enumerate(doc_ids)}
    joined = [" ".join(own) for own in tokens]
    discounts = 1 / np.log2(np.arange(2, 12))
    by_language = {}
    for ranking, query in zip(rankings.tolist(), queries):
        grades = {position[doc_id]: grade for doc_id, grade in qrels[query["queryId"]].items() if grade > 0}
        gains = np.array([grades.get(place, 0) for place in ranking[:10]], float)
        hits = np.flatnonzero(gains)
        ideal = sorted(grades.values(), reverse=True)[:10]
        by_language.setdefault(query["lang"], []).append(
            (
                (gains[:1] > 0).sum() / len(grades),
                len(hits) / len(grades),
                1 / (hits[0] + 1) if len(hits) else 0.0,
                (gains * discounts[: len(gains)]).sum() / (np.array(ideal) * discounts[: len(ideal)]).sum(),
                recall_at_tokens(ranking, query["answers"], 2000, tokens, joined),
            )
        )
    names = ("recall@1", "recall@10", "mrr@10", "ndcg@10", "r@2kt")
    means = np.mean([np.mean(rows, axis=0) for rows in by_language.values()], axis=0)
    return {name: float(100 * value) for name, value in zip(names, means)}


def recall_at_tokens(ranking, answers, limit, tokens, joined):
    left, texts = limit, []
    for place in ranking:
        text = joined[place] if len(tokens[place]) <= left else " ".join(tokens[place][:left])
        if any(answer in text for answer in answers):
            return 1.0
        texts.append(text)
        left -= len(tokens[place])
        if left <= 0:
            break
    text = " ".join(texts)
    return float(any(answer in text for answer in answers))


def pawsx_win_rate(queries, corpus, pairs):
    """Language → share of adversarial pairs where sentence 2 scores at least as high as the true translation."""
    rates = {}
    for language, vectors in queries.items():
        scores = vectors @ corpus.T
        rows = [row for row, (_, _, label, _, _) in enumerate(pairs) if label == 0]
        rates[language] = float(
            100 * np.mean([scores[row, pairs[row][4]] >= scores[row, pairs[row][3]] for row in rows])
        )
    return rates
