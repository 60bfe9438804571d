"""Makes an encoder for the comparisons: `python make_encoders.py NAME FOLDER`.

float32-e5      the bundled multilingual-e5-small with its weights unpacked to float32
random-mbert    the geometry of bert-base-multilingual (12 layers of 768, 12 heads, 119,547 pieces) with random weights

FOLDER gets what `save_pretrained` and optimum's exporter write, and a card for xqg. Both models read the ids of the bundled
tokenizer, so that both encode the same texts.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from optimum.exporters.onnx import onnx_export_from_model
from transformers import BertConfig, BertModel

BUNDLED = Path(__file__).parents[3] / "models/multilingual-e5-small-q4"


def random_mbert():
    torch.manual_seed(0)
    return BertModel(BertConfig(vocab_size=119_547, pad_token_id=1), add_pooling_layer=False)


def float32_e5():
    graph = onnx.load(BUNDLED / "onnx/model_q4.onnx").graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    epsilon = next(
        attribute.f
        for node in graph.node
        if node.op_type == "LayerNormalization"
        for attribute in node.attribute
        if attribute.name == "epsilon"
    )
    words = unpack(tensors["word.q"], tensors["word.s"])
    positions = tensors["pos"].reshape(-1, words.shape[1])
    config = BertConfig(
        vocab_size=words.shape[0],
        hidden_size=words.shape[1],
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=positions.shape[0],
        layer_norm_eps=epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": positions,
        # The bundled graph has them added to the positions.
        "embeddings.token_type_embeddings.weight": np.zeros((2, words.shape[1])),
        "embeddings.LayerNorm.weight": tensors["eln.w"],
        "embeddings.LayerNorm.bias": tensors["eln.b"],
    }
    for layer in range(12):
        for part, name in [
            ("q", "attention.self.query"),
            ("k", "attention.self.key"),
            ("v", "attention.self.value"),
            ("ao", "attention.output.dense"),
            ("fi", "intermediate.dense"),
            ("fo", "output.dense"),
        ]:
            packed = f"l{layer}.{part}"
            weights = unpack(tensors[f"{packed}.w"], tensors[f"{packed}.s"])
            state[f"encoder.layer.{layer}.{name}.weight"] = weights
            state[f"encoder.layer.{layer}.{name}.bias"] = tensors[f"{packed}.b"]
        for part, name in [("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")]:
            state[f"encoder.layer.{layer}.{name}.weight"] = tensors[f"l{layer}.{part}.w"]
            state[f"encoder.layer.{layer}.{name}.bias"] = tensors[f"l{layer}.{part}.b"]
    tensors_of = {name: torch.from_numpy(np.array(value, np.float32)) for name, value in state.items()}
    model.load_state_dict(tensors_of, strict=True)
    return model


def unpack(packed, scales):
    """Rows of 4-bit values, low half first, in blocks of 32 with a scale each."""
    rows = packed.shape[0]
    packed = packed.reshape(rows, -1)
    values = np.stack([packed & 15, packed >> 4], axis=-1).reshape(rows, -1, 32).astype(np.float32) - 8
    return (values * scales.astype(np.float32).reshape(rows, -1, 1)).reshape(rows, -1)


name, folder = sys.argv[1], Path(sys.argv[2])
model = {"random-mbert": random_mbert, "float32-e5": float32_e5}[name]().eval()
unfinished = folder.with_suffix(".part")
shutil.rmtree(unfinished, ignore_errors=True)
model.save_pretrained(unfinished)
onnx_export_from_model(model, unfinished, task="feature-extraction", monolith=True, do_validation=False)
shutil.copy(BUNDLED / "tokenizer.json", unfinished)
card = json.loads((BUNDLED / "xqg.json").read_text())
card.update(name=name, files={"model": "model.onnx", "tokenizer": "tokenizer.json"})
card.update(dimensions=model.config.hidden_size)
(unfinished / "xqg.json").write_text(json.dumps(card, indent=2))
unfinished.rename(folder)
