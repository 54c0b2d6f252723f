"""What c3d_weights writes is what others read: ONNX Runtime, onnx.checker, PyTorch, safetensors; both rules of pool5."""

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import load_file

from common import Checks, C3D, exact_clip_video, float64_features, our_features, random_model, tool
from formats import write_caffemodel

LIMIT = 1e-5


def check_onnx(checks, what, path, clip, ours, reference, rule):
    onnx.checker.check_model(str(path), full_check=True)
    checks.check(f"{what}: onnx.checker accepts it", True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    clips = np.stack([clip, clip[:, ::-1], clip[:, :, ::-1]]).astype(np.float32)
    rows = session.run(None, {entry.name: clips})[0]
    checks.near(f"{what}: ONNX Runtime's logits against ours", rows[:1], ours, LIMIT)
    checks.near(f"{what}: ONNX Runtime's logits against float64, three clips at once", rows, reference(clips), LIMIT)
    metadata = session.get_modelmeta().custom_metadata_map
    checks.check(f"{what}: the rule of pool5 travels along", metadata.get("pool5") == rule, str(metadata.get("pool5")))


def check_pytorch(checks, what, state, model):
    loaded = C3D(model.fc8.out_features, model.pool5, model.width)
    loaded.load_state_dict(state)
    same = all(torch.equal(value, model.state_dict()[key]) for key, value in loaded.state_dict().items())
    checks.check(f"{what}: load_state_dict takes it, bit for bit", same)


def prove(checks, video, clip, rule, width, size):
    model = random_model(6, 101, rule, width)
    model.width = width
    source = checks.folder / ("source.caffemodel" if rule == "caffe" else "source.pth")
    if rule == "caffe":
        write_caffemodel(source, model.state_dict(), "v10", "old")
    else:
        torch.save(model.state_dict(), source)
    what = f"{size}, pool5 {rule}"
    ours = our_features(source, video, "fc8", checks.folder)
    for extension in ("onnx", "pth", "safetensors"):
        out = checks.folder / f"out.{extension}"
        if checks.attempt(f"{what}: convert to {extension}", lambda: tool("c3d_weights", "convert", source, out)) is None:
            continue
        if extension == "onnx":
            check_onnx(checks, what, out, clip, ours, lambda clips: float64_features(model, clips)["fc8"], rule)
        elif extension == "pth":
            check_pytorch(checks, f"{what}, .pth", torch.load(out, weights_only=True), model)
        else:
            check_pytorch(checks, f"{what}, .safetensors", load_file(out), model)
        if extension != "onnx":
            again = checks.attempt(f"{what}: c3d_infer reads the .{extension}",
                                   lambda: our_features(out, video, "fc8", checks.folder))
            same = again is not None and np.array_equal(again, ours)
            checks.check(f"{what}: the .{extension} gives the same logits here", same)
            verified = checks.attempt(f"{what}: verify", lambda: tool("c3d_weights", "verify", source, out))
            checks.check(f"{what}: verify finds no difference", verified is not None)
        out.unlink()


def main():
    with Checks() as checks:
        video = checks.folder / "clip.avi"
        clip = exact_clip_video(video, 7)
        for rule in ("pytorch", "caffe"):
            prove(checks, video, clip, rule, 0.125, "narrow")
        prove(checks, video, clip, "caffe", 1.0, "full size")


main()
