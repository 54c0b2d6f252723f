"""Ten steps from one imported file: the same batches in PyTorch and here, dropout 0, give the same losses.

Each video is one clip long and as large as the crop, and a batch holds them all: order, start and crop leave no choice.
The rate is low enough that no rounding of one step grows until it turns a choice of ReLU or pooling in another.
"""

import json

import numpy as np
import torch
import torch.nn.functional as F

from common import Checks, MEAN_BGR, moving_shapes, random_model, tool, write_raw_video

STEPS, CROP, WIDTH, CLASSES, VIDEOS = 10, 48, 0.125, 3, 2
RATE, MOMENTUM, DECAY, SCALE = 0.001, 0.9, 5e-4, 0.015625
LIMIT = 1e-4


def write_videos(folder):
    """Clips [N, 3, D, H, W] and labels, in the order of the folders."""
    clips, labels = [], []
    for label in range(CLASSES):
        (folder / f"class{label}").mkdir(parents=True)
        for i in range(VIDEOS):
            frames = list(moving_shapes(16, CROP, CROP, 10 * label + i))
            write_raw_video(folder / f"class{label}" / f"v{i}.avi", frames)
            clips.append((np.stack(frames).astype(np.float64) - MEAN_BGR).transpose(3, 0, 1, 2) * SCALE)
            labels.append(label)
    return torch.from_numpy(np.stack(clips)), torch.tensor(labels)


def pytorch_losses(model, clips, labels):
    model = model.double()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(clips), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def our_losses(weights, folder, out):
    settings = dict(recipe="none", batch=CLASSES * VIDEOS, steps=STEPS, learning_rate=RATE, schedule="constant", warmup_steps=0,
                    momentum=MOMENTUM, weight_decay=DECAY, sgd="pytorch", clip_norm=0, label_smoothing=0, head_lr_scale=1,
                    bias_lr_scale=1, bias_decay="true", dropout=0, flip=0, crop=CROP, resize_width=CROP, resize_height=CROP,
                    clip_frames=16, frame_stride=1, width=WIDTH, pool5="pytorch", colour_order="bgr",
                    mean=",".join(map(str, MEAN_BGR)), input_scale=SCALE, validation_share=0, report_every=1, cache_gb=0,
                    cache_folder=out.parent / "cache", device="cpu", precision="f32")
    arguments = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    tool("c3d_train", "--data", folder, "--init", weights, "--out", out, *arguments)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if line["event"] == "step"]


def main():
    with Checks() as checks:
        clips, labels = write_videos(checks.folder / "videos")
        model = random_model(8, CLASSES, "pytorch", WIDTH, CROP)
        weights = checks.folder / "start.pth"
        torch.save({"state_dict": model.state_dict()}, weights)
        ours = our_losses(weights, checks.folder / "videos", checks.folder / "run")
        expected = pytorch_losses(model, clips, labels)
        checks.check("ten steps were made", len(ours) == STEPS, f"{len(ours)} steps")
        for step, (a, b) in enumerate(zip(ours, expected), 1):
            checks.check(f"loss of step {step}", abs(a - b) <= LIMIT * max(1, abs(b)), f"{a:.7f}, PyTorch {b:.7f}")
        checks.check("the network learned", expected[-1] < expected[0], f"{expected[0]:.4f} to {expected[-1]:.4f}")


main()
