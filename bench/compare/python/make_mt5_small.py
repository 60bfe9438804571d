"""A model of mT5-small's geometry with random weights, in the three forms that the generators compared load.

    python make_mt5_small.py OUT TOKENIZER.json

OUT/torch is transformers' checkpoint, OUT/onnx what `optimum-cli export onnx` makes of it, with a card for xqg, and
OUT/ct2 what `ct2-transformers-converter` makes of it, in float32. mT5's own vocabulary cannot be had from the package
registries: the tokenizer is another of the same kind, with fewer pieces, which changes the words and not the work. No
question ends before its 64 tokens: the card rules the end token out. About three minutes, 5 GB of disk.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import torch
from transformers import MT5Config, MT5ForConditionalGeneration, PreTrainedTokenizerFast

CARD = {
    "kind": "generator",
    "languageBy": "prompt",
    "maxInputTokens": 128,
    "maxNewTokens": 64,
    "suppressTokenIds": [2],
    "sampling": {"topK": 10, "topP": 1, "temperature": 1},
}


def tool(name, *arguments):
    subprocess.run([str(Path(sys.executable).parent / name), *map(str, arguments)], check=True)


def main(out, tokenizer):
    torch.manual_seed(5)
    # google/mt5-small's config.json; the token ids are those of TOKENIZER.
    config = MT5Config(
        vocab_size=250112,
        d_model=512,
        d_kv=64,
        d_ff=1024,
        num_layers=8,
        num_decoder_layers=8,
        num_heads=6,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
    )
    model = MT5ForConditionalGeneration(config).eval()
    shutil.rmtree(out, ignore_errors=True)  # what a broken attempt left
    model.save_pretrained(out / "torch")
    PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer), pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(out / "torch")
    del model
    task = "text2text-generation-with-past"
    tool("optimum-cli", "export", "onnx", "-m", out / "torch", "--task", task, out / "onnx")
    # Beside the merged decoder the pair, twice its size, is of no use.
    for unused in [*out.glob("onnx/decoder_model.onnx*"), *out.glob("onnx/decoder_with_past_model.onnx*")]:
        unused.unlink()
    (out / "onnx/xqg.json").write_text(json.dumps(CARD, indent=2) + "\n", encoding="utf-8")
    tool("ct2-transformers-converter", "--model", out / "torch", "--output_dir", out / "ct2", "--quantization", "float32")


main(*map(Path, sys.argv[1:]))
