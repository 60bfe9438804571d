"""Vectors into an Arrow file by pyarrow, or out of it: lists of ids, and float32 arrays of NumPy, one for each record batch.

Files have the record batches of ours, 4,096 rows each, and are flushed to the disk, as ours are. Reading batch by batch, of
which only ids and the first value of each row are kept, maps the file: that is faster than `pa.OSFile`.
"""

import os
import shutil
from itertools import chain

import numpy as np
import pyarrow as pa
from side import serve

ROWS_OF_A_BATCH = 4096


def open_side(options):
    file, dimensions = options["file"], options["dimensions"]
    matrix = np.fromfile(options["values"], dtype=np.float32).reshape(-1, dimensions)
    ids = [f"passage-{row}" for row in range(len(matrix))]
    last = {}

    def write():
        values = matrix.astype(np.float16) if options["precision"] == "float16" else matrix
        column = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), dimensions)
        table = pa.table({"docId": pa.array(ids), "embedding": column})
        with open(file, "wb") as sink:
            with pa.ipc.new_file(sink, table.schema) as writer:
                writer.write_table(table, max_chunksize=ROWS_OF_A_BATCH)
            sink.flush()
            os.fsync(sink.fileno())

    def read():
        # Not mapped: the vectors are to be in memory, as on the other side.
        with pa.OSFile(file) as source:
            table = pa.ipc.open_file(source).read_all()
        last["ids"] = [table["docId"].to_pylist()]
        last["pieces"] = [floats(chunk) for chunk in table["embedding"].chunks]

    def stream():
        last["ids"], last["pieces"] = [], []
        with pa.memory_map(file) as source:
            reader = pa.ipc.open_file(source)
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                last["ids"].append(batch["docId"].to_pylist())
                last["pieces"].append(floats(batch["embedding"])[::dimensions].copy())

    if options["work"] == "write":
        return write, lambda path: shutil.copyfile(file, path)

    write()

    def save(path):
        with open(path, "wb") as saved:
            saved.write("\n".join(chain.from_iterable(last["ids"])).encode())
            for piece in last["pieces"]:
                saved.write(piece.tobytes())

    return read if options["work"] == "read" else stream, save


def floats(vectors):
    return vectors.flatten().to_numpy().astype(np.float32, copy=False)


serve(open_side)
