#!/usr/bin/env python3
"""Trains C3D from scratch on UT-Interaction (6 classes) with several seeds and writes what the last snapshots reach.

Train: set 1, sequences 4 to 10; test: set 1, sequences 1 to 3; 10 clips a video. The settings are those of
benchmarks/ut_interaction.json; the test videos choose nothing: the last snapshot counts.

    ut_interaction.py FOLDER --out RUNS --json benchmarks/results/ut_interaction.json [--set key=value]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def last_results(run):
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    evaluation = [event for event in events if event["event"] == "evaluation"][-1]
    seconds = [event["seconds"] for event in events if event["event"] == "step"][-1]
    return evaluation, seconds


def train(args, lists, seed):
    run = args.out / f"seed{seed}"
    command = [str(args.bin / "c3d_train"), "--data", str(lists / "train.txt"), "--val", str(lists / "test.txt"),
               "--config", str(args.config), "--seed", str(seed), "--out", str(run), *args.extra]
    if not (run / "last.safetensors").exists():
        subprocess.run(command, check=True)
    return {"seed": seed, "command": " ".join(command)}, run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the dataset: one folder per class")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where lists and runs go; finished runs are kept")
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers to this file")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_train")
    parser.add_argument("--config", type=pathlib.Path, default=ROOT / "benchmarks/ut_interaction.json")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.epilog = "Other arguments go to c3d_train as they are."
    args, args.extra = parser.parse_known_args()

    lists = args.out / "lists"
    subprocess.run([sys.executable, ROOT / "tools/scripts/make_ut_interaction_lists.py", args.folder, "--out", lists],
                   check=True, stdout=subprocess.DEVNULL)
    runs = []
    for seed in args.seeds:
        entry, run = train(args, lists, seed)
        result, seconds = last_results(run)
        entry.update(step=result["step"], training_seconds=round(seconds, 1),
                     video_accuracy=result["top1"], clip_accuracy=result["clip_accuracy"],
                     video_cross_entropy=result["video_loss"], clip_cross_entropy=result["clip_loss"],
                     videos=result["videos"], clips=result["clips"])
        runs.append(entry)
        print(f"seed {seed}: video {entry['video_accuracy']:.3f}, clip {entry['clip_accuracy']:.3f}, clip cross-entropy "
              f"{entry['clip_cross_entropy']:.3f}, {entry['training_seconds']:.0f} s", flush=True)
    keys = ["video_accuracy", "clip_accuracy", "video_cross_entropy", "clip_cross_entropy", "training_seconds"]
    report = {"machine": machine(), "commit": commit(), "settings": json.loads(args.config.read_text()),
              "mean": {key: statistics.mean(run[key] for run in runs) for key in keys}, "runs": runs}
    print(f"mean: video {report['mean']['video_accuracy']:.3f}, clip {report['mean']['clip_accuracy']:.3f}")
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores"


def commit():
    return subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, check=True, text=True,
                          capture_output=True).stdout.strip()


if __name__ == "__main__":
    main()
