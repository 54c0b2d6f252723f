"""The same weights in every format and under every name that people keep C3D in."""

import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import save_file

from common import CONVOLUTIONS, ROOT

sys.path.insert(0, str(ROOT / "tools/scripts"))
import make_caffe_golden as caffe  # noqa: E402: the Caffe messages

MMACTION = {**{name: f"backbone.{name if len(name) > 5 else name + 'a'}.conv" for name, _ in CONVOLUTIONS},
            "fc6": "backbone.fc6", "fc7": "backbone.fc7", "fc8": "cls_head.fc_cls"}
SPORTS1M = dict(zip(["conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b", "fc6", "fc7", "fc8"],
                    ["features.0", "features.3", "features.6", "features.8", "features.11", "features.13", "features.16",
                     "features.18", "classifier.0", "classifier.3", "classifier.6"]))
CAFFE = {**{name: name if len(name) > 5 else name + "a" for name, _ in CONVOLUTIONS},
         "fc6": "fc6-1", "fc7": "fc7-1", "fc8": "fc8-1"}


def renamed(state, names):
    result = {}
    for key, value in state.items():
        layer, _, kind = key.rpartition(".")
        result[f"{names[layer]}.{kind}"] = value
    return result


def write_caffemodel(path, state, numbering, layers, packed=True, style="shape"):
    """numbering: v10 or bvlc; layers: old or new, the list of layers. Values pass as they lie in memory."""
    made = caffe.messages(numbering, packed)
    net = made["NetParameter"](name="c3d")
    by_layer = {}
    for key, value in state.items():
        layer, _, _ = key.rpartition(".")
        by_layer.setdefault(CAFFE[layer], []).append(value.detach().numpy())
    for name, blobs in by_layer.items():
        layer = net.layer.add(type="Convolution3D") if layers == "new" else net.layers.add(type=30)
        layer.name = name
        for values in blobs:
            caffe.fill(layer.blobs.add(), numbering, values.shape, np.ascontiguousarray(values, np.float32).ravel().tolist(),
                       style)
    pathlib.Path(path).write_bytes(net.SerializeToString())


def write_pytorch(folder, state):
    """(what it is, file): PyTorch's containers and the names of the ports."""
    folder = pathlib.Path(folder)
    def saved(name, content, **options):
        torch.save(content, folder / name, **options)
        return folder / name

    optimizer = {"state": {}, "param_groups": [{"lr": 1e-3, "params": [0]}]}
    yield "zip", saved("zip.pth", state)
    yield "legacy stream", saved("legacy.pth", state, _use_new_zipfile_serialization=False)
    yield "training checkpoint", saved("C3D_epoch-39.pth.tar", {"epoch": 40, "state_dict": state, "opt_dict": optimizer})
    yield "mmaction2's names", saved("mmaction2.pth", {"meta": {"epoch": 45}, "state_dict": renamed(state, MMACTION)})
    yield "features.N and classifier.N", saved("c3d-pretrained.pth", renamed(state, SPORTS1M))
    yield "names under module.", saved("parallel.pth", {f"module.{key}": value for key, value in state.items()})
    save_file({key: value.contiguous() for key, value in state.items()}, folder / "c3d.safetensors")
    yield "safetensors", folder / "c3d.safetensors"
