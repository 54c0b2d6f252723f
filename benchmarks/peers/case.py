"""The one case that every contestant computes: weights of a width, and clips. Wants only numpy and safetensors."""
import statistics
import time

import numpy as np
from safetensors.numpy import load_file, save_file

CLASSES, CLIPS, FRAMES, HEIGHT, WIDTH, CROP = 101, 16, 16, 128, 171, 112
MEAN, SCALE = 128.0, 1 / 64
CONVOLUTIONS = {"conv1": 64, "conv2": 128, "conv3a": 256, "conv3b": 256, "conv4a": 512, "conv4b": 512, "conv5a": 512,
                "conv5b": 512}  # filters at width 1
FEATURES, POOL5_POSITIONS = 4096, 16  # of fc6 and fc7 at width 1; of a channel, that fc6 reads


def scaled(channels, width):
    """As ours: a multiple of 8, rounded half up."""
    return max(8, 8 * int(channels * width / 8 + 0.5))


def layer_shapes(width):
    """{name: shape of its weight}"""
    shapes, inputs = {}, 3
    for name, filters in CONVOLUTIONS.items():
        shapes[name] = (scaled(filters, width), inputs, 3, 3, 3)
        inputs = shapes[name][0]
    features = scaled(FEATURES, width)
    return shapes | {"fc6": (features, inputs * POOL5_POSITIONS), "fc7": (features, features), "fc8": (CLASSES, features)}


def write(folder, width):
    """weights.safetensors (He-normal, small biases) and clips.safetensors (patches and grain): the same on every machine."""
    random = np.random.default_rng(1)
    weights = {}
    for name, shape in layer_shapes(width).items():
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        weights[f"{name}.weight"] = random.standard_normal(shape, np.float32) * np.float32(deviation)
        weights[f"{name}.bias"] = random.standard_normal(shape[0], np.float32) * np.float32(0.1)
    save_file(weights, folder / "weights.safetensors", {"pool5": "pytorch"})
    # Large patches that change with time, and grain, so that no two values a pool compares are equal.
    patches = random.integers(30, 226, (CLIPS, FRAMES // 4, HEIGHT // 16, WIDTH // 16 + 1, 3), np.int16)
    patches = patches.repeat(4, 1).repeat(16, 2).repeat(16, 3)[:, :, :, :WIDTH]
    frames = (patches + random.integers(-30, 31, patches.shape, np.int16)).clip(0, 255).astype(np.uint8)
    save_file({"frames": frames, "labels": np.arange(CLIPS, dtype=np.int32) * 11 % CLASSES}, folder / "clips.safetensors")


def read_clips(folder, batch):
    """The middle of the first frames, u8 [batch, 16, 112, 112, 3], and the labels."""
    clips = load_file(folder / "clips.safetensors")
    top, left = (HEIGHT - CROP) // 2, (WIDTH - CROP) // 2
    return np.ascontiguousarray(clips["frames"][:batch, :, top:top + CROP, left:left + CROP]), clips["labels"][:batch]


def network_input(frames):
    """f32 [N, 3, 16, 112, 112], as the ONNX file takes it."""
    return np.ascontiguousarray(((frames.astype(np.float32) - MEAN) * SCALE).transpose(0, 4, 1, 2, 3))


def median_seconds(work, repeats, warm_up=2):
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
