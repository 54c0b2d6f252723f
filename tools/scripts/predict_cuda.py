#!/usr/bin/env python3
"""What each op of C3D should take on an H200 in bf16, from counted operations and bytes; benchmarks/cuda_predictions.md's table.

An op takes the longer of its arithmetic and its memory traffic, and a launch. The first layer has kernels of its own; its
convolution and its pool by themselves are in the table, but not in the sums. Floors use the rates a card was seen to reach in
a plain matrix product and a plain copy; predictions use what such kernels usually reach of them. With --measured the times of
`c3d_bench --json` stand beside.

    predict_cuda.py --batch 32 128; predict_cuda.py --measured benchmarks/results/h200.json
"""
import argparse
import json
import math

PEAK_FLOPS, PEAK_BYTES = 790e12, 4.3e12  # bf16 product of 8192 on random data; device-to-device copy, bytes read and written
CONV_FLOPS, FILTER_FLOPS = 600e12, 520e12  # convolution forward and backward data; backward filter
FIRST_FLOPS = 380e12  # of our own kernels for the first layer, by mma instead of wgmma
ELEMENT_BYTES = 3.65e12  # 85 % of the copy
LAUNCH = 2e-6  # of a kernel inside a captured graph
PROCESSORS = 132
BF16, F32 = 2, 4

CONVS = [  # name, input channels as stored, used, outputs, depth, height, pool after it (its volume) and its name
    ("conv1", 8, 3, 64, 16, 112, 4, "pool1"), ("conv2", 64, 64, 128, 16, 56, 8, "pool2"),
    ("conv3a", 128, 128, 256, 8, 28, 0, ""), ("conv3b", 256, 256, 256, 8, 28, 8, "pool3"),
    ("conv4a", 256, 256, 512, 4, 14, 0, ""), ("conv4b", 512, 512, 512, 4, 14, 8, "pool4"),
    ("conv5a", 512, 512, 512, 2, 7, 0, ""), ("conv5b", 512, 512, 512, 2, 7, 6.125, "pool5")]
LINEARS = [("fc6", 8192, 4096), ("fc7", 4096, 4096), ("fc8", 4096, 101)]
PARAMETERS = 78_409_600


def wave_share(rows, columns):
    """The part of the processors' time that tiles of the best of three shapes use."""
    shares = []
    for tile_rows, tile_columns in ((128, 128), (256, 128), (128, 256)):
        if tile_columns > max(columns, 128):
            continue
        tiles = math.ceil(rows / tile_rows) * math.ceil(columns / tile_columns)
        shares.append(tiles / (math.ceil(tiles / PROCESSORS) * PROCESSORS))
    return max(shares)


class Plan:
    """A list of (op, layer, direction, floor, predicted) in seconds for a batch, and their sums."""

    def __init__(self, batch):
        self.batch = batch
        self.ops = []
        self.floor = self.predicted = 0.0

    def add(self, op, layer, direction, byte_count, flop=0.0, rate=CONV_FLOPS, launches=1, dense_flop=None, counts=True):
        floor = max((flop if dense_flop is None else dense_flop) / PEAK_FLOPS, byte_count / PEAK_BYTES)
        predicted = max(flop / rate, byte_count / ELEMENT_BYTES) + launches * LAUNCH
        self.ops.append((op, layer, direction, floor, predicted))
        if counts:
            self.floor += floor
            self.predicted += predicted

    def first_layer(self, training):
        """Convolution, ReLU and pool in one: the convolution's output is never in memory."""
        rows = self.batch * 16 * 112 * 112
        x, pooled, codes = rows * 8 * BF16, rows / 4 * 64 * BF16, rows / 4 * 64
        dense = 2.0 * rows * 64 * 81
        self.add("conv3d_max_pool3d", "conv1+pool1", "forward" if training else "inference",
                 x + pooled + (codes if training else 0), 2.0 * rows * 64 * 112, FIRST_FLOPS, 1, dense)
        if training:
            self.add("conv3d_max_pool3d", "conv1+pool1", "backward", x + 2 * pooled + codes, 2.0 * rows * 64 * 96,
                     FIRST_FLOPS, 3, dense)

    def convolution(self, layer, training):
        name, stored, used, outputs, depth, height, window, pool = layer
        rows = self.batch * depth * height * height
        weights = outputs * 27 * stored
        x, y = rows * stored * BF16, rows * outputs * BF16
        flop, dense = 2.0 * rows * outputs * 27 * stored, 2.0 * rows * outputs * 27 * used
        share = wave_share(rows, outputs)
        apart = name == "conv1"  # see first_layer
        self.add("conv3d", name, "forward", x + y + weights * BF16, flop, CONV_FLOPS * share, 1, dense, not apart)
        pooled = y / window if window else 0
        if pool:
            self.add("max_pool3d", pool, "forward", y + pooled * (1.5 if training else 1), counts=not apart)
        if not training:
            return
        if pool:  # dy, y, argmax in; the gradient of the convolution out
            self.add("max_pool3d", pool, "backward", y + 2.5 * pooled, launches=2, counts=not apart)
        else:  # the ReLU mask in place, then the bias gradient
            self.add("relu", name, "backward", 3 * y)
            self.add("conv3d", name, "bias gradient", y, launches=2)
        self.add("conv3d", name, "backward_filter", x + y + weights * (2 * BF16 + F32), flop, FILTER_FLOPS, 2, dense, not apart)
        if name != "conv1":
            self.add("conv3d", name, "backward_data", x + y + weights * BF16, flop,
                     CONV_FLOPS * wave_share(rows, stored))

    def linear(self, name, inputs, outputs, training):
        weights, flop = inputs * outputs, 2.0 * self.batch * inputs * outputs
        values = self.batch * (inputs + outputs) * BF16
        self.add("linear", name, "forward", weights * BF16 + values, flop)
        if training:  # bf16 weights in, f32 gradient out; three products and the bias
            self.add("linear", name, "backward", weights * (BF16 + F32) + 3 * values, 2 * flop, launches=4)

    def whole(self, training):
        pixels = self.batch * 16 * 112 * 112
        self.add("normalize_clip", "input", "forward", pixels * (3 + 8 * BF16))
        self.first_layer(training)
        for layer in CONVS:
            self.convolution(layer, training)
        for name, inputs, outputs in LINEARS:
            self.linear(name, inputs, outputs, training)
        features, scores = self.batch * 4096 * BF16, self.batch * 101 * F32
        if training:
            for name in ("dropout6", "dropout7"):
                self.add("dropout", name, "both ways", 4 * features, launches=2)
                self.add("relu", name.replace("dropout", "fc"), "backward", 3 * features)
        self.add("softmax_cross_entropy", "loss", "both ways" if training else "forward", 3 * scores, launches=2)
        if training:
            self.add("sum_of_squares", "parameters", "update", PARAMETERS * F32, launches=2)
            self.add("sgd_step", "parameters", "update", PARAMETERS * (5 * F32 + BF16))
        return self


def measured_times(path):
    """{(batch, op, layer, direction): seconds} of bf16 results: c3d_bench's own file, or a file with a list of such."""
    if not path:
        return {}
    with open(path, encoding="utf-8") as text:
        results = json.load(text)
    if isinstance(results, dict):
        results = results.get("results", [results])
    return {(r["batch"], o["op"], o["layer"], o["direction"]): o["seconds"]
            for r in results if r["precision"] == "bf16" for o in r.get("ops", [])}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[64])
    parser.add_argument("--measured", help="results of c3d_bench --json, or a list of them")
    args = parser.parse_args()
    measured = measured_times(args.measured)
    plans = {batch: (Plan(batch).whole(False), Plan(batch).whole(True)) for batch in args.batch}
    columns = "".join(f" {batch}: floor | predicted |" + (" measured |" if measured else "") for batch in args.batch)
    print(f"| op | layer | direction |{columns}")
    print("|---|---|---|" + "--:|" * (len(args.batch) * (3 if measured else 2)))
    for i, (op, layer, direction, _, _) in enumerate(plans[args.batch[0]][1].ops):
        cells = ""
        for batch in args.batch:
            _, _, _, floor, predicted = plans[batch][1].ops[i]
            cells += f" {floor * 1e6:.0f} | {predicted * 1e6:.0f} |"
            if measured:
                time = measured.get((batch, op, layer, direction))
                cells += f" {time * 1e6:.0f} |" if time else " |"
        print(f"| {op} | {layer} | {direction} |{cells}")
    for what, which in (("inference", 0), ("training step", 1)):
        cells = ""
        for batch in args.batch:
            floor, predicted = plans[batch][which].floor, plans[batch][which].predicted
            cells += f" {floor * 1e6:.0f} | {predicted * 1e6:.0f} = {batch / predicted:.0f} clips/s |" + (" |" if measured else "")
        print(f"| **{what}** | all ops | |{cells}")


if __name__ == "__main__":
    main()
