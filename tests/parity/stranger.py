"""As a stranger: features of a video by c3d_infer, beside ten lines of PyTorch and OpenCV, from every format of weights.

    stranger.py [VIDEO ...]        without videos, on one that it makes
"""

import sys

import cv2
import numpy as np
import torch

from common import Checks, moving_shapes, our_features, random_model, write_video
from formats import write_caffemodel, write_pytorch

LIMIT = 5e-3


def ten_lines(model, path):
    video, frames = cv2.VideoCapture(str(path)), []
    while (read := video.read())[0]:
        frames.append(cv2.resize(read[1], (171, 128))[8:120, 30:142].astype(np.float32) - (90, 98, 102))
    rows = []
    for start in range(0, len(frames) - 15, 16):
        clip = torch.from_numpy(np.array(frames[start:start + 16], np.float32)).permute(3, 0, 1, 2)[None]
        with torch.no_grad():
            rows.append(model.features(clip)["fc6"][0].numpy())
    return np.stack(rows)


def main():
    with Checks() as checks:
        videos = sys.argv[1:]
        if not videos:
            videos = [checks.folder / "shapes.avi"]
            write_video(videos[0], moving_shapes(40, 320, 240, 1), "XVID")
        model = random_model(0)
        state = model.state_dict()
        expected = {video: ten_lines(model, video) for video in videos}

        def compare(what, weights, reference, *options):
            for video in videos:
                ours = checks.attempt(f"fc6 from {what}", lambda: our_features(weights, video, "fc6", checks.folder, *options))
                if ours is not None:
                    checks.near(f"fc6 from {what}", ours, reference[video], LIMIT)

        for what, weights in write_pytorch(checks.folder, state):
            compare(what, weights, expected)
            weights.unlink()
        model.pool5 = "caffe"  # what a .caffemodel means where nobody says otherwise
        expected = {video: ten_lines(model, video) for video in videos}
        for numbering, layers in (("v10", "old"), ("bvlc", "new")):
            path = checks.folder / f"{numbering}.caffemodel"
            write_caffemodel(path, state, numbering, layers)
            compare(f"caffemodel numbered as {numbering}", path, expected)
            path.unlink()


main()
