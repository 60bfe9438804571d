"""Vectors by transformers and PyTorch: batches of 32, texts tokenised beforehand."""

import numpy as np
import torch
from encoding import batches, mean_pooled, read_ids
from side import serve
from transformers import AutoModel


def open_side(options):
    torch.set_num_threads(options["threads"])
    model = AutoModel.from_pretrained(options["model"], add_pooling_layer=False).eval()
    device = options.get("device", "cpu")
    model.to(device)
    ids = read_ids(options)
    last = {}

    def run():
        vectors = np.empty((len(ids), model.config.hidden_size), np.float32)
        with torch.inference_mode():
            for rows, padded, mask in batches(ids, options["sort"]):
                states = model(
                    input_ids=torch.from_numpy(padded).to(device), attention_mask=torch.from_numpy(mask).to(device)
                ).last_hidden_state
                vectors[rows] = mean_pooled(states.cpu().numpy(), mask)
        last["vectors"] = vectors

    return run, lambda path: last["vectors"].tofile(path)


serve(open_side)
