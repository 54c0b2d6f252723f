"""c3d_infer --explain against the package pytorch-grad-cam: the same network in PyTorch gives the same maps on each layer's own grid,
after ReLU and before any scaling. In float64; where a ReLU or a maximum is decided by the last bits of a float, PyTorch's float32
goes another way than its own float64, and a window may then be near that instead.

    explanation.py [VIDEO|FOLDER ...]        clips of these too, two videos of a folder, besides one that it draws

The videos' frames, as OpenCV reads and resizes them, are written anew without loss, so that both sides see the same bytes.
"""

import collections
import copy
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn as nn
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors import safe_open

from common import (CONVOLUTIONS, CROP, Checks, FRAMES, HEIGHT, ROOT, WIDTH, moving_shapes, opencv_frames, pvr_clip,
                    random_model, tool, write_raw_video)

LIMIT = 1e-4  # of the map's maximum
LAYERS = ("conv5b", "conv4b", "conv3b")
WINDOWS, LEAST_FRAMES = 3, 16
TRAINED = ROOT / "weights/pretrained/c3d-motion-w025.safetensors"
POOLS = {"conv1": (1, 2, 2), "conv2": 2, "conv3b": 2, "conv4b": 2}


def as_modules(model):
    """The network of common.py, with each ReLU a module whose output can be watched: relu_conv5b."""
    model, parts = copy.deepcopy(model), collections.OrderedDict()
    for name, _ in CONVOLUTIONS:
        parts[name] = getattr(model, name)
        parts[f"relu_{name}"] = nn.ReLU()
        if name in POOLS:
            parts[f"pool_{name}"] = nn.MaxPool3d(POOLS[name], POOLS[name])
    parts["pool5"] = nn.MaxPool3d(2, 2, (0, 1, 1)) if model.pool5 == "pytorch" else nn.MaxPool3d(2, 2, ceil_mode=True)
    parts["flat"] = nn.Flatten()
    for name in ("fc6", "fc7"):
        parts[name] = getattr(model, name)
        parts[f"relu_{name}"] = nn.ReLU()
    parts["fc8"] = model.fc8
    return nn.Sequential(parts).eval()


class WatchedGradCAM(GradCAM):
    """Keeps the map as the method gives it: the package scales what it returns to the size of the clip."""

    def get_cam_image(self, *arguments, **options):
        self.map = super().get_cam_image(*arguments, **options)
        return self.map


def their_maps(network, layer, clips, label, dtype=torch.float64):
    network, maps = network.to(dtype), []
    for clip in clips:
        with WatchedGradCAM(model=network, target_layers=[getattr(network, f"relu_{layer}")]) as cam:
            cam(input_tensor=torch.as_tensor(clip[None], dtype=dtype), targets=[ClassifierOutputTarget(label)])
        maps.append(np.maximum(cam.map[0], 0))
    return np.stack(maps)


def our_maps(checks, weights, video, layer, label, *options):
    out = checks.folder / "maps.npy"
    out.unlink(missing_ok=True)
    tool("c3d_infer", "--weights", weights, "--window", FRAMES, "--step", FRAMES, "--frame-stride", 1, "--device", "cpu",
         "--explain", out, "--explain-layer", layer, "--explain-class", label, *options, video)
    return np.load(out)


def errors(ours, theirs):
    """Of each window, as a share of its map's maximum."""
    largest = theirs.reshape(len(theirs), -1).max(1)
    return np.abs(ours - theirs).reshape(len(theirs), -1).max(1) / np.where(largest > 0, largest, 1)


def compare(checks, what, network, weights, video, clips, labels, *options):
    """labels: places and names of classes."""
    for layer in LAYERS:
        for place, name in labels:
            ours = checks.attempt(what, lambda: our_maps(checks, weights, video, layer, name, *options))
            if ours is None:
                continue
            theirs = their_maps(network, layer, clips, place)
            if ours.shape != theirs.shape:
                checks.check(f"{what}, {layer}, '{name}'", False, f"shape {ours.shape}, not {theirs.shape}")
                continue
            shares, detail = errors(ours, theirs), ""
            if shares.max() > LIMIT:
                narrow = errors(ours, their_maps(network, layer, clips, place, torch.float32))
                detail = f"; {np.sum(narrow < shares)} of {len(shares)} windows as float32 has them, not float64"
                shares = np.minimum(shares, narrow)
            checks.check(f"{what}, {layer} {list(theirs.shape[1:])}, '{name}'", shares.max() <= LIMIT and theirs.max() > 0,
                         f"{shares.max():.1e} of the maximum, at most {LIMIT:g}{detail}")


def trained_network():
    """Ours, and what its file says of labels and frames."""
    with safe_open(TRAINED, framework="pt") as file:
        facts = file.metadata()
        model = random_model(0, int(facts["classes"]), facts["pool5"], float(facts["width"]))
        model.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})
    return model, facts


def trained_clip(frames, facts):
    """BGR frames [D, 128, 171, 3] -> [3, D, 112, 112], as the trained network's file says."""
    top, left = (HEIGHT - CROP) // 2, (WIDTH - CROP) // 2
    square = np.asarray(frames)[:, top:top + CROP, left:left + CROP, ::-1].astype(np.float64)
    return ((square - json.loads(facts["mean"])) * float(facts["scale"])).transpose(3, 0, 1, 2)


def windows_of(frames):
    return [frames[start:start + FRAMES] for start in range(0, len(frames) - FRAMES + 1, FRAMES)]


def videos_of(arguments):
    for path in map(pathlib.Path, arguments):
        inside = sorted(path.rglob("*.avi")) if path.is_dir() else [path]
        yield from inside[::max(1, len(inside) // 2)][:2]


def main():
    with Checks() as checks:
        sources = {"drawn shapes": list(moving_shapes(WINDOWS * FRAMES, WIDTH, HEIGHT, 3))}
        for path in videos_of(sys.argv[1:]):
            sources[path.name] = opencv_frames(path)[:WINDOWS * FRAMES]
        model, facts = trained_network()
        trained, names = as_modules(model), json.loads(facts["labels"])
        networks = {"random, pool5 pytorch": random_model(11, 101, "pytorch", 0.25),
                    "random, pool5 caffe": random_model(12, 101, "caffe", 0.25)}
        for source, frames in sources.items():
            if len(frames) < LEAST_FRAMES:
                checks.check(source, False, f"has {len(frames)} frames")
                continue
            video = checks.folder / "clip.avi"
            write_raw_video(video, frames)
            clips = [trained_clip(window, facts) for window in windows_of(frames)]
            trained.float()
            with torch.no_grad():
                scores = trained(torch.as_tensor(np.stack(clips), dtype=torch.float32)).mean(0).numpy()
            order = np.argsort(-scores)
            compare(checks, f"{source}, our trained network", trained, TRAINED, video, clips,
                    [(int(i), names[i]) for i in (order[0], order[1], order[len(order) // 2])])
            clips = [pvr_clip(window) for window in windows_of(frames)]
            for what, network in networks.items():
                weights = checks.folder / "random.pth"
                torch.save(network.state_dict(), weights)
                compare(checks, f"{source}, {what}", as_modules(network), weights, video, clips, [(5, "class 5")],
                        "--profile", "pvr", "--pool5", network.pool5)


main()
