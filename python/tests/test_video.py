"""Frames of files, and live windows."""
import threading

import numpy as np
import pytest

import c3d


def test_frames_come_by_number_by_slice_and_in_turn(inputs):
    reader = c3d.VideoReader(inputs / "tiny.avi", size=None)
    assert len(reader) == 40 and (reader.height, reader.width) == (48, 64) and reader.rotation == 0
    frames = list(reader)
    assert len(frames) == 40 and frames[0].shape == (48, 64, 3) and frames[0].dtype == np.uint8
    assert np.array_equal(reader[0], frames[0]) and np.array_equal(reader[-1], frames[39])
    assert np.array_equal(reader[30:2:-7], np.stack(frames[30:2:-7]))
    assert np.array_equal(reader[5:5], np.zeros((0, 48, 64, 3)))
    assert np.array_equal(reader.frames_at([7, 3, 3]), np.stack([frames[7], frames[3], frames[3]]))
    times = reader.timestamps()
    assert times.shape == (40,) and times[0] == 0 and np.all(np.diff(times[times >= 0]) > 0) and (times >= 0).sum() >= 38
    assert np.isclose(times[1], 1 / reader.frame_rate, rtol=0.01)
    assert "tiny.avi" in repr(reader)


def test_frames_are_resized_and_taken_at_a_rate(inputs):
    assert c3d.VideoReader(inputs / "tiny.avi")[0].shape == (128, 171, 3)
    assert c3d.VideoReader(inputs / "tiny.avi", size=(24, 0))[0].shape == (24, 32, 3)
    whole = c3d.VideoReader(inputs / "tiny.avi", size=None)
    half = c3d.VideoReader(inputs / "tiny.avi", size=None, fps=whole.frame_rate / 2)
    assert len(half) == 20


def test_what_cannot_be_read_is_an_error(inputs, tmp_path):
    reader = c3d.VideoReader(inputs / "tiny.avi")
    for index in (40, -41):
        with pytest.raises(IndexError):
            reader[index]
    with pytest.raises(c3d.ArgumentError):
        reader.frames_at([40])
    with pytest.raises(FileNotFoundError):
        c3d.VideoReader(inputs / "absent.avi")
    with pytest.raises(c3d.ArgumentError):
        c3d.VideoReader(inputs / "tiny.avi", size=(-1, 5))
    with pytest.raises(c3d.ArgumentError):
        c3d.VideoReader(inputs / "tiny.avi", fps="fast")
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(c3d.Error):
        c3d.VideoReader(tmp_path / "text.mp4")


def test_a_stream_gives_windows_until_its_source_ends(model, inputs):
    stream = model.stream(inputs / "tiny.avi", step=8, top=2)
    windows = list(stream)
    assert [window.first_frame for window in windows] == [0, 8, 16, 24]
    assert all(len(window.labels) == 2 for window in windows)
    assert stream.totals["windows"] == 4 and stream.totals["frames"] == 40
    assert list(stream) == []
    expected = model.predict(inputs / "tiny.avi", window=16, step=8)
    assert [window.labels[0].name for window in windows] == [clip.label.name for clip in expected.clips]


def test_a_model_is_its_streams_until_it_is_closed(model, inputs):
    with model.stream(inputs / "tiny.avi", step=1) as stream:
        next(stream)
        with pytest.raises(c3d.Error, match="stream"):
            model.predict(inputs / "tiny.avi", clips=1)
    assert model.predict(inputs / "tiny.avi", clips=1).ok
    del stream
    forgotten = model.stream(inputs / "tiny.avi", step=1)
    next(forgotten)
    del forgotten
    assert model.predict(inputs / "tiny.avi", clips=1).ok


def test_a_stream_may_be_closed_by_another_thread(model, inputs):
    stream = model.stream(inputs / "tiny.avi", step=1)
    next(stream)
    thread = threading.Thread(target=stream.close)
    thread.start()
    thread.join()
    assert model.predict(inputs / "tiny.avi", clips=1).ok


def test_alerts_come_with_their_windows(model, inputs):
    alerts = []
    label = model.predict(inputs / "tiny.avi", clips=1).label
    for _ in model.stream(inputs / "tiny.avi", step=8, alerts={label: 0.0}, on_alert=alerts.append):
        pass
    assert len(alerts) == 1 and alerts[0].label == label


def test_streams_that_cannot_be_are_errors(model, inputs):
    with pytest.raises(FileNotFoundError):
        next(model.stream(inputs / "absent.avi"))
    with pytest.raises(c3d.ArgumentError):
        next(model.stream(inputs / "tiny.avi", alerts={"no such label": 0.5}))
    with pytest.raises(c3d.ArgumentError):
        next(model.stream("ftp://host/video"))
    with pytest.raises(c3d.ArgumentError):
        model.stream(inputs / "tiny.avi", top=0)
    assert model.predict(inputs / "tiny.avi", clips=1).ok
