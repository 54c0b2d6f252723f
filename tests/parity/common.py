"""What the proofs share: the network in PyTorch as the ports of C3D write it, and videos; of checks.py the tools and the tally."""

import copy
import pathlib
import struct

import cv2
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from checks import BIN, Checks, ROOT, ToolFailed, relative_error, tool  # noqa: F401: the proofs take them from here

FRAMES, CROP, TOP, LEFT = 16, 112, 8, 30  # the profile pvr
WIDTH, HEIGHT = 171, 128
MEAN_BGR = (90.0, 98.0, 102.0)
CONVOLUTIONS = [("conv1", 64), ("conv2", 128), ("conv3a", 256), ("conv3b", 256),
                ("conv4a", 512), ("conv4b", 512), ("conv5a", 512), ("conv5b", 512)]
LAYERS = [name for name, _ in CONVOLUTIONS] + ["fc6", "fc7", "fc8"]


def scaled(channels, width):
    return max(8, int(round(channels * width / 8)) * 8)


class C3D(nn.Module):
    """pool5: pytorch pads H and W on both sides, as the ports do; caffe rounds up, as the original does."""

    def __init__(self, classes=101, pool5="pytorch", width=1.0, crop=CROP):
        super().__init__()
        channels = 3
        for name, filters in CONVOLUTIONS:
            setattr(self, name, nn.Conv3d(channels, scaled(filters, width), 3, padding=1))
            channels = scaled(filters, width)
        side = crop // 16
        pooled = (side + 2 - 2) // 2 + 1 if pool5 == "pytorch" else -(-side // 2)
        features = scaled(4096, width)
        self.fc6 = nn.Linear(channels * pooled * pooled, features)
        self.fc7, self.fc8 = nn.Linear(features, features), nn.Linear(features, classes)
        self.pool5 = pool5

    def flat_pool5(self, x):
        """The row of fc6's inputs of each clip of x, N C D H W."""
        relu, pool = F.relu, F.max_pool3d
        x = pool(relu(self.conv1(x)), (1, 2, 2), (1, 2, 2))
        x = pool(relu(self.conv2(x)), 2, 2)
        x = pool(relu(self.conv3b(relu(self.conv3a(x)))), 2, 2)
        x = pool(relu(self.conv4b(relu(self.conv4a(x)))), 2, 2)
        x = relu(self.conv5b(relu(self.conv5a(x))))
        x = pool(x, 2, 2, padding=(0, 1, 1)) if self.pool5 == "pytorch" else pool(x, 2, 2, ceil_mode=True)
        return x.flatten(1)

    def features(self, x):
        """pool5, fc6, fc7 (both after ReLU) and the logits of x, N C D H W."""
        pool5 = self.flat_pool5(x)
        fc6 = F.relu(self.fc6(pool5))
        fc7 = F.relu(self.fc7(fc6))
        return {"pool5": pool5, "fc6": fc6, "fc7": fc7, "fc8": self.fc8(fc7)}

    def forward(self, x):
        return self.features(x)["fc8"]


def random_model(seed, classes=101, pool5="pytorch", width=1.0, crop=CROP, scale=1.0):
    """He-normal weights, so that logits keep the size of the clip's values (times `scale`); small biases."""
    torch.manual_seed(seed)
    model = C3D(classes, pool5, width, crop).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("weight"):
            nn.init.kaiming_normal_(parameter)
            parameter.data *= scale
        else:
            nn.init.normal_(parameter, 0, 0.1)
    return model


def float64_features(model, clips):
    """In float64, clip by clip, for a model whose float32 weights stay as they are."""
    double = type(model).__new__(type(model))
    nn.Module.__init__(double)
    double.pool5 = model.pool5
    for name, layer in model.named_children():
        setattr(double, name, copy.deepcopy(layer).double())
    with torch.no_grad():
        rows = [double.features(torch.as_tensor(clip[None], dtype=torch.float64)) for clip in clips]
    return {layer: np.concatenate([row[layer].numpy() for row in rows]) for layer in rows[0]}


def pvr_clip(frames):
    """BGR frames [D, 128, 171, 3] -> [3, D, 112, 112]: crop, less the mean."""
    frames = np.asarray(frames)[:, TOP:TOP + CROP, LEFT:LEFT + CROP].astype(np.float32)
    return (frames - np.array(MEAN_BGR, np.float32)).transpose(3, 0, 1, 2)


def opencv_frames(path):
    video, frames = cv2.VideoCapture(str(path)), []
    while True:
        there, frame = video.read()
        if not there:
            return frames
        frames.append(cv2.resize(frame, (WIDTH, HEIGHT)))


def opencv_clips(path, step=FRAMES):
    frames = opencv_frames(path)
    assert len(frames) >= FRAMES, f"{path}: OpenCV reads {len(frames)} frames"
    return np.stack([pvr_clip(frames[start:start + FRAMES]) for start in range(0, len(frames) - FRAMES + 1, step)])


def moving_shapes(frames, width, height, seed):
    """BGR frames of discs and bars that move over a drifting, textured ground."""
    random = np.random.default_rng(seed)
    ground = cv2.resize(random.integers(0, 256, (height // 8 + 2, width // 8 + 8, 3), dtype=np.uint8), None, fx=8, fy=8,
                        interpolation=cv2.INTER_CUBIC)
    shapes = random.uniform((0, 0, -4, -3, 8), (width, height, 4, 3, height / 4), (4, 5))
    colours = random.integers(0, 256, (4, 3)).tolist()
    for t in range(frames):
        frame = np.ascontiguousarray(ground[:height, t % 32:t % 32 + width])
        for (x, y, dx, dy, size), colour in zip(shapes, colours):
            at = (int(x + dx * t) % width, int(y + dy * t) % height)
            cv2.circle(frame, at, int(size), colour, -1)
        yield frame


def chunk(name, *parts):
    body = b"".join(parts)
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def write_raw_video(path, frames):
    """An AVI that keeps every pixel as it is. OpenCV writes even widths only, and crashes on pictures stored bottom up."""
    height, width = frames[0].shape[:2]
    rows = [np.zeros((height, -(-width * 3 // 4) * 4), np.uint8) for _ in frames]  # padded to four bytes
    for row, frame in zip(rows, frames):
        row[:, :width * 3] = frame.reshape(height, -1)
    size = rows[0].size
    main = struct.pack("<14I", 40000, 25 * size, 0, 0x10, len(frames), 0, 1, size, width, height, 0, 0, 0, 0)
    stream = b"vids" + b"DIB " + struct.pack("<10I4H", 0, 0, 0, 1, 25, 0, len(frames), size, 0xffffffff, 0, 0, 0, width, height)
    picture = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 24, 0, size, 0, 0, 0, 0)
    streams = chunk(b"LIST", b"strl", chunk(b"strh", stream), chunk(b"strf", picture))
    header = chunk(b"LIST", b"hdrl", chunk(b"avih", main), streams)
    entries = [b"00db" + struct.pack("<III", 0x10, 4 + i * (size + 8), size) for i in range(len(frames))]
    movie = chunk(b"LIST", b"movi", *(chunk(b"00db", row.tobytes()) for row in rows))
    pathlib.Path(path).write_bytes(chunk(b"RIFF", b"AVI ", header, movie, chunk(b"idx1", *entries)))


def write_video(path, frames, codec):
    frames = list(frames)
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, (width, height))
    assert writer.isOpened(), f"OpenCV cannot write {codec}"
    for frame in frames:
        writer.write(frame)
    writer.release()


def exact_clip_video(path, seed):
    """16 frames of 171 x 128 that every reader must see alike; their clip."""
    frames = list(moving_shapes(FRAMES, WIDTH, HEIGHT, seed))
    write_raw_video(path, frames)
    seen = opencv_frames(path)
    assert len(seen) == FRAMES and all(np.array_equal(a, b) for a, b in zip(seen, frames)), "OpenCV changed raw frames"
    return pvr_clip(frames)


def our_features(weights, video, layer, folder, *options, step=FRAMES):
    """[windows, size] of c3d_infer with the profile pvr."""
    out = pathlib.Path(folder) / "features.npy"
    out.unlink(missing_ok=True)
    tool("c3d_infer", "--weights", weights, "--profile", "pvr", "--features", layer, "--features-out", out,
         "--window", FRAMES, "--step", step, *options, video)
    return np.load(out)
