"""Parquet files as pyarrow writes them, for test/core/datasets/pyarrow.test.ts.

    python make.py     (pyarrow 26.0.1)
"""

import pyarrow as pa
import pyarrow.parquet as pq

passages = pa.table(
    {
        "metadata": pa.array([{"source": "x"}] * 5),
        "id": pa.array([1, 2, 3, 2**53 + 1, 5], pa.int64()),
        "title": pa.array(["One", None, "", "Four", "One"]).dictionary_encode(),
        "text": pa.array([f"Passage {i} – ünïcode 😀" for i in range(5)], pa.large_string()),
    }
)
pq.write_table(passages, "passages-zstd.parquet", compression="zstd", row_group_size=2, write_page_index=True)

queries = pa.table(
    {
        "id": ["q1", "q2", "q3", "q4"],
        "question": ["Кто?", "من؟", "誰？", "কে?"],
        "lang": ["ru", "ar", "ja", "bn"],
        "answers": pa.array([["a", "b"], [], None, ["c"]], pa.list_(pa.string())),
    }
)
pq.write_table(queries, "queries-snappy.parquet", data_page_version="2.0")
