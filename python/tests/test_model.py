"""Loading, labelling and features of videos."""
import gc
import logging
import pathlib
import pickle
import resource
import threading

import numpy as np
import pytest

import c3d
from conftest import small


def test_the_package_says_what_it_is(model):
    assert c3d.__version__ == "0.1.0"
    assert model.labels and len(set(model.labels)) == 5
    assert model.input_shape == (16, 48, 48, 3)
    assert model.frame_size == (48, 64)
    assert not model.has_label_sets and model.thresholds == ()
    assert "C3D of width" in model.description and "5 labels" in repr(model)
    assert any(name == "cpu" and usable for name, usable, _ in c3d.devices())


def test_what_auto_took_and_why_is_logged_once(inputs, caplog):
    caplog.set_level(logging.INFO, "c3d")
    model = small(inputs, device="auto")
    taken, = caplog.messages
    assert "small.safetensors: " in taken and taken.endswith(model.description.splitlines()[0])
    assert "(cpu, because no GPU can be used: " in taken or "(cuda:0, because there is a GPU)" in taken
    caplog.clear()
    small(inputs, device="cpu")
    assert not caplog.messages


def test_a_video_is_labelled(model, inputs):
    result = model.predict(inputs / "tiny.avi", clips=4, top=2)
    assert result.ok and result.frames == 40 and result.seconds > 0
    assert len(result.labels) == 2 and result.labels[0].probability >= result.labels[1].probability
    assert result.label == result.labels[0].name == model.labels[int(result.probabilities.argmax())]
    assert result.probabilities.dtype == np.float64 and abs(result.probabilities.sum() - 1) < 1e-5
    assert len(result.clips) == 4 and result.clips[0].first_frame == 0
    assert result.clips[-1].end == result.seconds
    mean = np.mean([clip.probabilities for clip in result.clips], axis=0)
    assert np.allclose(mean, result.probabilities, atol=1e-6)
    assert "tiny.avi" in repr(result) and result.label in repr(result)


def test_a_window_slides_over_a_video(model, inputs):
    clips = model.predict(str(inputs / "tiny.avi"), window=16, step=8).clips
    assert [clip.first_frame for clip in clips] == [0, 8, 16, 24]
    assert model.predict(inputs / "tiny.avi", window=16).clips[1].first_frame == 8


def test_of_label_sets_each_label_stands_by_itself(inputs):
    sets = small(inputs, "sets.safetensors")
    assert sets.has_label_sets and sets.thresholds == (0, 1, 0, 1, 1)
    result = sets.predict(inputs / "tiny.avi", clips=2, top=1)
    assert result.shown == 2 and len(result.labels) == 2 and len(result.clips[0].shown) == 2


def test_many_videos_come_in_their_order_and_failures_do_not_stop_the_others(model, inputs):
    (inputs / "broken.avi").write_bytes(b"no video")
    paths = [inputs / "tiny.avi", inputs / "broken.avi", inputs / "second.avi"]
    seen = []
    results = model.predict_many(paths, clips=2, on_result=lambda result: seen.append(result.file), progress=True)
    assert [result.file for result in results] == seen == [str(path) for path in paths]
    assert [result.ok for result in results] == [True, False, True]
    assert "broken" in repr(results[1]) and "failed" in results[1]._repr_html_()
    with pytest.raises(c3d.Error):
        results[1].label
    assert len(model.predict_many(paths, clips=2, on_result=lambda result: False)) == 1


def test_results_survive_pickling_and_draw_themselves(model, inputs):
    result = model.predict(inputs / "tiny.avi", clips=2)
    again = pickle.loads(pickle.dumps(result))
    assert again.labels == result.labels and np.array_equal(again.probabilities, result.probabilities)
    assert again.timeline().startswith(b"\x89PNG")
    page = again._repr_html_()
    assert "data:image/png;base64," in page and result.label in page


def test_features_have_a_row_for_each_window(model, inputs):
    rows = model.features(inputs / "tiny.avi")
    assert rows.dtype == np.float32 and rows.shape[0] == 2  # 40 frames hold two windows of 16
    assert model.features(inputs / "tiny.avi", step=8).shape[0] == 4
    assert model.features(inputs / "tiny.avi", clips=3).shape[0] == 3
    assert model.features(inputs / "tiny.avi", "probabilities").shape == (2, 5)
    crops = model.features(inputs / "tiny.avi", crops=3, step=8)
    assert crops.shape == (4, 3, rows.shape[1])
    logits, scores = (model.features(inputs / "tiny.avi", layer) for layer in ("fc8", "probabilities"))
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.allclose(shifted / shifted.sum(axis=1, keepdims=True), scores, atol=1e-5)
    # Labelling in between does not change what a layer gives.
    model.predict(inputs / "tiny.avi", clips=2)
    assert np.array_equal(model.features(inputs / "tiny.avi"), rows)


def test_features_are_pooled_and_scaled(model, inputs):
    rows = model.features(inputs / "tiny.avi", step=8)
    assert np.allclose(model.features(inputs / "tiny.avi", step=8, pool="mean"), rows.mean(axis=0, keepdims=True), atol=1e-6)
    assert np.array_equal(model.features(inputs / "tiny.avi", step=8, pool="max"), rows.max(axis=0, keepdims=True))
    segments = model.features(inputs / "tiny.avi", step=8, pool="segments:32", l2=True)
    assert segments.shape == (32, rows.shape[1])
    assert np.allclose(np.linalg.norm(segments, axis=1), 1, atol=1e-5)


def test_a_model_explains_what_it_says(model, inputs, tmp_path):
    why = model.explain(inputs / "tiny.avi", clips=2, layer="conv4b", write=[tmp_path / "maps.npy", tmp_path / "why.png"])
    assert why.label == model.predict(inputs / "tiny.avi", clips=2).label
    assert why.maps.shape == (2, 4, 6, 6) and why.maps.min() >= 0
    assert np.array_equal(np.load(tmp_path / "maps.npy"), why.maps)
    assert (tmp_path / "why.png").stat().st_size > 1000
    other = model.explain(inputs / "tiny.avi", model.labels[3], clips=1)
    assert other.label == model.labels[3]


@pytest.mark.parametrize("arguments", [
    {"clips": 0}, {"crops": 2}, {"fps": "none"}, {"window": 15}, {"step": 0}, {"top": 0}, {"clips": 2.5},
    {"clips": 2**40}, {"read_timeout": 0}, {"fps": 5, "constant_rate": True}, {"frame_stride": 5000}])
def test_wrong_arguments_are_value_errors(model, inputs, arguments):
    with pytest.raises(c3d.ArgumentError) as raised:
        model.predict(inputs / "tiny.avi", **arguments)
    assert isinstance(raised.value, ValueError) and isinstance(raised.value, c3d.Error)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("arguments", [
    {"device": "gpu"}, {"precision": "f16"}, {"profile": "imagenet"}, {"batch": 0}, {"batch": 10**6}, {"names": "mine"},
    {"pool5": "same"}, {"threads": -1}])
def test_wrong_ways_to_load_are_value_errors(inputs, arguments):
    with pytest.raises(c3d.ArgumentError):
        c3d.load(inputs / "small.safetensors", **{"device": "cpu", **arguments})


def test_other_wrong_arguments_are_value_errors(model, inputs):
    with pytest.raises(c3d.ArgumentError, match="fc9"):
        model.features(inputs / "tiny.avi", layer="fc9")
    with pytest.raises(c3d.ArgumentError):
        model.features(inputs / "tiny.avi", pool="median")
    with pytest.raises(c3d.ArgumentError):
        model.features(inputs / "tiny.avi", clips=2, step=3)
    with pytest.raises(c3d.ArgumentError):
        model.explain(inputs / "tiny.avi", "no such label")
    with pytest.raises(c3d.ArgumentError):
        model.explain(inputs / "tiny.avi", layer="conv1")
    with pytest.raises(c3d.ArgumentError):
        model.explain(inputs / "tiny.avi", clips=1, write="why.txt")
    with pytest.raises(c3d.ArgumentError):
        model.predict(17)
    with pytest.raises(c3d.ArgumentError, match="several paths"):
        model.predict_many(inputs / "tiny.avi")
    with pytest.raises(c3d.ArgumentError, match="on_result"):
        model.predict_many([inputs / "tiny.avi"], on_result=3)


def test_missing_files_are_file_not_found_errors(model, inputs):
    for call in (lambda: c3d.load(inputs / "absent.pth"), lambda: model.predict(inputs / "absent.mp4"),
                 lambda: model.features(inputs / "absent.mp4"), lambda: model.explain(inputs / "absent.mp4"),
                 lambda: c3d.load(inputs / "small.safetensors", device="cpu", mean=inputs / "absent.npy")):
        with pytest.raises(FileNotFoundError) as raised:
            call()
        assert isinstance(raised.value, c3d.Error) and "absent" in raised.value.filename and raised.value.errno == 2
        assert raised.value.filename in str(raised.value) and "no such file" in str(raised.value).lower()
        again = pickle.loads(pickle.dumps(raised.value))
        assert (str(again), again.filename, again.errno) == (str(raised.value), raised.value.filename, 2)


def test_what_an_output_is_to_be_is_checked_before_the_video_is_read(model, inputs, tmp_path):
    with pytest.raises(c3d.ArgumentError, match="median"):
        model.features(inputs / "absent.mp4", pool="median")
    with pytest.raises(c3d.ArgumentError, match="heat.gif"):
        model.explain(inputs / "absent.mp4", write=tmp_path / "heat.gif")


def test_weights_that_come_with_the_package_have_a_name(inputs, tmp_path, monkeypatch):
    monkeypatch.setenv("C3D_PRETRAINED", str(tmp_path))
    with pytest.raises(c3d.Error, match="c3d-motion-w025.safetensors, are not installed"):
        c3d.load("motion", device="cpu")
    (tmp_path / "c3d-motion-w025.safetensors").write_bytes((inputs / "small.safetensors").read_bytes())
    assert c3d.load("motion", device="cpu", plan="fixed").labels == c3d.load(inputs / "small.safetensors", device="cpu", plan="fixed").labels


def test_files_that_are_of_no_use_are_errors(model, inputs, tmp_path):
    text = tmp_path / "text.safetensors"
    text.write_text("no weights")
    for call in (lambda: c3d.load(text), lambda: model.predict(text), lambda: model.features(text)):
        with pytest.raises(c3d.Error) as raised:
            call()
        assert not isinstance(raised.value, (ValueError, OSError)) and "text.safetensors" in str(raised.value)


def test_what_a_callback_raises_comes_through(model, inputs):
    def fail(result: c3d.Result) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        model.predict_many([inputs / "tiny.avi"], clips=1, on_result=fail)
    assert model.predict(inputs / "tiny.avi", clips=1).ok


def test_a_callback_cannot_ask_its_model_for_more(model, inputs):
    with pytest.raises(c3d.Error, match="at work"):
        model.predict_many([inputs / "tiny.avi"], clips=1, on_result=lambda result: model.features(inputs / "tiny.avi"))


def test_threads_that_share_a_model_wait_for_each_other(model, inputs):
    alone = model.predict(inputs / "tiny.avi", clips=3).probabilities
    found, failures = [], []

    def work() -> None:
        try:
            for _ in range(3):
                found.append(model.predict(inputs / "tiny.avi", clips=3).probabilities)
                model.features(inputs / "tiny.avi")
        except Exception as error:  # said below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(found) == 9
    assert all(np.array_equal(one, alone) for one in found)


def test_a_thousand_loads_leave_no_memory_behind(inputs):
    def load_some(count: int) -> None:
        for _ in range(count):
            small(inputs)
        gc.collect()

    load_some(100)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    load_some(1000)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    weights = pathlib.Path(inputs / "small.safetensors").stat().st_size / 1024
    assert grown < max(20 * 1024, 20 * weights), f"{grown} KiB"
