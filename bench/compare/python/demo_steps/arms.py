"""The demo's arms, and one FAISS search for each."""

from dataclasses import dataclass

import faiss
import numpy as np

LANGUAGES = ("ar", "bn", "fi", "ja", "ko", "ru", "te")
EACH = 3


@dataclass(frozen=True)
class Arm:
    name: str
    alpha: float = 0.0
    languages: tuple = LANGUAGES
    each: int = EACH
    control: str = ""
    similarity: str = "cosine"


def demo_arms():
    arms = [Arm("encoder")]
    arms += [Arm(f"alpha {alpha}", alpha) for alpha in (0.01, 0.02, 0.03, 0.05, 0.1)]
    arms += [Arm(f"{each} a language", 0.03, each=each) for each in range(1, EACH)]
    arms += [Arm(language, 0.03, (language,)) for language in LANGUAGES]
    arms += [Arm(f"{c} {alpha}", alpha, control=c) for alpha in (0.01, 0.02, 0.03) for c in ("shuffled", "mean")]
    arms += [Arm(f"dot {alpha}", alpha, similarity="dot") for alpha in (0.01, 0.03)]
    return arms


def accumulate(vectors):
    """[passages, languages, questions, dimensions] → running sums over the questions."""
    return vectors.cumsum(axis=2)


def augmented(arm, passages, sums, random):
    """The passages' vectors under an arm."""
    if not arm.alpha:
        return passages
    places = [LANGUAGES.index(language) for language in arm.languages]
    moved = sums[:, places, arm.each - 1].sum(1)
    if arm.control == "mean":
        moved = np.broadcast_to(moved.mean(0), moved.shape)
    elif arm.control == "shuffled":
        # A cycle through all passages: nobody keeps their own.
        order = random.permutation(len(moved))
        shuffled = np.empty_like(moved)
        shuffled[order] = moved[np.roll(order, 1)]
        moved = shuffled
    vectors = (1 - arm.alpha) * passages + arm.alpha * moved
    return vectors if arm.similarity == "dot" else vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def search(vectors, queries, depth):
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, np.float32))
    return index.search(queries, depth)[1]
