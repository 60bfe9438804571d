"""Questions into a Parquet file by pyarrow, or out of it into Python lists, which a tokenizer takes.

Written with gzip, as ours, and otherwise with pyarrow's defaults (dictionaries); read by one thread.
"""

import gzip
import json
import pathlib
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
from side import serve

DEMO = pathlib.Path(__file__).parents[3] / "examples/data/queries.jsonl.gz"
OF_A_PASSAGE = 35
OF_A_LANGUAGE = 5


def questions(rows):
    with gzip.open(DEMO, "rt", encoding="utf-8") as file:
        queries = [json.loads(line) for line in file]
    asked = [queries[row % len(queries)] for row in range(rows)]
    return {
        "docId": [f"passage-{row // OF_A_PASSAGE}" for row in range(rows)],
        "lang": [query["lang"] for query in asked],
        "index": pa.array([row % OF_A_LANGUAGE for row in range(rows)], pa.int32()),
        "text": [f"{row} {query['text']}" for row, query in enumerate(asked)],
        "end": ["cut" if row % 10 == 0 else "eos" for row in range(rows)],
    }


def open_side(options):
    file = options["file"]
    pa.set_cpu_count(1)
    last = {}

    def read():
        table = pq.read_table(file, use_threads=False)
        last["columns"] = {name: table[name].to_pylist() for name in table.column_names}

    if options["work"] == "read":

        def save(path):
            columns = last["columns"]
            rows = list(zip(*(columns[name] for name in ("docId", "lang", "index", "text", "end"))))
            with open(path, "w", encoding="utf-8") as saved:
                json.dump(rows, saved, ensure_ascii=False, separators=(",", ":"))

        return read, save

    columns = questions(options["rows"])

    def write():
        pq.write_table(pa.table(columns), file, compression="gzip", row_group_size=8192)

    return write, lambda path: shutil.copyfile(file, path)


serve(open_side)
