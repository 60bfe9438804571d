"""Word tokens by NLTK's word_tokenize as XOR-Retrieve's evaluation calls it, for word-tokens.test.ts.

Run in this folder: python make_word_tokenize.py     (made with Python 3.11, nltk 3.10.4)

NLTK finds Punkt's parameters in models/punkt-english, copied to its tokenizers/punkt_tab/english. Texts are the demo's:
all its passages (paragraphs of XQuAD and TyDi QA), pairs of PAWS-X sentences put together, questions in seven
languages, and the hard cases of make.py.
"""
import gzip
import io
import json
import os
import pathlib
import shutil
import tempfile

here = pathlib.Path(__file__).parent.resolve()
root = here / "../../.."
data = pathlib.Path(tempfile.mkdtemp()) / "tokenizers/punkt_tab"
shutil.copytree(root / "models/punkt-english", data / "english")
os.environ["NLTK_DATA"] = str(data.parent.parent)

from nltk.tokenize import word_tokenize  # noqa: E402  reads NLTK_DATA when imported


def lines(name):
    return gzip.open(root / "examples/data" / name, "rt", encoding="utf8").read().split("\n")


texts = []
for line in filter(None, lines("passages.jsonl.gz")):
    passage = json.loads(line)
    texts.append((passage["docId"], passage["text"]))
for number, row in enumerate(filter(None, lines("pawsx/dev-en.tsv.gz"))):
    sentence1, sentence2 = row.split("\t")[-3:-1]
    texts.append((f"pawsx-{number}", f"{sentence1} {sentence2}"))
for query in [json.loads(line) for line in filter(None, lines("queries.jsonl.gz"))][::12]:
    texts.append((query["queryId"], query["text"]))
hard = gzip.open(here / "tokens.jsonl.gz", "rt", encoding="utf8")
texts += [(row["name"], row["text"]) for row in map(json.loads, hard) if "text" in row]

buffer = io.BytesIO()
with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as out:
    for name, text in texts:
        # No token has a space in it.
        row = {"name": name, "tokens": " ".join(word_tokenize(text))}
        out.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf8"))
(here / "word-tokenize.jsonl.gz").write_bytes(buffer.getvalue())
print(len(texts), "texts,", sum(len(word_tokenize(text)) for _, text in texts), "tokens")
