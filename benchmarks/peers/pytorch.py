#!/usr/bin/env python3
"""C3D in PyTorch, timed the way c3d_bench times ours: the same shapes, the same work, the same machine.

Variants: precision (f32; bf16 autocast, or with --whole-bf16 a network of bf16 weights, for inference) x memory format
(contiguous, channels_last_3d) x eager or torch.compile. On a GPU f32
means TF32 products, cuDNN times its algorithms (cudnn.benchmark), and compiled networks run as CUDA graphs: "default" is
mode reduce-overhead, which is the default mode with graphs. Each variant is timed in inference (frames to probabilities)
and as a training step (forward, backward, norm clipping, SGD with momentum), and its peak memory taken. The fastest of each
precision is the one to compare with. A variant that fails is noted and passed over; eager ones come first, and those that
--seconds leaves no time for are listed. Writes a JSON file like c3d_bench's.

On some CPUs oneDNN 3 computes wrong bf16 filter gradients at depth 2 (conv5); this is checked and written beside the times.

With --case weights and clips come from a folder that case.py wrote; with --answers nothing is timed: the logits and gradients
of the first variant are written.

    pip install torch numpy; pytorch.py --batch 4 --json pytorch.json
"""
import argparse
import gc
import json
import math
import pathlib
import platform
import statistics
import sys
import time

import torch
from torch import nn

LAYERS = [  # name, filters at width 1, pool after it
    ("conv1", 64, (1, 2, 2)), ("conv2", 128, 2), ("conv3a", 256, None), ("conv3b", 256, 2),
    ("conv4a", 512, None), ("conv4b", 512, 2), ("conv5a", 512, None), ("conv5b", 512, "pool5"),
]


def scaled(channels, width):
    return max(8, 8 * int(channels * width / 8 + 0.5))


class C3D(nn.Module):
    """The PyTorch port's network: pool5 padded by one on both sides of height and width."""

    def __init__(self, width, classes=101):
        super().__init__()
        inputs = 3
        for name, filters, _ in LAYERS:
            conv = nn.Conv3d(inputs, scaled(filters, width), 3, padding=1)
            nn.init.kaiming_normal_(conv.weight)
            setattr(self, name, conv)
            inputs = scaled(filters, width)
        features = scaled(4096, width)
        self.fc6, self.fc7 = nn.Linear(16 * inputs, features), nn.Linear(features, features)
        self.fc8 = nn.Linear(features, classes)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        for name, _, pool in LAYERS:
            x = torch.relu(getattr(self, name)(x))
            if pool == "pool5":
                x = nn.functional.max_pool3d(x, 2, 2, padding=(0, 1, 1))
            elif pool:
                x = nn.functional.max_pool3d(x, pool, pool)
        x = x.flatten(1)
        x = self.dropout(torch.relu(self.fc6(x)))
        x = self.dropout(torch.relu(self.fc7(x)))
        return self.fc8(x)


def synchronize(device):
    if device == "cuda":
        torch.cuda.synchronize()


def median_seconds(work, device, repeats, warm_up):
    for _ in range(warm_up):
        work()
    times = []
    for _ in range(repeats):
        synchronize(device)
        start = time.perf_counter()
        work()
        synchronize(device)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def frames_to_input(frames, mean, channels_last):
    x = (frames.float() - mean).mul_(1 / 64).permute(0, 4, 1, 2, 3)
    return x.contiguous(memory_format=torch.channels_last_3d if channels_last else torch.contiguous_format)


class Workload:
    """One variant of the network with its batch: infer() and train() are the work that is timed."""

    def __init__(self, args, precision, channels_last, compiled):
        torch.manual_seed(0)
        torch.compiler.reset()
        device = args.device
        self.model, self.frames, self.labels = C3D(args.width).to(device), *self._batch(args, device)
        if args.case:
            from safetensors.torch import load_file

            self.model.load_state_dict(load_file(args.case / "weights.safetensors"))
        whole = args.whole_bf16 and precision == "bf16"
        self.model = self.model.to(dtype=torch.bfloat16 if whole else None,
                                   memory_format=torch.channels_last_3d if channels_last else None)
        mode = {"default": None if device == "cpu" else "reduce-overhead"}.get(compiled, compiled)
        self.network = torch.compile(self.model, mode=mode) if compiled else self.model
        self.mean = torch.full((3,), 128.0, device=device)
        self.channels_last, self.dtype = channels_last, torch.bfloat16 if whole else torch.float32
        self.autocast = torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16" and not whole)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=1e-8, momentum=0.9, weight_decay=5e-4, fused=True)

    @staticmethod
    def _batch(args, device):
        if args.case:
            import case

            frames, labels = case.read_clips(args.case, args.batch)
            return torch.from_numpy(frames).to(device), torch.from_numpy(labels).long().to(device)
        frames = torch.randint(0, 256, (args.batch, 16, 112, 112, 3), dtype=torch.uint8, device=device)
        return frames, torch.arange(args.batch, device=device) % 101

    def logits(self):
        x = frames_to_input(self.frames, self.mean, self.channels_last).to(self.dtype)
        return self.network(x).float()

    def infer(self):
        with torch.inference_mode(), self.autocast:
            return self.logits().softmax(1)

    def loss(self):
        with self.autocast:
            return nn.functional.cross_entropy(self.logits(), self.labels)

    def train(self):
        torch.compiler.cudagraph_mark_step_begin()
        self.optimizer.zero_grad(set_to_none=True)
        self.loss().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()

    def answers(self, work):
        """What is asked for of the logits and, dropout off, the gradients of the mean cross-entropy; f32, on the host."""
        self.model.eval()
        answers = {}
        if "inference" in work:
            with torch.inference_mode(), self.autocast:
                answers["logits"] = self.logits()
        if "training" in work:
            self.loss().backward()
            answers |= {name: parameter.grad.float() for name, parameter in self.model.named_parameters()}
        return {name: value.cpu().contiguous() for name, value in answers.items()}


def time_variant(args, precision, channels_last, compiled):
    workload = Workload(args, precision, channels_last, compiled)
    device = args.device
    result = {"precision": precision, "channels_last_3d": channels_last, "compiled": compiled or False}
    warm_up = 3 if compiled or device == "cuda" else 1
    for work, function in (("inference", workload.infer), ("training", workload.train)):
        if work not in args.work:
            continue
        workload.model.train(work == "training")
        if device == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
        seconds = median_seconds(function, device, args.repeats, warm_up)
        result[work] = {"seconds_per_clip": seconds / args.batch}
        if device == "cuda":
            result[work]["peak_memory_bytes"] = torch.cuda.max_memory_allocated()
    return result


def variants_of(args):
    """(precision, channels_last, compiled): what takes least time to start first, then what is likely fastest."""
    modes = ["default"] if args.device == "cpu" else ["default", "max-autotune"]
    modes = ([] if args.no_eager else [None]) + (modes if args.compile else [])
    layouts = [layout == "channels_last_3d" for layout in sorted(args.layout)]
    return [(precision, channels_last, mode) for mode in modes for channels_last in layouts
            for precision in sorted(args.precision)]


def name_of(precision, channels_last, compiled):
    return (f"{precision} {'channels_last_3d' if channels_last else 'contiguous':16} "
            f"{'compiled ' + compiled if compiled else 'eager':22}")


def time_all(args):
    """The results, what failed and why, and what no time was left for."""
    results, failed, left = [], [], []
    start = time.perf_counter()
    for variant in variants_of(args):
        if args.seconds and time.perf_counter() - start > args.seconds:
            left.append(name_of(*variant))
            continue
        try:
            result = time_variant(args, *variant)
        except Exception as error:  # out of memory, a compiler that is missing: the others still count
            failed.append({"variant": name_of(*variant), "error": str(error).splitlines()[0]})
            print(f"{name_of(*variant)} failed: {failed[-1]['error']}", flush=True)
            continue
        finally:
            gc.collect()
        results.append(result)
        times = "  ".join(f"{work} {result[work]['seconds_per_clip'] * 1e3:.4g} ms a clip" for work in args.work)
        print(f"{name_of(*variant)} {times}", flush=True)
    return results, failed, left


def conv5_gradient_error(device):
    """Relative error of a bf16 filter gradient at depth 2 against float64: 3e-3 is rounding, 1 is noise."""
    torch.manual_seed(0)
    x, w = torch.randn(2, 64, 2, 7, 7, device=device), torch.randn(64, 64, 3, 3, 3, device=device) / 40
    dy = torch.randn(2, 64, 2, 7, 7, device=device)

    def gradient(dtype):
        weight = w.to(dtype).requires_grad_()
        nn.functional.conv3d(x.to(dtype), weight, padding=1).backward(dy.to(dtype))
        return weight.grad.double()

    exact = gradient(torch.float64)
    error = ((gradient(torch.bfloat16) - exact).norm() / exact.norm()).item()
    return error if math.isfinite(error) else 1e9  # JSON has no infinity


def processor():
    try:
        with open("/proc/cpuinfo", encoding="ascii") as info:
            return next(line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, default=0, help="of the CPU; 0: PyTorch's own choice")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", nargs="+", choices=["f32", "bf16"], default=["f32", "bf16"])
    parser.add_argument("--work", nargs="+", choices=["inference", "training"], default=["inference", "training"])
    parser.add_argument("--seconds", type=float, default=0, help="start no further variant after this long; 0: no limit")
    parser.add_argument("--compile", action="store_true", help="torch.compile too (minutes; wants a C++ compiler)")
    parser.add_argument("--no-eager", action="store_true", help="only what torch.compile makes")
    parser.add_argument("--layout", nargs="+", choices=["channels_last_3d", "contiguous"],
                        default=["channels_last_3d", "contiguous"])
    parser.add_argument("--width", type=float, default=1, help="of the network, a factor on its channels [1]")
    parser.add_argument("--whole-bf16", action="store_true", help="bf16 is a network of bf16 weights, not autocast")
    parser.add_argument("--case", type=pathlib.Path, help="a folder with weights.safetensors and clips.safetensors")
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--answers", help="write logits and gradients to this safetensors file, and time nothing")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.device == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True

    if args.answers:
        from safetensors.torch import save_file

        save_file(Workload(args, *variants_of(args)[0]).answers(args.work), args.answers)
        return

    error = conv5_gradient_error(args.device)
    right = error < 0.05
    print(f"bf16 filter gradient at depth 2: error {error:.2g} ({'right' if right else 'WRONG: do not train with it'})")
    variants, failed, left = time_all(args)
    of_precision = {p: [v for v in variants if v["precision"] == p] for p in args.precision}
    best = {p: {w: min(v[w]["seconds_per_clip"] for v in found) for w in args.work}
            for p, found in of_precision.items() if found}
    machine = torch.cuda.get_device_name() if args.device == "cuda" else processor()
    report = {"command": " ".join(sys.argv), "machine": machine, "torch": torch.__version__, "device": args.device,
              "tf32": args.device == "cuda", "batch": args.batch, "threads": torch.get_num_threads(), "bf16_conv5_gradient_error": error,
              "bf16_gradients_right": right, "best_seconds_per_clip": best, "variants": variants, "failed": failed,
              "left": left}
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(report, out, indent=2)
            out.write("\n")


if __name__ == "__main__":
    main()
