"""Quantises a folder's model.onnx as onnxruntime.quantization does by itself: `python make_dynamic_int8.py FROM TO`."""

import shutil
import sys
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
unfinished = folder.with_suffix(".part")
shutil.rmtree(unfinished, ignore_errors=True)
unfinished.mkdir(parents=True)
for name in ["tokenizer.json", "xqg.json"]:
    shutil.copy(source / name, unfinished)
quantize_dynamic(source / "model.onnx", unfinished / "model.onnx", weight_type=QuantType.QInt8, per_channel=True)
unfinished.rename(folder)
