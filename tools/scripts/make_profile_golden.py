#!/usr/bin/env python3
"""Writes tests/golden/weights/profiles.safetensors and the two pictures beside it: what OpenCV and NumPy make of
frames under each preprocessing profile, as its origin does it.

    python3 tools/scripts/make_profile_golden.py tests/golden/weights

Needs opencv-python, numpy and safetensors. tests/c3d/inference/profiles.cpp prepares the same pictures and compares.
"""

import pathlib
import sys

import cv2
import numpy
from safetensors.numpy import save_file

WIDTH, HEIGHT, CROP = 250, 187, 112
EVERY = 7  # pixel that is kept, of rows and columns


def picture(number):
    """Smooth waves that differ by channel: [HEIGHT, WIDTH, 3] BGR."""
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    waves = [numpy.sin(x / (9 + 4 * c) + number) * numpy.cos(y / (13 - 3 * c)) for c in range(3)]
    return numpy.round(127.5 + 120 * numpy.stack(waves, 2)).astype(numpy.uint8)


def cube():
    """A mean that differs at every place: [3, 16, 128, 171]."""
    c, d, h, w = numpy.indices((3, 16, 128, 171))
    return ((c * 41 + d * 7 + h * 3 + w * 2) % 128).astype(numpy.float32)


def caffe(frames, mean):
    """video_data_layer.cpp, test phase: resize to 171x128, mean at the source position, crop at (8, 29)."""
    clip = numpy.stack([cv2.resize(f, (171, 128)) for f in frames], 0).transpose(3, 0, 1, 2).astype(numpy.float32)
    return (clip - mean)[:, :, 8 : 8 + CROP, 29 : 29 + CROP]


def pvr(frames):
    """inference.py: resize, rows 8 to 120, columns 30 to 142, minus [90, 98, 102], BGR."""
    clip = [cv2.resize(f, (171, 128))[8:120, 30:142] - numpy.array([[[90.0, 98.0, 102.0]]]) for f in frames]
    return numpy.stack(clip, 0).transpose(3, 0, 1, 2).astype(numpy.float32)


def mmaction2(frames):
    """Resize scale=(-1, 128), CenterCrop 112, RGB minus [104, 117, 128]."""
    scale = 128 / min(WIDTH, HEIGHT)
    width, height = int(WIDTH * scale + 0.5), int(HEIGHT * scale + 0.5)
    top, left = (height - CROP) // 2, (width - CROP) // 2
    clip = [cv2.resize(f, (width, height))[top : top + CROP, left : left + CROP, ::-1] for f in frames]
    return numpy.stack(clip, 0).transpose(3, 0, 1, 2).astype(numpy.float32) - numpy.array(
        [104, 117, 128], numpy.float32
    ).reshape(3, 1, 1, 1)


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "profile_frames").mkdir(parents=True, exist_ok=True)
    pictures = [picture(1), picture(2)]
    for number, frame in enumerate(pictures, 1):
        cv2.imwrite(str(folder / "profile_frames" / f"{number:06d}.png"), frame)
    frames = [pictures[i % 2] for i in range(16)]  # a clip of a video of two frames is looped
    channels = numpy.array([90.25, 97.66, 101.41], numpy.float32).reshape(3, 1, 1, 1)
    clips = {
        "caffe-sports1m": caffe(frames, channels),
        "caffe-sports1m with cube": caffe(frames, cube()),
        "pvr": pvr(frames),
        "mmaction2": mmaction2(frames),
    }
    # The first three frames, some pixels: [3, 3, 16, 16].
    kept = {name: numpy.ascontiguousarray(clip[:, :3, ::EVERY, ::EVERY]) for name, clip in clips.items()}
    save_file(kept, str(folder / "profiles.safetensors"), {"opencv": cv2.__version__})


if __name__ == "__main__":
    main()
