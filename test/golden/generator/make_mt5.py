"""A tiny mT5 with random weights as optimum exports it, and what transformers' generate makes of it.

    python make_mt5.py        from this folder; about a minute

Written by transformers 4.57.6, torch 2.15.0, optimum-onnx 0.1.0, tokenizers 0.22.2. Makes mt5/ (both forms of
the decoder, tokenizer, configuration; mt5/xqg.json is written by hand) and mt5-greedy.json.

The seed is one of the first 400 for which some outputs reach the end token, they differ, and the likeliest token
is never within 0.01 of the second, so that another machine's rounding does not change the outcome.
"""

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import MT5Config, MT5ForConditionalGeneration, PreTrainedTokenizerFast

HERE = Path(__file__).parent
OUT = HERE / "mt5"
DATA = HERE / "../../../examples/data"
LANGUAGES = {"ar": "Arabic", "ru": "Russian", "ja": "Japanese"}
TITLES = ["Super Bowl 50", "", "Carolina Panthers", "", "Rules of the game"]
PROMPT = "Generate a {language} question for this passage: {title} {text}"
MAX_INPUT, MAX_NEW = 48, 24


def read(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def make_tokenizer(passages, queries):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=1000, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator([p["text"] for p in passages] + [q["text"] for q in queries], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )


def make_model(seed):
    torch.manual_seed(seed)
    config = MT5Config(
        vocab_size=1000,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        initializer_factor=2.0,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    model = MT5ForConditionalGeneration(config).eval()
    with torch.no_grad():
        model.lm_head.weight[1] *= 1.5
    return model


def greedy(model, batch):
    """New token ids of each row, the end token left out, and the smallest lead of a chosen token's logit."""
    with torch.no_grad():
        made = model.generate(
            **batch, do_sample=False, num_beams=1, max_new_tokens=MAX_NEW, output_scores=True, return_dict_in_generate=True
        )
    rows, lead = [], 1e9
    for row, sequence in enumerate(made.sequences.tolist()):
        new = sequence[1:]
        steps = new.index(1) + 1 if 1 in new else len(new)
        for step in range(steps):
            best = made.scores[step][row].topk(2).values
            lead = min(lead, float(best[0] - best[1]))
        rows.append({"ids": new[: steps - 1] if 1 in new else new, "end": "eos" if 1 in new else "cut"})
    return rows, lead


def main():
    passages, queries = read("passages.jsonl.gz"), read("queries.jsonl.gz")
    tokenizer = make_tokenizer(passages, queries)
    chosen = [
        {"docId": p["docId"], "title": TITLES[i], "text": p["text"][: 30 + 60 * i]}
        for i, p in enumerate(passages[: len(TITLES)])
    ]
    prompts = []
    for passage in chosen:
        for language in LANGUAGES.values():
            prompt = PROMPT.format(language=language, title=passage["title"], text=passage["text"])
            prompts.append(prompt.replace(":  ", ": "))
    batch = tokenizer(prompts, truncation=True, max_length=MAX_INPUT, padding=True, return_tensors="pt")
    batch.pop("token_type_ids", None)
    for seed in range(400):
        model = make_model(seed)
        rows, lead = greedy(model, batch)
        ends = sum(row["end"] == "eos" for row in rows)
        lengths = {len(row["ids"]) for row in rows if row["end"] == "eos"}
        variety = len({tuple(row["ids"]) for row in rows})
        tokens = len({token for row in rows for token in row["ids"]})
        if 4 <= ends <= len(rows) - 3 and len(lengths) >= 3 and variety >= len(rows) - 2 and tokens > 30 and lead > 0.01:
            break
    else:
        sys.exit("no seed fits")
    print("seed", seed, "ends", ends, "of", len(rows), "lengths", sorted(lengths), "tokens", tokens, "lead", lead)

    source = OUT / "torch"
    model.save_pretrained(source)
    tokenizer.save_pretrained(source)
    command = ["optimum-cli", "export", "onnx", "-m", str(source), "--task", "text2text-generation-with-past"]
    subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:], str(OUT)], check=True)
    shutil.rmtree(source)
    (OUT / "special_tokens_map.json").unlink()

    expected = []
    for i, row in enumerate(rows):
        passage, language = divmod(i, len(LANGUAGES))
        text = tokenizer.decode(row["ids"], skip_special_tokens=True).strip()
        expected.append({"docId": chosen[passage]["docId"], "lang": list(LANGUAGES)[language], **row, "text": text})
    golden = {"seed": seed, "passages": chosen, "languages": list(LANGUAGES), "expected": expected}
    (HERE / "mt5-greedy.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


main()
