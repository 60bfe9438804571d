"""Exact search by FAISS (IndexFlatIP), the vectors in memory: once, or once for each setting of a sweep.

For a sweep, each setting's vectors are made and normalised by NumPy and put into an index. Only the searches are timed, as
if all indexes were there; what making them takes is told as `materialise`.
"""

import os
import time

import faiss
import numpy as np
from side import serve


def open_side(options):
    dimensions = options["dimensions"]
    faiss.omp_set_num_threads(options["threads"])

    def load(name):
        path = os.path.join(options["folder"], f"{name}.f32")
        return np.fromfile(path, dtype=np.float32).reshape(-1, dimensions)

    def index_of(vectors):
        index = faiss.IndexFlatIP(dimensions)
        index.add(vectors)
        return index

    queries = load("queries")
    last = {}

    if not options["settings"]:
        index = index_of(load("passages"))

        def run():
            last["scores"], last["docs"] = index.search(queries, options["depth"])

    else:
        passages = load("passages")
        sums = {
            (language, n): load(f"{language}-{n}") for language in options["languages"] for n in (1, 3)
        }
        unit_queries = queries / np.linalg.norm(queries, axis=1, keepdims=True)

        def run():
            searched = materialised = 0.0
            found = []
            for setting in options["settings"]:
                started = time.perf_counter()
                vectors = (1 - setting["alpha"]) * passages
                for language in setting["languages"]:
                    vectors += setting["alpha"] * sums[language, setting["perLanguage"]]
                faiss.normalize_L2(vectors)
                index = index_of(vectors)
                ready = time.perf_counter()
                found.append(index.search(unit_queries, options["depth"]))
                searched += time.perf_counter() - ready
                materialised += ready - started
            last["scores"] = np.stack([scores for scores, _ in found])
            last["docs"] = np.stack([docs for _, docs in found])
            return {"seconds": searched, "materialise": materialised}

    def save(path):
        with open(path, "wb") as file:
            file.write(last["docs"].astype(np.int32).tobytes())
            file.write(last["scores"].astype(np.float32).tobytes())

    return run, save


serve(open_side)
