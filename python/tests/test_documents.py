"""What docs/python.md and the examples say is run."""
import functools
import importlib.util
import pathlib
import re
import shutil
import sys

import numpy as np
import pytest

import c3d

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (CHECKOUT / "docs/python.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def written(inputs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    shutil.copy(inputs / "small.safetensors", folder / "best.safetensors")
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(inputs / "tiny.avi", folder / name)
    shutil.copytree(inputs / "videos", folder / "videos")
    return folder


def test_the_document_does_what_it_says(written, monkeypatch, capsys):
    monkeypatch.chdir(written)
    small = {"plan": "fixed", "threads": 1, "crop": 16, "resize_width": 20, "resize_height": 18, "validation_clips": 1}
    for name, quick in (("load", {"plan": "fixed"}), ("train", small), ("evaluate", {"device": "cpu", "plan": "fixed"})):
        monkeypatch.setattr(c3d, name, functools.partial(getattr(c3d, name), **quick))
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, "docs/python.md", "exec"), names)
    said = capsys.readouterr().out
    assert "absent.mp4" in said and np.load("a.npy").shape[0] == 32
    assert names["probabilities"].shape == (2, 5) and pathlib.Path("my-model/README.md").exists()


def example(name):
    spec = importlib.util.spec_from_file_location(name, CHECKOUT / f"python/examples/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_features_of_a_folder_go_into_one_file(written, tmp_path, capsys):
    example("features_of_a_folder").main(str(written / "best.safetensors"), str(written / "videos"), str(tmp_path / "all.npz"))
    with np.load(tmp_path / "all.npz") as rows:
        assert len(rows.files) == 8 and rows["dark/v0.mp4"].ndim == 2
    assert "8 videos" in capsys.readouterr().out


def test_a_head_of_torchs_learns_from_our_features(written):
    pytest.importorskip("torch", reason="torch is not installed here; make parity runs this")
    assert example("torch_head").main(str(written / "best.safetensors"), str(written / "videos")) == 1


def test_a_live_loop_runs_to_its_sources_end(written, capsys):
    label = c3d.load(written / "best.safetensors", device="cpu", plan="fixed").labels[0]
    assert example("live_camera").main(str(written / "best.safetensors"), str(written / "a.mp4"), f"{label}:0") == 4
    assert f"ALERT {label}" in capsys.readouterr().out


def test_a_folder_of_the_hub_is_whole(inputs, tmp_path):
    import json

    c3d.export_hub(inputs / "sets.safetensors", tmp_path / "hub")
    config = json.loads((tmp_path / "hub/config.json").read_text())
    model = c3d.load(tmp_path / "hub", device="reference")
    assert [config["id2label"][str(i)] for i in range(5)] == list(model.labels)
    assert config["problem_type"] == "multi_label_classification" and config["thresholds"] == [0, 1, 0, 1, 1]
    assert config["preprocessing"]["crop"] == 48 and len(config["preprocessing"]["mean"]) == 3
    card = (tmp_path / "hub/README.md").read_text()
    assert card.startswith("---\n") and "pipeline_tag: video-classification" in card and model.labels[0] in card
    with pytest.raises(c3d.Error):
        c3d.export_hub(tmp_path / "hub/model.safetensors", tmp_path / "hub")
    with pytest.raises(FileNotFoundError):
        c3d.export_hub(inputs / "absent.pth", tmp_path / "hub2")
