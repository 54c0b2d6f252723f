"""Clips in memory, in all their layouts."""
import numpy as np
import pytest

import c3d
from conftest import small


@pytest.fixture(scope="module")
def clip(inputs):
    return c3d.VideoReader(inputs / "tiny.avi", size=(48, 64))[0:16]


class Foreign:
    """An array that has nothing but DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_a_clip_in_memory_gets_the_scores_of_the_clip_in_the_file(model, inputs, clip):
    expected = model.predict(inputs / "tiny.avi", window=16, step=24).clips[0].probabilities
    scores = model(clip[None])
    assert scores.dtype == np.float32 and scores.shape == (1, 5)
    assert np.array_equal(scores[0], expected)


def test_every_layout_of_the_same_bytes_gives_the_same_scores(model, clip):
    clips = np.stack([clip, clip[::-1], clip[:, ::-1], clip // 2])
    expected = model(clips)
    assert not np.allclose(expected[0], expected[3])
    first = np.ascontiguousarray(clips.transpose(0, 4, 1, 2, 3))
    wide = np.zeros((8, 16, 48, 130, 3), np.uint8)
    wide[::2, :, :, 1:129:2] = clips
    readonly = clips.copy()
    readonly.flags.writeable = False
    for same in (first, first.transpose(0, 2, 3, 4, 1), clips[:, ::-1][:, ::-1], wide[::2, :, :, 1:129:2], readonly,
                 np.asfortranarray(clips), Foreign(clips)):
        assert np.array_equal(model(same), expected)
    assert np.array_equal(model(clips[::-1])[::-1], expected)


def test_frames_of_other_sizes_are_resized_as_those_of_videos(model, inputs):
    reader = c3d.VideoReader(inputs / "videos/dark/v0.mp4", size=None)
    assert reader.source_size == (24, 32)
    expected = model.predict(inputs / "videos/dark/v0.mp4", window=16, step=16).clips[0].probabilities
    assert np.allclose(model(reader[:16][None])[0], expected, atol=1e-6)


def test_frames_of_the_networks_size_are_the_crop(model, clip):
    assert np.array_equal(model(clip[None, :, :, 8:56]), model(clip[None]))


def test_floats_are_the_networks_input(inputs, model, clip):
    # A clip whose frames are the mean is a clip of zeros.
    _, metadata = c3d.inspect(inputs / "small.safetensors")
    crop = clip[:, :, 8:56].astype(np.float32)
    mean = np.array([float(value) for value in metadata["mean"].strip("[]").split(",")], np.float32)
    scale = np.float32(metadata.get("scale", 1))
    order = slice(None, None, -1) if metadata.get("colour_order") == "bgr" else slice(None)
    values = ((crop[..., order] - mean) * scale).astype(np.float32)
    expected = model(clip[None])
    assert np.allclose(model(values[None]), expected, atol=1e-5)
    first = np.ascontiguousarray(values[None].transpose(0, 4, 1, 2, 3))
    assert np.array_equal(model(first), model(values[None]))


def test_many_clips_go_in_batches(inputs, clip):
    model = small(inputs, batch=3)
    clips = np.stack([np.roll(clip, i, axis=0) for i in range(7)])
    expected = np.concatenate([model(clips[i:i + 1]) for i in range(7)])
    assert np.allclose(model(clips), expected, atol=1e-6)


@pytest.mark.parametrize("array", [
    np.zeros((16, 48, 64, 3), np.uint8), np.zeros((1, 15, 48, 64, 3), np.uint8), np.zeros((1, 16, 48, 64, 4), np.uint8),
    np.zeros((1, 16, 48, 64, 3)), np.zeros((1, 16, 48, 64, 3), np.float32), np.zeros((0, 16, 48, 64, 3), np.uint8),
    np.zeros((1, 16, 0, 64, 3), np.uint8), np.zeros((1, 16, 48, 48, 3), np.int8), "a.mp4", None, [[1]]])
def test_arrays_that_are_no_clips_are_value_errors(model, array):
    with pytest.raises(c3d.ArgumentError):
        model(array)


def test_outputs_go_out_by_dlpack(model, clip):
    scores = model(clip[None])
    again = np.from_dlpack(scores)
    assert np.array_equal(again, scores) and np.shares_memory(again, scores)


def test_scores_outlive_their_model(inputs, clip):
    scores = small(inputs)(clip[None])
    assert abs(scores.sum() - 1) < 1e-5
