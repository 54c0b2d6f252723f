#!/usr/bin/env python3
"""What 8 bits do to the answers of trained networks: the labels of test clips in f32, bf16 and fp8, side by side.

    fp8.py WEIGHTS=CALIBRATION=TEST ... --json benchmarks/results/fp8.json

WEIGHTS: of a run of c3d_train, with labels.txt beside it; a copy of them is calibrated. CALIBRATION: what c3d_train takes
as --data, none of whose videos is in TEST. TEST: a folder with a folder per class, or a list of `path label` lines. Each
video is judged at every --step frames. On a CPU fp8 is emulated: its numbers are those of 8 bits, its speed is not.
"""
import argparse
import csv
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile

from rounding import labelled_videos
from seeds import ROOT, commit, machine

PRECISIONS = ("f32", "bf16", "fp8")
MOST_CHANGED, MOST_LOST = 0.005, 0.003  # of the clips: other labels than in f32, and right ones lost


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def logits(args, weights, count, precision, folder):
    """[video][clip][class]"""
    out = folder / precision
    run([args.bin / "c3d_infer", "--weights", weights, folder / "videos", "--window", "16", "--step", str(args.step),
         "--device", "cpu", "--precision", precision, "--features", "fc8", "--features-out", out, "--feature-format", "csv"])
    result = []
    for number in range(count):
        with (out / f"{number:06}.csv").open(newline="") as file:
            result.append([[float(value) for value in row] for row in csv.reader(file)])
    return result


def judged(answers, exact, truths):
    """Of all clips: how many have another label than in f32, and how many have the right one."""
    clips = changed = right = lost = won = 0
    errors = squares = 0.0
    for rows, exact_rows, truth in zip(answers, exact, truths, strict=True):
        for row, exact_row in zip(rows, exact_rows, strict=True):
            best, exact_best = row.index(max(row)), exact_row.index(max(exact_row))
            clips += 1
            changed += best != exact_best
            right += best == truth
            lost += exact_best == truth != best
            won += best == truth != exact_best
            errors += sum((a - b) ** 2 for a, b in zip(row, exact_row))
            squares += sum(b * b for b in exact_row)
    return {"clips": clips, "changed": changed, "right": right, "lost": lost, "won": won,
            "logits_relative_error": math.sqrt(errors / squares)}


def case_of(args, parser, case):
    parts = case.split("=")
    if len(parts) != 3:
        parser.error(f"{case}: wants WEIGHTS=CALIBRATION=TEST")
    weights, calibration, test = map(pathlib.Path, parts)
    labels = (weights.parent / "labels.txt").read_text().splitlines()
    videos = labelled_videos(test)
    if unknown := [f"{path}: {label}" for path, label in videos if label not in labels]:
        parser.error(f"{weights} does not know the label of {unknown[0]}")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "videos").mkdir()
        for number, (path, _) in enumerate(videos):  # names of which each is another, in this order
            (folder / "videos" / f"{number:06}").with_suffix(path.suffix).symlink_to(path.resolve())
        calibrated = folder / "calibrated.safetensors"
        shutil.copy(weights, calibrated)
        said = run([args.bin / "c3d_weights", "calibrate", calibrated, "--data", calibration, "--validation-share", "0",
                    "--device", "cpu"])
        answers = {precision: logits(args, calibrated, len(videos), precision, folder) for precision in PRECISIONS}
    truths = [labels.index(label) for _, label in videos]
    names = ["/".join(path.parts[-2:]) for path in (weights, calibration, test)]
    report = {"weights": names[0], "test": names[2], "command": f"benchmarks/fp8.py {'='.join(names)} --step {args.step}",
              "machine": machine(), "commit": commit(), "videos": len(videos), "calibration": said.splitlines()}
    for precision in PRECISIONS:
        report[precision] = judged(answers[precision], answers["f32"], truths)
        print(report["weights"], report["test"], precision, report[precision], flush=True)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", metavar="WEIGHTS=CALIBRATION=TEST")
    parser.add_argument("--step", type=int, default=2, help="frames from one clip of a video to its next")
    parser.add_argument("--json", type=pathlib.Path, help="add the numbers to this file, in place of older ones of these weights and tests")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_infer and c3d_weights")
    args = parser.parse_args()
    cases = [case_of(args, parser, case) for case in args.cases]
    if args.json and args.json.exists():
        new = {(case["weights"], case["test"]) for case in cases}
        cases = [case for case in json.loads(args.json.read_text())["cases"] if (case["weights"], case["test"]) not in new] + cases
    total = {}
    for precision in PRECISIONS:
        sums = {key: sum(case[precision][key] for case in cases) for key in ("clips", "changed", "right", "lost", "won")}
        total[precision] = {**sums, "changed_share": sums["changed"] / sums["clips"], "clip_accuracy": sums["right"] / sums["clips"]}
    lost = total["f32"]["clip_accuracy"] - total["fp8"]["clip_accuracy"]
    holds = total["fp8"]["changed_share"] <= MOST_CHANGED and lost <= MOST_LOST
    print(json.dumps(total, indent=2))
    print("within both bars" if holds else "beyond a bar", f"({MOST_CHANGED:.1%} changed, {MOST_LOST:.1%} lost)")
    if args.json:
        bars = {"most_changed_share": MOST_CHANGED, "most_accuracy_lost": MOST_LOST, "holds": holds}
        args.json.write_text(json.dumps({"bars": bars, "total": total, "cases": cases}, indent=2) + "\n")


if __name__ == "__main__":
    main()
