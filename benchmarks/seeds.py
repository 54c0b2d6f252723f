#!/usr/bin/env python3
"""Trains C3D from scratch with several seeds and writes what the last snapshots reach on test videos, which choose nothing.

    seeds.py TRAIN TEST --config FILE.json --out RUNS --json FILE [--set key=value]

TRAIN, TEST: a folder with a folder per class, or a list of `path label` lines. The demo's set, as make demo leaves it:

    seeds.py build/demo/videos/train build/demo/videos/test_forward --config tools/demo/config.json --out RUNS --json FILE
"""
import argparse
import json
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def arguments(parser):
    """Adds what all that trains with several seeds takes; other arguments go to c3d_train."""
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where runs go; finished ones are kept")
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers to this file")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_train")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.epilog = "Other arguments go to c3d_train as they are."
    args, args.extra = parser.parse_known_args()
    return args


def last_results(run):
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    evaluation = [event for event in events if event["event"] == "evaluation"][-1]
    seconds = [event["seconds"] for event in events if event["event"] == "step"][-1]
    return evaluation, seconds


def train(args, train_videos, test_videos, seed):
    run = args.out / f"seed{seed}"
    command = [str(args.bin / "c3d_train"), "--data", str(train_videos), "--val", str(test_videos), "--config", str(args.config),
               "--seed", str(seed), "--out", str(run), *args.extra]
    if not (run / "last.safetensors").exists():
        subprocess.run(command, check=True)
    return {"seed": seed, "command": " ".join(command)}, run


def train_all(args, train_videos, test_videos):
    runs = []
    for seed in args.seeds:
        entry, run = train(args, train_videos, test_videos, seed)
        result, seconds = last_results(run)
        entry.update(step=result["step"], training_seconds=round(seconds, 1),
                     video_accuracy=result["top1"], clip_accuracy=result["clip_accuracy"],
                     video_cross_entropy=result["video_loss"], clip_cross_entropy=result["clip_loss"],
                     videos=result["videos"], clips=result["clips"])
        runs.append(entry)
        print(f"seed {seed}: video {entry['video_accuracy']:.3f}, clip {entry['clip_accuracy']:.3f}, clip cross-entropy "
              f"{entry['clip_cross_entropy']:.3f}, {entry['training_seconds']:.0f} s", flush=True)
    keys = ["video_accuracy", "clip_accuracy", "video_cross_entropy", "clip_cross_entropy", "training_seconds"]
    used = json.loads((run / "config.json").read_text())
    report = {"machine": machine(), "commit": commit(),
              "settings": {key: used[key] for key in [*json.loads(args.config.read_text()), "precision"]},
              "mean": {key: statistics.mean(run[key] for run in runs) for key in keys}, "runs": runs}
    print(f"mean: video {report['mean']['video_accuracy']:.3f}, clip {report['mean']['clip_accuracy']:.3f}, clip cross-entropy "
          f"{report['mean']['clip_cross_entropy']:.3f}")
    if args.json:
        args.json.write_text(json.dumps(report, indent=2) + "\n")


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores"


def commit():
    return subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, check=True, text=True,
                          capture_output=True).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("test", type=pathlib.Path)
    parser.add_argument("--config", type=pathlib.Path, required=True)
    args = arguments(parser)
    train_all(args, args.train, args.test)


if __name__ == "__main__":
    main()
