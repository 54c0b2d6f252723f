#!/usr/bin/env python3
"""OpenCV's frames against ours under every profile, and the logits that PyTorch and we make of them.

    tests/parity/preprocess.py --build build FOLDER [--videos 3] [--width 1]

FOLDER holds videos at any depth; the first ones that OpenCV opens, one of each folder, are taken. Prints a line for
each video and profile and fails where more than 0.1 % of the pixels are more than 1 grey level apart, or the logits
more than 1e-2 (2-norm, relative). Needs numpy, opencv-python, torch and safetensors, and the targets c3d_infer and
c3d_dump_clips.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import cv2
import numpy
import torch
from safetensors.torch import save_file
from torch import nn

FRAMES, CROP, CLASSES = 16, 112, 101
CHANNELS = {"conv1": 64, "conv2": 128, "conv3a": 256, "conv3b": 256, "conv4a": 512, "conv4b": 512, "conv5a": 512,
            "conv5b": 512}
PROFILES = {"caffe-sports1m": [90.25, 97.66, 101.41], "pvr": [90, 98, 102], "mmaction2": [104, 117, 128]}


class C3d(nn.Module):
    """The network of pytorch-video-recognition: pool5 padded by 1 on both sides of H and W."""

    def __init__(self, width):
        super().__init__()
        scaled = lambda channels: max(8, 8 * round(channels * width / 8))
        inputs = 3
        for name, channels in CHANNELS.items():
            setattr(self, name, nn.Conv3d(inputs, scaled(channels), 3, padding=1))
            inputs = scaled(channels)
            nn.init.kaiming_normal_(getattr(self, name).weight)
        self.fc6, self.fc7 = nn.Linear(inputs * 16, scaled(4096)), nn.Linear(scaled(4096), scaled(4096))
        self.fc8 = nn.Linear(scaled(4096), CLASSES)

    def forward(self, x):
        pool = nn.functional.max_pool3d
        x = pool(self.conv1(x).relu(), (1, 2, 2))
        x = pool(self.conv2(x).relu(), 2)
        x = pool(self.conv3b(self.conv3a(x).relu()).relu(), 2)
        x = pool(self.conv4b(self.conv4a(x).relu()).relu(), 2)
        x = pool(self.conv5b(self.conv5a(x).relu()).relu(), 2, padding=(0, 1, 1)).flatten(1)
        return self.fc8(self.fc7(self.fc6(x).relu()).relu())


def read_frames(path):
    capture, frames = cv2.VideoCapture(str(path)), []
    while True:
        good, frame = capture.read()
        if not good:
            return frames
        frames.append(frame)


def prepare(frame, profile):
    """[CROP, CROP, 3] float32, as the profile's origin does it with OpenCV."""
    if profile == "mmaction2":
        height, width = frame.shape[:2]
        scale = 128 / min(height, width)
        frame = cv2.resize(frame, (int(width * scale + 0.5), int(height * scale + 0.5)))[:, :, ::-1]
        top, left = (frame.shape[0] - CROP) // 2, (frame.shape[1] - CROP) // 2
    else:
        frame = cv2.resize(frame, (171, 128))
        top, left = (8, 29) if profile == "caffe-sports1m" else (8, 30)
    return frame[top : top + CROP, left : left + CROP].astype(numpy.float32) - numpy.float32(PROFILES[profile])


def clips(frames, profile, step):
    """[windows, 3, 16, CROP, CROP]; a shorter video is looped."""
    starts = range(0, max(len(frames) - FRAMES, 0) + 1, step)
    prepared = {}
    for start in starts:
        for i in range(start, start + FRAMES):
            prepared.setdefault(i % len(frames), prepare(frames[i % len(frames)], profile))
    return numpy.stack(
        [
            numpy.stack([prepared[(s + i) % len(frames)] for i in range(FRAMES)]).transpose(3, 0, 1, 2)
            for s in starts
        ]
    )


def some_videos(folder, count):
    """One of each folder first, so that they differ in codec and size."""
    by_folder = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".avi", ".mp4", ".mkv", ".mov", ".webm")):
        by_folder.setdefault(path.parent, []).append(path)
    ordered = [p for _, p in sorted((i, p) for paths in by_folder.values() for i, p in enumerate(paths))]
    found = []
    for path in ordered:
        if len(found) < count and len(read_frames(path)) >= FRAMES:
            found.append(path)
    return found


def compare(build, weights, model, video, profile, step, scratch):
    theirs = clips(read_frames(video), profile, step)
    subprocess.run(
        [build / "bin/c3d_dump_clips", profile, str(step), video, scratch / "clips.npy"], check=True)
    ours = numpy.load(scratch / "clips.npy").reshape(-1, *theirs.shape[1:])
    if ours.shape != theirs.shape:
        return f"{len(ours)} windows, OpenCV gives {len(theirs)}", False
    apart = numpy.abs(ours - theirs)
    share = float((apart <= 1 + 1e-3).mean())
    command = [build / "bin/c3d_infer", "--weights", weights, "--profile", profile, "--device", "cpu", "--window", "16"]
    command += ["--step", str(step), "--features", "fc8", "--features-out", scratch / "fc8.npy", "--batch", "1", video]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    logits = numpy.load(scratch / "fc8.npy").astype(float)
    with torch.no_grad():
        wanted = torch.cat([model(torch.from_numpy(clip[None])) for clip in theirs]).double().numpy()
    error = float(numpy.linalg.norm(logits - wanted) / numpy.linalg.norm(wanted))
    text = f"{len(ours)} windows, {100 * share:.4f} % within 1 level, most {apart.max():.0f}, logits {error:.1e}"
    return text, share >= 0.999 and error <= 1e-2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--videos", type=int, default=3)
    parser.add_argument("--width", type=float, default=1)
    parser.add_argument("--step", type=int, default=48)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    model = C3d(arguments.width).eval()
    videos = some_videos(arguments.folder, arguments.videos)
    if len(videos) < arguments.videos:
        sys.exit(f"{arguments.folder}: {len(videos)} videos that OpenCV reads, {arguments.videos} are wanted")
    passed = True
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        weights = scratch / "c3d.safetensors"
        save_file(model.state_dict(), str(weights))
        for video in videos:
            for profile in PROFILES:
                text, good = compare(arguments.build, weights, model, video, profile, arguments.step, scratch)
                print(f"{'ok' if good else 'FAILED'} {video.name} {profile}: {text}", flush=True)
                passed = passed and good
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
