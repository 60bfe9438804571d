"""Sentences and word tokens by NLTK, for test/core/evaluation/word-tokens.test.ts.

Run in this folder: python make.py     (made with Python 3.11, nltk 3.10.4)

Punkt's parameters are trained here on the demo's passages, because NLTK's own are a separate download; what is
compared is that the same parameters give the same sentences, and the same sentences the same tokens.
"""
import gzip
import io
import json
import pathlib

from nltk.tokenize import NLTKWordTokenizer
from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

here = pathlib.Path(__file__).parent
lines = gzip.open(here / "../../../examples/data/passages.jsonl.gz", "rt", encoding="utf8")
passages = [json.loads(line) for line in lines]

HARD = [
    "",
    "   ",
    "One.",
    'He said: "I can\'t, won\'t and shan\'t go." Then he left.',
    "'Tis what it 'twas, d'ye see? Gimme more'n that; I'm gonna wanna go. Cannot lemme gotta.",
    "Very bad acting!!! I promise. (How does it deal with this parenthesis?)  \"It should be part of the\nprevious sentence.\" \"(And the same with this one.)\" ('And this one!')",
    "Dr. J. Smith of Inc. Magazine met Mr. Jones at 5 p.m. Monday in Washington D.C. The rest is history.",
    "Prices rose 3.5% to $1,234.56 (roughly 3,36 euros)... or not?! Yes -- no; #1 @home & co. *starred* [x] {y} <z>.",
    "Unicode “double” and ‘single’ quotes, «guillemets», „low“, en–dash, em—dash, bar―bar, and an ellipsis… end.",
    "The U.S. Army and the U.K. and e.g. this, i.e. that, etc. Also vs. them. No. 5 is alive. See p. 12 and fig. 3.",
    "In 1990. The 21. century. 3. item. A. B. Cee. Vitamin C. It helps. Plan B. then.",
    "Wait.. what... now . . . then.The end.no space",
    "`back` ``ticks`` ''double'' it's its' the dogs' tails, rock 'n' roll, '90s, O'Neil's n't N'T we'LL they'Re",
    "Tabs\tand\nnew lines.\nNext line begins. \u00a0Non-breaking\u2003space. \u0085NEL.",
    "日本語の文。これは二番目です。 Mixed English. हिन्दी वाक्य। ๑๒๓,๔ numbers 1,2:3 a:b c,d",
    "Ends with quote.\" Next 'one.' Then [this.] And {that.} Last»",
    "A sentence ending in comma, and colon: yes,",
    "trailing colon:\n",
    "Emoji 😀. And 𝒜𝓁𝓅𝒽𝒶. Done!",
]
texts = [(p["docId"], p["text"]) for p in passages[:320]] + [(f"hard-{i}", t) for i, t in enumerate(HARD)]

trainer = PunktTrainer()
trainer.INCLUDE_ALL_COLLOCS = True
trainer.train("\n".join(p["text"] for p in passages), finalize=False)
params = trainer.get_params()
params.abbrev_types |= {"dr", "mr", "inc", "p.m", "d.c", "u.s", "u.k", "e.g", "i.e", "etc", "vs", "no", "p", "fig"}
params.sent_starters |= {"monday", "also"}

sentences = PunktSentenceTokenizer(params)
words = NLTKWordTokenizer()


def utf16(text, index):
    return len(text[:index].encode("utf-16-le")) // 2


def write(name, rows):
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as out:
        for row in rows:
            out.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf8"))
    (here / name).write_bytes(buffer.getvalue())


rows = []
for name, text in texts:
    spans = list(sentences.span_tokenize(text))
    row = {
        "name": name,
        # [start, end) in UTF-16 units
        "spans": [[utf16(text, start), utf16(text, end)] for start, end in spans],
        "tokens": [words.tokenize(text[start:end]) for start, end in spans],
    }
    rows.append(row | ({"text": text} if name.startswith("hard") else {}))
write("tokens.jsonl.gz", rows)
write(
    "punkt-parameters.json.gz",
    [
        {
            "abbreviations": sorted(params.abbrev_types),
            "collocations": sorted(" ".join(pair) for pair in params.collocations),
            "sentenceStarters": sorted(params.sent_starters),
            "orthography": {word: flags for word, flags in sorted(params.ortho_context.items()) if flags},
        }
    ],
)
print(len(texts), "texts,", sum(len(s) for r in rows for s in r["tokens"]), "tokens,", len(params.collocations), "collocations")
