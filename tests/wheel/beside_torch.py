"""beside_torch.py WEIGHTS VIDEO: a wheel's model and PyTorch in one process, each with an OpenMP runtime of its own.

They compute in turn. Neither may hang, and neither may be slower than alone by more than a twentieth: medians over rounds in which
each is timed alone and in turns.
"""
import statistics
import sys
import time

import numpy as np
import torch

import c3d

ROUNDS, CALLS, MOST = 7, 6, 1.05
model = c3d.load(sys.argv[1], device="cpu")
reader = c3d.VideoReader(sys.argv[2])
clips = np.stack([reader[0:16]])
convolution = torch.nn.Conv3d(3, 64, 3, padding=1)
pixels = torch.randn(1, 3, 16, 112, 112)


def ours() -> float:
    begin = time.perf_counter()
    model(clips)
    return time.perf_counter() - begin


def theirs() -> float:
    begin = time.perf_counter()
    with torch.no_grad():
        convolution(pixels)
    return time.perf_counter() - begin


for _ in range(3):
    ours()
    theirs()
ratios: dict[str, list[float]] = {"c3d": [], "torch": []}
for _ in range(ROUNDS):
    alone = {"c3d": [ours() for _ in range(CALLS)], "torch": [theirs() for _ in range(CALLS)]}
    turns: dict[str, list[float]] = {"c3d": [], "torch": []}
    for _ in range(CALLS):
        turns["c3d"].append(ours())
        turns["torch"].append(theirs())
    for name, times in turns.items():
        ratios[name].append(statistics.median(times) / statistics.median(alone[name]))
for name, values in ratios.items():
    print(f"  {name}: {statistics.median(values):.3f} times its time alone, from {min(values):.3f} to {max(values):.3f}")
with open("/proc/self/maps") as maps:
    runtimes = sorted({line.split()[-1] for line in maps if "gomp" in line or "omp5" in line})
print("  OpenMP runtimes:", ", ".join(runtimes))
slow = [name for name, values in ratios.items() if statistics.median(values) > MOST]
sys.exit(f"slower beside each other: {', '.join(slow)}" if slow else 0)
