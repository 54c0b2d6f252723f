"""The Python package beside PyTorch, in one process: features of three weights formats, clips in memory to and fro, a folder of the
Hub as Hugging Face's library reads it, and the example that trains a head."""

import importlib.util
import json
import pathlib

import numpy as np
import torch
from huggingface_hub import ModelCard, PyTorchModelHubMixin
from safetensors.torch import load_file

import c3d
from common import C3D, FRAMES, LEFT, MEAN_BGR, TOP, CROP, Checks, exact_clip_video, float64_features, random_model, tool
from formats import write_caffemodel

LIMIT = 1e-5
CLASSES, NARROW = 11, 0.125


class FromTheHub(C3D, PyTorchModelHubMixin):
    """Ten lines: the network of a folder that export_hub wrote."""

    @classmethod
    def _from_pretrained(cls, *, model_id, **_):
        folder = pathlib.Path(model_id)
        config = json.loads((folder / "config.json").read_text())
        model = cls(config["num_labels"], config["pool5"], config["width"], config["preprocessing"]["crop"])
        model.load_state_dict(load_file(folder / "model.safetensors"))
        return model.eval()


def formats(checks, model):
    state = model.state_dict()
    torch.save(state, checks.folder / "c3d.pth")
    yield "pytorch", checks.folder / "c3d.pth"
    c3d.convert(checks.folder / "c3d.pth", checks.folder / "c3d.safetensors", profile="pvr")
    yield "pytorch", checks.folder / "c3d.safetensors"
    write_caffemodel(checks.folder / "c3d.caffemodel", state, "v10", "old")
    yield "caffe", checks.folder / "c3d.caffemodel"


def compare_features(checks, network, video, clip):
    for rule, weights in formats(checks, network):
        network.pool5 = rule
        expected = float64_features(network, clip[None])
        model = c3d.load(weights, profile="pvr", device="cpu", pool5=rule)
        for layer in ("pool5", "fc6", "fc7", "fc8"):
            checks.near(f"{weights.name}: {layer}", model.features(video, layer), expected[layer], LIMIT)
    network.pool5 = "pytorch"


def compare_clips(checks, network, model, video, clip):
    expected = torch.softmax(torch.from_numpy(float64_features(network, clip[None])["fc8"]), 1).numpy()
    values = torch.from_numpy(np.ascontiguousarray(clip[None]))
    frames = torch.from_numpy(c3d.VideoReader(video)[:FRAMES])[None]
    crop = frames[:, :, TOP:TOP + CROP, LEFT:LEFT + CROP]
    for what, clips in (("floats", values), ("floats with colours last", values.permute(0, 2, 3, 4, 1)), ("frames", frames),
                        ("a view of crops", crop), ("crops with colours first", crop.permute(0, 4, 1, 2, 3).contiguous())):
        scores = model(clips)
        checks.near(f"torch's {what}", scores, expected, LIMIT)
    tensor = torch.from_dlpack(scores)
    tensor[0, 0] = 7
    checks.check("scores become a tensor without a copy", scores[0, 0] == 7)
    checks.near("a tensor with a gradient", model(values.clone().requires_grad_()), expected, LIMIT)
    try:
        model(values.double())
        checks.check("a tensor of doubles is an error", False)
    except c3d.ArgumentError as error:
        checks.check("a tensor of doubles is an error", True, str(error))


def compare_hub(checks, network, clip):
    folder = checks.folder / "my-model"
    c3d.export_hub(checks.folder / "c3d.safetensors", folder)
    state = load_file(folder / "model.safetensors")
    same = all(torch.equal(state[key], value) for key, value in network.state_dict().items())
    checks.check("load_file gives PyTorch's names, shapes and values", same and len(state) == len(network.state_dict()))
    card = ModelCard.load(folder / "README.md")
    checks.check("the model card parses", card.data.pipeline_tag == "video-classification", str(card.data.tags))
    with torch.no_grad():
        logits = FromTheHub.from_pretrained(folder)(torch.from_numpy(clip[None]))
    checks.near("a ModelHubMixin of ten lines loads it", logits.numpy(), float64_features(network, clip[None])["fc8"], 1e-4)


def train_head(checks):
    videos, weights = checks.folder / "videos", checks.folder / "c3d.safetensors"
    tool("c3d_synth", videos, "--per-class", 2)
    training = videos / "train" if (videos / "train").is_dir() else videos
    path = pathlib.Path(__file__).resolve().parents[2] / "python/examples/torch_head.py"
    spec = importlib.util.spec_from_file_location("torch_head", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    accuracy = example.main(str(weights), str(training))
    checks.check("the example's head learns its videos", accuracy == 1, f"{accuracy:.2f}")


def main():
    with Checks() as checks:
        video = checks.folder / "clip.avi"
        clip = exact_clip_video(video, 6)
        network = random_model(7, CLASSES, width=NARROW)
        compare_features(checks, network, video, clip)
        compare_clips(checks, network, c3d.load(checks.folder / "c3d.safetensors", device="cpu"), video, clip)
        compare_hub(checks, network, clip)
        train_head(checks)


main()
