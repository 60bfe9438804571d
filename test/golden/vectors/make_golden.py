"""Arrow IPC files as pyarrow writes them, for the reader's tests.

Run from the repository root:  python test/golden/vectors/make_golden.py      (pyarrow 26.0.1, numpy 2)
Row i of `embedding` holds i + d / 8 for d = 0 … 3; `docId` is `d{i}`; 10 rows in record batches of 4.
"""
import pathlib
import numpy as np, pyarrow as pa

HERE = pathlib.Path(__file__).parent
values = (np.arange(10)[:, None] + np.arange(4) / 8).ravel()


def table(precision, ids=pa.string()):
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(values.astype(precision)), 4)
    return pa.table({"docId": pa.array([f"d{i}" for i in range(10)], ids), "embedding": vectors})


def write(name, t, opener, **options):
    with pa.OSFile(str(HERE / name), "wb") as f, opener(f, t.schema, **options) as writer:
        writer.write_table(t, max_chunksize=4)


for precision in ("float16", "float32", "float64"):
    write(f"file-{precision}.arrow", table(precision), pa.ipc.new_file)
for precision in ("float16", "float32"):
    write(f"stream-{precision}.arrow", table(precision), pa.ipc.new_stream)
write("large-string.arrow", table("float32", pa.large_string()), pa.ipc.new_file)
write("compressed.arrow", table("float32"), pa.ipc.new_file, options=pa.ipc.IpcWriteOptions(compression="lz4"))
mixed = table("float32").append_column("other", pa.FixedSizeListArray.from_arrays(pa.array(values.astype("float32")[:30]), 3))
write("two-dimensions.arrow", mixed, pa.ipc.new_file)
