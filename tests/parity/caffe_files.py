"""Caffe's files, written with protobuf: both numberings give PyTorch's logits, and neither is taken for the other."""

import numpy as np
from safetensors.numpy import load_file

from common import Checks, ToolFailed, exact_clip_video, float64_features, our_features, random_model, tool
from formats import caffe, write_caffemodel

LIMIT = 1e-5
# numbering, list of layers, packed, values
VARIANTS = [("v10", "old", True, "shape"), ("v10", "old", False, "shape"), ("bvlc", "new", True, "shape"),
            ("bvlc", "old", True, "shape"), ("bvlc", "new", False, "shape"), ("bvlc", "new", True, "double")]


def compare(checks, video, model, reference, variants, size):
    for numbering, layers, packed, style in variants:
        what = f"{size}, {numbering}, {layers} layers{'' if packed else ', unpacked'}{', doubles' if style == 'double' else ''}"
        path, converted = checks.folder / "c3d.caffemodel", checks.folder / "converted.safetensors"
        write_caffemodel(path, model.state_dict(), numbering, layers, packed, style)
        ours = checks.attempt(what, lambda: our_features(path, video, "fc8", checks.folder))
        if ours is not None:
            checks.near(f"{what}: logits", ours, reference["fc8"], LIMIT)
        if checks.attempt(f"{what}: convert", lambda: tool("c3d_weights", "convert", path, converted)) is None:
            continue
        tensors = load_file(converted)
        same = all(np.array_equal(tensors.get(key), value.numpy()) for key, value in model.state_dict().items())
        checks.check(f"{what}: every weight arrives bit for bit", same)


def confused(checks, model):
    """Half of the blobs in one numbering, half in the other: refused, never guessed."""
    files = {}
    for numbering in ("v10", "bvlc"):
        files[numbering] = checks.folder / f"{numbering}.caffemodel"
        write_caffemodel(files[numbering], model.state_dict(), numbering, "old")
    made = {n: caffe.messages(n)["NetParameter"]() for n in files}
    for numbering, path in files.items():
        made[numbering].ParseFromString(path.read_bytes())
        del made[numbering].layers[slice(5) if numbering == "v10" else slice(5, None)]
    mixed = checks.folder / "mixed.caffemodel"
    mixed.write_bytes(made["bvlc"].SerializeToString() + made["v10"].SerializeToString())
    try:
        tool("c3d_weights", "inspect", mixed)
        checks.check("a file of both numberings is refused", False)
    except ToolFailed as failure:
        checks.check("a file of both numberings is refused", "numbered" in str(failure), str(failure).splitlines()[-1])


def main():
    with Checks() as checks:
        video = checks.folder / "clip.avi"
        clip = exact_clip_video(video, 3)
        narrow = random_model(4, 11, "caffe", 0.125)
        compare(checks, video, narrow, float64_features(narrow, clip[None]), VARIANTS, "narrow")
        confused(checks, narrow)
        full = random_model(5, 487, "caffe")
        compare(checks, video, full, float64_features(full, clip[None]), [VARIANTS[0], VARIANTS[2]], "full size")


main()
