"""Vectors by Python's onnxruntime: batches of 32, texts tokenised beforehand."""

import numpy as np
import onnxruntime
from encoding import batches, mean_pooled, read_ids
from side import serve


def open_side(options):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    session = onnxruntime.InferenceSession(
        f"{options['model']}/model.onnx", settings, providers=["CPUExecutionProvider"]
    )
    names = {tensor.name for tensor in session.get_inputs()}
    ids = read_ids(options)
    last = {}

    def run():
        vectors = None
        for rows, padded, mask in batches(ids, options["sort"]):
            feeds = {"input_ids": padded, "attention_mask": mask, "token_type_ids": np.zeros_like(padded)}
            (states,) = session.run(["last_hidden_state"], {name: feeds[name] for name in names})
            if vectors is None:
                vectors = np.empty((len(ids), states.shape[2]), np.float32)
            vectors[rows] = mean_pooled(states, mask)
        last["vectors"] = vectors

    return run, lambda path: last["vectors"].tofile(path)


serve(open_side)
