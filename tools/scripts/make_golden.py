#!/usr/bin/env python3
"""Writes tests/golden/*.safetensors: what PyTorch computes in float64, for the tests to compare with.

    python3 tools/scripts/make_golden.py [FOLDER]        needs torch and safetensors

Ops are stored in this project's layout (N D H W C, filters K kd kh kw C), parameters of networks in PyTorch's. All values
are float32; inputs are exact in it, so float64 computes from the same numbers. Seeds of networks are chosen so that no
ReLU and no maximum is so close to turning that the rounding of float32 could turn it.
"""

import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

COMMAND = "python3 tools/scripts/make_golden.py"
CLASSES = 5
FRAMES, CROP = 16, 48
# C3D at width 1/32: every layer a multiple of 8, at least 8.
CONVOLUTIONS = [("conv1", 8), ("conv2", 8), ("conv3a", 8), ("conv3b", 8),
                ("conv4a", 16), ("conv4b", 16), ("conv5a", 16), ("conv5b", 16)]
FEATURES = 128
POOLED_AFTER = {"conv1", "conv2", "conv3b", "conv4b", "conv5b"}
# How near, as a share of a layer's root mean square, a ReLU or a maximum may be to turning.
MARGIN = 1e-6


def normal(*shape):
    """Normal numbers that are exact in float32, as float64."""
    return torch.randn(*shape, dtype=torch.float64).float().double()


def channels_last(x):  # N C D H W -> N D H W C
    return x.permute(0, 2, 3, 4, 1)


def save(folder, name, tensors, **metadata):
    stored = {}
    for key, value in tensors.items():
        value = value.detach()
        stored[key] = (value.float() if value.is_floating_point() else value).contiguous()
    path = folder / f"{name}.safetensors"
    metadata = {"torch": torch.__version__.split("+")[0], "command": COMMAND,
                **{key: str(value) for key, value in metadata.items()}}
    save_file(stored, path, metadata=metadata)
    size = path.stat().st_size
    assert size < 1_000_000, f"{path} has {size} bytes"
    print(f"{path}: {size} bytes")


def numbers(*extents):
    return " ".join(str(e) for extent in extents for e in extent)


def conv3d(folder):
    #         name      N  extents      C  K  kernel     stride     pad        relu
    cases = [("plain", 2, (4, 6, 6), 8, 8, (3, 3, 3), (1, 1, 1), (1, 1, 1), 0),
             ("relu", 2, (4, 6, 6), 8, 16, (3, 3, 3), (1, 1, 1), (1, 1, 1), 1),
             ("colours", 1, (3, 7, 9), 3, 8, (3, 3, 3), (1, 1, 1), (1, 1, 1), 1),
             ("strided", 2, (5, 7, 8), 5, 7, (3, 3, 2), (2, 2, 1), (1, 0, 1), 0),
             ("uneven", 1, (3, 5, 7), 3, 5, (1, 2, 3), (1, 2, 3), (0, 1, 2), 0),
             ("point", 3, (2, 3, 1), 4, 6, (1, 1, 1), (1, 1, 1), (0, 0, 0), 0)]
    tensors, metadata = {}, {}
    torch.manual_seed(1)
    for name, n, extents, c, k, kernel, stride, pad, relu in cases:
        x, filters, bias = normal(n, c, *extents), normal(k, c, *kernel), normal(k)
        for value in (x, filters, bias):
            value.requires_grad_()
        y = F.conv3d(x, filters, bias, stride, pad)
        y = F.relu(y) if relu else y
        dy = normal(*y.shape)
        y.backward(dy)
        for key, value in (("x", x), ("filter", filters), ("y", y), ("dy", dy), ("dx", x.grad), ("dfilter", filters.grad)):
            tensors[f"{name}.{key}"] = channels_last(value)
        tensors[f"{name}.bias"], tensors[f"{name}.dbias"] = bias, bias.grad
        metadata[f"{name}.geometry"] = numbers(kernel, stride, pad, (relu,))
    save(folder, "conv3d", tensors, cases=" ".join(case[0] for case in cases), seed=1, **metadata)


def max_pool3d(folder):
    #         name              extents     kernel     stride     before     after
    cases = [("pool1", (3, 6, 8), (1, 2, 2), (1, 2, 2), (0, 0, 0), (0, 0, 0)),
             ("pool2", (4, 6, 6), (2, 2, 2), (2, 2, 2), (0, 0, 0), (0, 0, 0)),
             ("odd", (5, 7, 9), (2, 2, 2), (2, 2, 2), (0, 0, 0), (0, 0, 0)),
             ("overlapping", (4, 7, 8), (3, 3, 3), (2, 1, 2), (1, 1, 1), (1, 1, 1)),
             ("ties", (4, 6, 6), (2, 2, 2), (2, 2, 2), (0, 0, 0), (0, 0, 0)),
             ("pool5_pytorch", (2, 7, 7), (2, 2, 2), (2, 2, 2), (0, 1, 1), (0, 1, 1)),
             ("pool5_caffe", (2, 7, 7), (2, 2, 2), (2, 2, 2), (0, 0, 0), (0, 1, 1))]
    tensors, metadata = {}, {}
    torch.manual_seed(2)
    for name, extents, kernel, stride, before, after in cases:
        x = normal(2, 5, *extents)
        x = (x.round() if name == "ties" else x).requires_grad_()
        padding = [p for axis in (2, 1, 0) for p in (before[axis], after[axis])]
        y = F.max_pool3d(F.pad(x, padding, value=-torch.inf), kernel, stride)
        if name == "pool5_pytorch":
            assert torch.equal(y, F.max_pool3d(x, kernel, stride, padding=before))
        if name == "pool5_caffe":
            assert torch.equal(y, F.max_pool3d(x, kernel, stride, ceil_mode=True))
        dy = normal(*y.shape)
        y.backward(dy)
        for key, value in (("x", x), ("y", y), ("dy", dy), ("dx", x.grad)):
            tensors[f"{name}.{key}"] = channels_last(value)
        metadata[f"{name}.geometry"] = numbers(kernel, stride, before, after)
    save(folder, "max_pool3d", tensors, cases=" ".join(case[0] for case in cases), seed=2, **metadata)


def relu(folder):
    torch.manual_seed(3)
    x = normal(3, 37)
    x[0, :5] = 0
    x.requires_grad_()
    y = F.relu(x)
    dy = normal(3, 37)
    y.backward(dy)
    save(folder, "relu", {"x": x, "y": y, "dy": dy, "dx": x.grad}, seed=3)


def linear(folder):
    cases = [("plain", 5, 12, 7, 0), ("relu", 4, 33, 16, 1), ("one_row", 1, 64, 101, 0)]
    tensors, metadata = {}, {}
    torch.manual_seed(4)
    for name, n, inputs, outputs, rectified in cases:
        x, weight, bias = normal(n, inputs), normal(outputs, inputs), normal(outputs)
        for value in (x, weight, bias):
            value.requires_grad_()
        y = F.linear(x, weight, bias)
        y = F.relu(y) if rectified else y
        dy = normal(*y.shape)
        y.backward(dy)
        for key, value in (("x", x), ("weight", weight), ("bias", bias), ("y", y), ("dy", dy), ("dx", x.grad),
                           ("dweight", weight.grad), ("dbias", bias.grad)):
            tensors[f"{name}.{key}"] = value
        metadata[f"{name}.geometry"] = rectified
    save(folder, "linear", tensors, cases=" ".join(case[0] for case in cases), seed=4, **metadata)


def softmax_cross_entropy(folder):
    #         name       scale of the logits, smoothing, rows without a label
    cases = [("plain", 1, 0.0, ()), ("smoothed", 1, 0.125, ()), ("padded", 1, 0.125, (1, 5)), ("large", 40, 0.0, (0,))]
    rows, classes = 6, 7
    tensors, metadata = {}, {}
    torch.manual_seed(5)
    for name, scale, smoothing, ignored in cases:
        logits = (normal(rows, classes) * scale).requires_grad_()
        labels = torch.randint(0, classes, (rows,))
        labels[list(ignored)] = -1
        losses = F.cross_entropy(logits, labels, reduction="none", ignore_index=-1, label_smoothing=smoothing)
        loss_scale = 0.25
        (losses.sum() * loss_scale).backward()
        tensors.update({f"{name}.logits": logits, f"{name}.labels": labels.int(), f"{name}.losses": losses,
                        f"{name}.probabilities": logits.softmax(1), f"{name}.dlogits": logits.grad})
        metadata[f"{name}.geometry"] = f"{smoothing} {loss_scale}"
    save(folder, "softmax_cross_entropy", tensors, cases=" ".join(case[0] for case in cases), seed=5, **metadata)


class NarrowC3d:
    """C3D as the paper has it, from functions: parameters by name, and how near its decisions were to turning."""

    def __init__(self, seed, pool5):
        torch.manual_seed(seed)
        self.pool5 = pool5
        self.parameters = {}
        channels = 3
        for name, filters in CONVOLUTIONS:
            self.add(name, (filters, channels, 3, 3, 3), (2 / (27 * channels)) ** 0.5)
            channels = filters
        pooled = channels * 2 * 2  # 3 x 3 before pool5 in both rules
        for name, inputs, outputs in (("fc6", pooled, FEATURES), ("fc7", FEATURES, FEATURES), ("fc8", FEATURES, CLASSES)):
            self.add(name, (outputs, inputs), (2 / inputs) ** 0.5)
        self.margin = torch.inf

    def add(self, name, shape, deviation):
        self.parameters[f"{name}.weight"] = (normal(*shape) * deviation).float().double().requires_grad_()
        self.parameters[f"{name}.bias"] = (normal(shape[0]) * 0.1).float().double().requires_grad_()

    def rectified(self, x):
        self.margin = min(self.margin, (x.abs().min() / x.square().mean().sqrt()).item())
        return F.relu(x)

    def pooled(self, x, kernel, **options):
        y, _ = F.max_pool3d(x, kernel, return_indices=True, **options)
        flat = F.pad(x, (0, 1, 0, 1)) if options.get("ceil_mode") else x
        pad = options.get("padding", (0, 0, 0))
        flat = F.pad(flat, (pad[2], pad[2], pad[1], pad[1]))
        windows = flat.unfold(2, kernel[0], kernel[0]).unfold(3, 2, 2).unfold(4, 2, 2).flatten(5)
        top = windows.topk(2, dim=-1).values
        gaps = (top[..., 0] - top[..., 1])[top[..., 0] > 0]  # where ReLU gave zeros alone, nothing flows back
        self.margin = min(self.margin, (gaps.min() / x.square().mean().sqrt()).item())
        return y

    def forward(self, clip):
        p = self.parameters
        x = clip.permute(0, 4, 1, 2, 3)
        for name, _ in CONVOLUTIONS:
            x = self.rectified(F.conv3d(x, p[f"{name}.weight"], p[f"{name}.bias"], padding=1))
            if name == "conv5b" and self.pool5 == "caffe":
                x = self.pooled(x, (2, 2, 2), ceil_mode=True)
            elif name == "conv5b":
                x = self.pooled(x, (2, 2, 2), padding=(0, 1, 1))
            elif name in POOLED_AFTER:
                x = self.pooled(x, (1 if name == "conv1" else 2, 2, 2))
        values = {"pool5": channels_last(x).flatten(1)}
        values["fc6"] = self.rectified(F.linear(x.flatten(1), p["fc6.weight"], p["fc6.bias"]))
        values["fc7"] = self.rectified(F.linear(values["fc6"], p["fc7.weight"], p["fc7.bias"]))
        values["logits"] = F.linear(values["fc7"], p["fc8.weight"], p["fc8.bias"])
        return values


def batch(seed):
    """Two clips of smooth noise as bytes; the network sees (byte - 128) / 64."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(2, 3, FRAMES // 2, CROP // 4, CROP // 4, generator=generator)
    fine = torch.randn(2, 3, FRAMES, CROP, CROP, generator=generator)
    smooth = F.interpolate(coarse, (FRAMES, CROP, CROP), mode="trilinear")
    clip = (128 + 64 * (smooth + fine / 4)).round().clamp(0, 255)
    return channels_last(clip).to(torch.uint8), torch.tensor([1, 3])


def network_input(clip):
    return (clip.double() - 128) / 64


def c3d(folder, pool5):
    for seed in range(1, 200):
        net = NarrowC3d(seed, pool5)
        clip, labels = batch(seed)
        values = net.forward(network_input(clip))
        if net.margin > MARGIN:
            break
    else:
        raise SystemExit("no seed found whose decisions are safe")
    loss = F.cross_entropy(values["logits"], labels)
    loss.backward()
    tensors = {"clip": clip, "labels": labels.int(), "loss": loss.reshape(1), **values}
    for name, value in net.parameters.items():
        tensors[f"parameter.{name}"], tensors[f"gradient.{name}"] = value, value.grad
    save(folder, f"c3d_{pool5}", tensors, seed=seed, pool5=pool5, margin=f"{net.margin:.2e}")
    return seed


def sgd(folder, seed):
    """Ten steps from c3d_pytorch's parameters on its clips, in both forms."""
    steps, momentum, weight_decay, clip_norm = 10, 0.9, 0.01, 60.0
    rates = [0.001] * 4 + [0.00025] * 6
    clip, labels = batch(seed)
    x = network_input(clip)
    tensors, clipped = {}, 0
    for form in ("pytorch", "caffe"):
        net = NarrowC3d(seed, "pytorch")
        weights = [value for name, value in net.parameters.items() if name.endswith("weight")]
        biases = [value for name, value in net.parameters.items() if name.endswith("bias")]
        optimizer = torch.optim.SGD([{"params": weights, "weight_decay": weight_decay}, {"params": biases}], lr=0,
                                    momentum=momentum)
        velocity = {name: torch.zeros_like(value) for name, value in net.parameters.items()}
        losses = []
        for step in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(net.forward(x)["logits"], labels)
            loss.backward()
            losses.append(loss.detach())
            norm = torch.stack([value.grad.square().sum() for value in net.parameters.values()]).sum().sqrt()
            clipped += bool(norm > clip_norm)
            for value in net.parameters.values():
                value.grad *= min(1.0, clip_norm / norm.item())
            if form == "pytorch":
                optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = rates[step], 2 * rates[step]
                optimizer.step()
                continue
            with torch.no_grad():  # solver.cpp of Caffe: the rate is inside the velocity
                for name, value in net.parameters.items():
                    bias = name.endswith("bias")
                    rate, decay = rates[step] * (2 if bias else 1), 0 if bias else weight_decay
                    velocity[name] = momentum * velocity[name] + rate * (value.grad + decay * value)
                    value -= velocity[name]
        tensors[f"{form}.losses"] = torch.stack(losses)
        print(f"{form}: losses {losses[0]:.4f} to {losses[-1]:.4f}")
        for name, value in net.parameters.items():
            tensors[f"{form}.parameter.{name}"] = value
    a, b = tensors["pytorch.parameter.fc7.weight"], tensors["caffe.parameter.fc7.weight"]
    assert (a - b).norm() > 1e-4 * a.norm(), "the two forms do not differ"
    assert 0 < clipped < 2 * steps, f"the gradient was clipped in {clipped} of {2 * steps} steps"

    save(folder, "sgd", tensors, seed=seed, momentum=momentum, weight_decay=weight_decay, clip_norm=clip_norm,
         learning_rates=" ".join(str(rate) for rate in rates))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                          pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden")
    folder.mkdir(parents=True, exist_ok=True)
    for write in (conv3d, max_pool3d, relu, linear, softmax_cross_entropy):
        write(folder)
    c3d(folder, "caffe")
    sgd(folder, c3d(folder, "pytorch"))


if __name__ == "__main__":
    main()
