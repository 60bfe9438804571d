"""Vectors into an Arrow file by pyarrow, or out of it: a list of ids, and float32 arrays of NumPy, one for each record batch.

Files have the record batches of ours, 4,096 rows each, and are flushed to the disk, as ours are.
"""

import os
import shutil

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
        last["ids"] = table["docId"].to_pylist()
        last["pieces"] = [
            chunk.flatten().to_numpy().astype(np.float32, copy=False) for chunk in table["embedding"].chunks
        ]

    if options["work"] == "write":
        return write, lambda path: shutil.copyfile(file, path)

    write()

    def save(path):
        with open(path, "wb") as saved:
            saved.write("\n".join(last["ids"]).encode())
            for piece in last["pieces"]:
                saved.write(piece.tobytes())

    return read, save


serve(open_side)
