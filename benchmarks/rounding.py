#!/usr/bin/env python3
"""What the CPU's ways to convolve do to the answers of trained networks: logits beside those of f32 by direct convolution,
and accuracy and cross-entropy over labelled videos. Wants a processor with AVX-512 and its bf16.

    rounding.py WEIGHTS=VIDEOS ... --name SET --json benchmarks/results/rounding.json

WEIGHTS: of a run of c3d_train, with labels.txt beside it. VIDEOS: a folder with a folder per class, or a list of
`path label` lines. The networks of a SET are averaged.
"""
import argparse
import csv
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile

from seeds import ROOT, commit, machine

TILES = ("2x2x2", "1x4x4", "2x4x4", "4x4x4")
AMX_TILES = ("direct", "2x1x1", "4x1x1")


def labelled_videos(source):
    """[(path, label)]"""
    if source.is_dir():
        return [(path, path.parent.name) for path in sorted(source.glob("*/*")) if path.is_file()]
    lines = [line.rsplit(maxsplit=1) for line in source.read_text().splitlines() if line.strip()]
    return [(pathlib.Path(path), label) for path, label in lines]


def logits(args, weights, videos, options, folder):
    """[video][clip][class]"""
    out = folder / "logits"
    done = subprocess.run([args.bin / "c3d_infer", "--weights", weights, folder / "videos", "--clips", str(args.clips),
                           "--device", "cpu", "--features", "fc8", "--features-out", out, "--feature-format", "csv", *options],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    result = []
    for number in range(len(videos)):
        table = out / f"{number:06}.csv"
        with table.open(newline="") as file:
            result.append([[float(value) for value in row] for row in csv.reader(file)])
        table.unlink()
    return result


def pinned(plan, tile, to):
    """Options for the plan with all convolutions that Winograd's tiles serve in this one, multiplied in bf16."""
    lines = []
    for line in plan.read_text().splitlines():
        convolution, equals, choice = line.partition(" = ")
        if equals and "narrow" not in choice:
            if tile in AMX_TILES:
                choice = f"{tile} -"
            else:
                choice = f"{tile} bf16" + (" + pool" if tile == "1x4x4" and "pool 2x2x2" in convolution else "") + " p28"
        lines.append(convolution + equals + choice)
    to.write_text("\n".join(lines) + "\n")
    return ["--plan", to]


def probabilities(row):
    most = max(row)
    powers = [math.exp(value - most) for value in row]
    return [power / sum(powers) for power in powers]


def judged(answers, exact, videos, labels):
    wrong_clips = cross_entropy = errors = squares = 0
    wrong_videos = turned = clips = 0
    for rows, exact_rows, (_, label) in zip(answers, exact, videos, strict=True):
        right = labels.index(label)
        means = [0.0] * len(labels)
        for row, exact_row in zip(rows, exact_rows, strict=True):
            chances = probabilities(row)
            means = [a + b for a, b in zip(means, chances)]
            cross_entropy -= math.log(max(chances[right], 1e-30))
            wrong_clips += row.index(max(row)) != right
            turned += row.index(max(row)) != exact_row.index(max(exact_row))
            errors += sum((a - b) ** 2 for a, b in zip(row, exact_row))
            squares += sum(b * b for b in exact_row)
            clips += 1
        wrong_videos += means.index(max(means)) != right
    return {"logits_relative_error": math.sqrt(errors / squares), "clip_cross_entropy": cross_entropy / clips,
            "clip_accuracy": 1 - wrong_clips / clips, "video_accuracy": 1 - wrong_videos / len(videos),
            "clips_with_another_label": turned, "clips": clips}


def ways(folder):
    """Yields (name, options), the exact one first. Pinned ones want that the measured plan was written."""
    yield "f32 direct", ["--convolution", "direct"]
    yield "f32", []
    sets = [("amx", "AMX", AMX_TILES)] if "amx_bf16" in pathlib.Path("/proc/cpuinfo").read_text() else []
    for isa, name, tiles in [*sets, ("avx512", "AVX-512", TILES)]:
        plan, options = folder / f"{isa}.txt", ["--precision", "bf16", "--isa", isa]
        yield f"bf16, {name}", [*options, "--plan", plan]
        for tile in tiles:
            yield f"bf16, {name}, all {tile}", [*options, *pinned(plan, tile, folder / f"{isa} {tile}.txt")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", metavar="WEIGHTS=VIDEOS")
    parser.add_argument("--name", required=True, help="of the set of videos")
    parser.add_argument("--clips", type=int, default=10, help="of each video")
    parser.add_argument("--json", type=pathlib.Path, help="add the numbers to this file, in place of older ones of that name")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_infer")
    args = parser.parse_args()

    found = {}  # way: [judgement of each case]
    for case in args.cases:
        weights, _, videos = case.partition("=")
        weights, videos = pathlib.Path(weights), pathlib.Path(videos)
        if not (weights.parent / "labels.txt").exists() or not videos.exists():
            parser.error(f"{case}: wants WEIGHTS=VIDEOS, both there, and labels.txt beside the weights")
        labels = (weights.parent / "labels.txt").read_text().splitlines()
        videos = labelled_videos(videos)
        if unknown := [f"{path}: {label}" for path, label in videos if label not in labels]:
            parser.error(f"{weights} does not know the label of {unknown[0]}")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "videos").mkdir()
            for number, (path, _) in enumerate(videos):  # names of which each is another, in this order
                (folder / "videos" / f"{number:06}").with_suffix(path.suffix).symlink_to(path.resolve())
            exact = None
            for name, options in ways(folder):
                answers = logits(args, weights, videos, options, folder)
                exact = exact or answers
                found.setdefault(name, []).append(judged(answers, exact, videos, labels))
                last = found[name][-1]
                print(f"{name:28}  error {last['logits_relative_error']:.1e}  cross-entropy {last['clip_cross_entropy']:.4f}  "
                      f"clips {last['clip_accuracy']:.4f}  videos {last['video_accuracy']:.4f}  other labels "
                      f"{last['clips_with_another_label']} of {last['clips']}", flush=True)
    means = {name: {key: statistics.mean(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    if args.json:
        report = json.loads(args.json.read_text()) if args.json.exists() else {}
        shown = " ".join("=".join(pathlib.Path(*pathlib.Path(part).parts[-2:]).as_posix() for part in case.split("=", 1))
                         for case in args.cases)
        report[args.name] = {"command": f"benchmarks/rounding.py {shown} --name {args.name} --clips {args.clips}",
                             "machine": machine(), "commit": commit(), "mean": means, "each": found}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
