"""Training, judging, checking, converting, and batches for other trainers."""
import json
import logging

import numpy as np
import pytest

import c3d


@pytest.fixture(scope="module")
def run(inputs, tmp_path_factory):
    return tmp_path_factory.mktemp("runs") / "run"


def test_a_network_is_trained_and_used(inputs, run, quick_training, caplog):
    metrics = []
    with caplog.at_level(logging.INFO, logger="c3d"):
        result = c3d.train(inputs / "videos", run, on_metrics=metrics.append, progress=True, **quick_training)
    assert result.finished and result.step == result.total_steps == 4
    assert result.labels == ("dark", "light")
    steps = [one for one in metrics if one["kind"] == "step"]
    assert [one["step"] for one in steps] == [1, 2, 3, 4] and all(np.isfinite(one["loss"]) for one in steps)
    assert len([one for one in metrics if one["kind"] == "evaluation"]) == 2
    assert caplog.records and json.loads((run / "config.json").read_text())["batch"] == 3
    model = c3d.load(result.last, device="cpu", plan="fixed")
    assert model.labels == ("dark", "light")
    assert result.best is not None and model.predict(inputs / "videos/dark/v0.mp4").ok


def test_a_run_that_a_callback_ends_goes_on(inputs, tmp_path, quick_training):
    def stop(metrics):
        if metrics["step"] == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        c3d.train(inputs / "videos", tmp_path / "run", on_metrics=stop, **quick_training)
    assert c3d.train(out=tmp_path / "run", resume=True).finished


def test_wrong_settings_are_value_errors(inputs, tmp_path, quick_training):
    for settings in ({"learning_rat": 1}, {"batch": 0}, {"batch": "many"}, {"optimizer": "lion"}, {"batch": object()}):
        with pytest.raises(c3d.ArgumentError):
            c3d.train(inputs / "videos", tmp_path / "run", **{**quick_training, **settings})
    with pytest.raises(c3d.ArgumentError):
        c3d.train(inputs / "videos", tmp_path / "run", recipe="slow")
    with pytest.raises(c3d.ArgumentError, match="on_metrics"):
        c3d.train(inputs / "videos", tmp_path / "run", on_metrics=3, **quick_training)
    assert len(loader(inputs, batch=np.int64(4), flip=np.float64(0.5), validation_share=0.25)) == 2
    with pytest.raises(FileNotFoundError):
        c3d.train(inputs / "absent", tmp_path / "run", **quick_training)
    for setting in ("init", "val"):
        with pytest.raises(FileNotFoundError, match="absent"):
            c3d.train(inputs / "videos", tmp_path / "run", **{**quick_training, setting: inputs / "absent"})
    assert not (tmp_path / "run" / "config.json").exists()


def test_errors_speak_of_arguments_not_of_options(inputs, run, tmp_path, quick_training):
    with pytest.raises(c3d.Error, match="resume=True") as raised:
        c3d.train(inputs / "videos", run, **quick_training)
    assert "--" not in str(raised.value)
    with pytest.raises(c3d.Error, match="name them by init") as raised:
        c3d.train(inputs / "videos", tmp_path / "run", recipe="finetune")
    assert "--" not in str(raised.value)


def test_every_setting_says_what_it_is():
    settings = {setting.name: setting for setting in c3d.training_settings()}
    assert settings["learning_rate"].default == "0.01" and settings["learning_rate"].help
    assert "adamw" in settings["optimizer"].choices


def test_weights_are_judged(inputs, run, tmp_path):
    weights = run / "last.safetensors"
    report = c3d.evaluate(inputs / "videos", weights, device="cpu", plan="fixed", clips=1, predictions=tmp_path / "p.jsonl")
    assert 0 <= report["videos"]["top1"] <= 1 and "dark" in report.text
    assert len((tmp_path / "p.jsonl").read_text().splitlines()) == 1 + 8
    assert str(report) == report.text
    with pytest.raises(FileNotFoundError):
        c3d.evaluate(inputs / "absent", weights)
    with pytest.raises(c3d.ArgumentError):
        c3d.evaluate(inputs / "videos", weights, clips=0, device="cpu")


def test_videos_are_checked(inputs, tmp_path):
    report = c3d.check(inputs / "videos", page=tmp_path / "check.html")
    assert report["would_stop"] is False and "one_colour" in {one["kind"] for one in report["findings"]}
    assert (tmp_path / "check.html").stat().st_size > 1000 and "training would start" in str(report)
    with pytest.raises(c3d.ArgumentError):
        c3d.check(inputs / "videos", batches=3)


def test_weights_are_converted_and_looked_into(inputs, tmp_path):
    c3d.convert(inputs / "small.safetensors", tmp_path / "small.pth")
    tensors, metadata = c3d.inspect(inputs / "small.safetensors")
    assert metadata["classes"] == "5" and tensors[0].our_name == "conv1.weight" and len(tensors[0].shape) == 5
    other, _ = c3d.inspect(tmp_path / "small.pth")
    assert {(tensor.our_name, tensor.mean) for tensor in tensors} == {(tensor.our_name, tensor.mean) for tensor in other}
    c3d.convert(tmp_path / "small.pth", tmp_path / "seven.safetensors", classes=7)
    assert len(c3d.load(tmp_path / "seven.safetensors", device="reference").labels) == 7
    with pytest.raises(c3d.ArgumentError):
        c3d.convert(inputs / "small.safetensors", tmp_path / "small.txt")
    with pytest.raises(FileNotFoundError):
        c3d.convert(inputs / "absent.pth", tmp_path / "small.pth")


def loader(inputs, **settings):
    return c3d.ClipLoader(inputs / "videos", **{"batch": 4, "crop": 16, "resize_width": 20, "resize_height": 18, **settings})


def epoch(batches, number=0, first=0):
    return [(batch.clips.copy(), batch.labels.copy(), batch.videos.copy()) for batch in batches.epoch(number, first)]


def equal(one, other):
    return len(one) == len(other) and all(np.array_equal(x, y) for a, b in zip(one, other) for x, y in zip(a, b))


def test_batches_depend_on_seed_and_epoch_alone(inputs):
    batches = loader(inputs, workers=1, validation_share=0.25)
    assert batches.labels == ("dark", "light") and batches.clip_shape == (16, 16, 16, 3)
    first = epoch(batches)
    assert len(first) == len(batches) == 2 and sum(len(labels) for _, labels, _ in first) == 6
    for clips, labels, videos in first:
        assert clips.dtype == np.uint8 and clips.shape == (len(labels), 16, 16, 16, 3)
        names = [batches.labels[label] for label in labels]
        assert all(f"/{name}/" in batches.videos[video] for name, video in zip(names, videos))
        assert all((clip.mean() > 128) == (name == "light") for clip, name in zip(clips, names))
    assert equal(epoch(loader(inputs, workers=3, validation_share=0.25)), first)
    assert not equal(epoch(batches, 1), first)
    assert equal(epoch(batches, 0, 1), first[1:])
    assert not equal(epoch(loader(inputs, seed=1, validation_share=0.25)), first)
    again = iter(loader(inputs, validation_share=0.25))
    clips, labels = next(again)
    assert np.array_equal(clips, first[0][0]) and np.array_equal(labels, first[0][1])
    one, other = batches.epoch(0), batches.epoch(1)
    next(other)
    with pytest.raises(c3d.Error, match="another epoch"):
        next(one)


def test_clips_are_mirrored_as_drawn(inputs):
    plain, mirrored = (epoch(loader(inputs, flip=flip, validation_share=0.25)) for flip in (0, 1))
    assert equal([(clips[..., ::-1, :],) for clips, _, _ in mirrored], [(clips,) for clips, _, _ in plain])


def test_clips_of_validation_are_spread_over_their_videos(inputs):
    batches = loader(inputs, validation=True, validation_share=0.25, validation_clips=2)
    assert len(batches.videos) == 2 and sum(len(batch) for batch in batches) == 4
    assert equal(epoch(batches, 0), epoch(batches, 5))


def test_batches_that_cannot_be_are_errors(inputs):
    with pytest.raises(FileNotFoundError):
        loader({"a": 1} and inputs / "absent")
    for settings in ({"mixup": 0.2}, {"batch": 0}, {"crops": 3}, {"workers": -1}):
        with pytest.raises(c3d.ArgumentError):
            loader(inputs, **settings)
    batches = loader(inputs, validation_share=0.25)
    for wrong in ((-1, 0), (0, 9)):
        with pytest.raises(c3d.ArgumentError):
            batches.epoch(*wrong)
