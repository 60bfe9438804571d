"""The bundled generator as optimum wants it: all files in one folder, and a configuration that tells a model type."""

import json
import shutil

from transformers import MT5Config


def folder_for_optimum(models, folder):
    """Fills an empty folder from the repository's `models` and returns the generator's card."""
    mini = models / "xqg-mini"
    card = json.loads((mini / "xqg.json").read_text(encoding="utf-8"))
    for name in ["decoder_model.onnx", "decoder_with_past_model.onnx", "decoder_weights.bin"]:
        shutil.copy(mini / name, folder)
    shutil.copy(models / "multilingual-e5-small-q4/onnx/model_q4.onnx", folder / "encoder_model.onnx")
    # What of mT5 differs from this model is in the graphs only; generate needs the ids.
    MT5Config(
        vocab_size=16191,
        d_model=384,
        num_layers=3,
        num_decoder_layers=3,
        num_heads=6,
        d_kv=64,
        pad_token_id=card["padTokenId"],
        eos_token_id=card["eosTokenId"],
        decoder_start_token_id=card["languageTokenIds"]["en"],
    ).save_pretrained(folder)
    return card
