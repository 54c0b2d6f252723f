#!/usr/bin/env python3
"""What a start from the shipped weights gives where videos are few: UT-Interaction, each way with several seeds.

Sets: set1 trains with set 1, sequences 4 to 10 and is tested with 1 to 3; set2 trains with set 2, sequences 14 to 20 and
is tested with 11 to 13; set1x2, set1x4, set1x7 train with so many videos a class, of other sequences for each seed, and are
tested as set1. Ways: scratch and small are these recipes; frozen_random and frozen_motion learn fc8 alone, over random and
over the shipped convolutions. The test videos choose nothing: what counts is the last step's average of the weights.

    transfer.py FOLDER --out RUNS --json FILE [--sets set1 ...] [--ways small ...] [--seeds 0 1 2 3 4] [--set key=value ...]

Settings are chosen on folds, which are never tested: fold0, fold1 and fold2 train with five or four of set 1's sequences 4
to 10 and are tested with the other two or three.
"""
import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import seeds

FEW = {"set1x2": 2, "set1x4": 4, "set1x7": 7}
FOLDS = {"fold0": (4, 5), "fold1": (6, 7), "fold2": (8, 9, 10)}
SETS = ["set1", "set2", *FEW, *FOLDS]
NEVER = "unfreeze_every=1000000000"  # steps: fc8 alone learns
# What `small` learns a head by, and the clips that it learns from.
HEAD = [word for row in ("width=0.25", "frame_stride=4", "optimizer=adamw", "weight_decay=0.05", "learning_rate=0.0006",
                         "head_lr_scale=2") for word in ("--set", row)]
WAYS = {
    "scratch": ["--recipe", "scratch"],
    "small": ["--recipe", "small"],
    "frozen_random": ["--recipe", "scratch", *HEAD, "--set", NEVER],
    "frozen_motion": ["--recipe", "small", "--set", NEVER],
}
NUMBERS = ["video_accuracy", "clip_accuracy", "video_cross_entropy", "clip_cross_entropy", "seconds"]


def sequence(line):
    return int(re.search(r"_seq(\d+)_", line)[1])


def split(lists, name, seed):
    """Lines of the training and of the test list."""
    read = lambda of: [line for line in (lists / f"{of}.txt").read_text().splitlines() if line]
    train, test = read("train"), read("test")
    if name == "set2":
        videos = read("set2")
        return [v for v in videos if sequence(v) > 13], [v for v in videos if sequence(v) <= 13]
    if name in FOLDS:
        return [v for v in train if sequence(v) not in FOLDS[name]], [v for v in train if sequence(v) in FOLDS[name]]
    if name in FEW:
        few = []
        for label in sorted({video.split()[-1] for video in train}):
            of_class = sorted((video for video in train if video.split()[-1] == label), key=sequence)
            few += [of_class[(seed + i) % len(of_class)] for i in range(FEW[name])]
        return few, test
    return train, test


def train(args, name, way, seed):
    run = args.out / f"{name}_{way}_{seed}"
    command = [str(args.bin / "c3d_train"), "--out", str(run), "--seed", str(seed), *WAYS[way], "--set", "patience=0", *args.extra]
    finished = run.with_suffix(".seconds")
    if not finished.exists():
        shutil.rmtree(run, ignore_errors=True)  # its time counts: a run that was interrupted begins anew
        for part, lines in zip(("train", "test"), split(args.out / "lists", name, seed)):
            run.with_suffix(f".{part}.txt").write_text("\n".join(lines) + "\n")
        command += ["--data", str(run.with_suffix(".train.txt")), "--val", str(run.with_suffix(".test.txt"))]
        start = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        finished.write_text(f"{time.monotonic() - start:.1f}\n")
    result, _ = seeds.last_results(run)
    return {"seed": seed, "video_accuracy": result["top1"], "clip_accuracy": result["clip_accuracy"],
            "video_cross_entropy": result["video_loss"], "clip_cross_entropy": result["clip_loss"],
            "seconds": float(finished.read_text()), "step": result["step"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     allow_abbrev=False)  # --set is none of ours
    parser.add_argument("folder", type=pathlib.Path, help="the dataset: one folder per class")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["set1"])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    args = seeds.arguments(parser)
    lists = args.out / "lists"
    subprocess.run([sys.executable, seeds.ROOT / "tools/scripts/make_ut_interaction_lists.py", args.folder, "--out", lists],
                   check=True, stdout=subprocess.DEVNULL)
    report = {"machine": seeds.machine(), "commit": seeds.commit(), "command": " ".join(sys.argv), "results": []}
    for name in args.sets:
        for way in args.ways:
            runs = [train(args, name, way, seed) for seed in args.seeds]
            mean = {key: statistics.mean(run[key] for run in runs) for key in NUMBERS}
            report["results"].append({"set": name, "way": way, "mean": mean, "runs": runs})
            print(f"{name} {way}: " + ", ".join(f"{key} {value:.3f}" for key, value in mean.items()), flush=True)
            if args.json:
                args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
