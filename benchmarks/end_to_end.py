#!/usr/bin/env python3
"""Labelling videos from file to label: c3d_infer over folders of videos, in each precision in turn, several rounds; clips per
second, and the shares of decoding, resizing and the network as it prints them.

    end_to_end.py FOLDER ... --weights FILE --json benchmarks/results/end_to_end.json

Any full-size weights do: `peers/case.py` writes random ones.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SUMMARY = re.compile(r"(\d+) labelled, (\d+) failed, (\d+) clips in ")
WORK = re.compile(r"work: decoding ([\d.]+) s \(.*?\), resizing ([\d.]+) s \(.*?\), network ([\d.]+) s")
RATE = re.compile(r"\(([\d.e+]+) clips/s\)")
WINDOWS = {"even": [], "sliding": ["--window", "16", "--step", "8"]}


def label(args, folder, precision, window):
    command = [str(args.bin / "c3d_infer"), "--weights", str(args.weights), "--profile", "pvr", "--precision", precision,
               *WINDOWS[window], str(folder)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    labelled, failed, clips = map(int, SUMMARY.search(output).groups())
    decode, resize, network = map(float, WORK.search(output).groups())
    return {"videos": labelled, "failed": failed, "clips": clips, "clips_per_second": float(RATE.search(output)[1]),
            "decode_seconds": decode, "resize_seconds": resize, "network_seconds": network}


def medians(rounds):
    work = [r["decode_seconds"] + r["resize_seconds"] + r["network_seconds"] for r in rounds]
    share = lambda what: round(statistics.median(r[f"{what}_seconds"] / all for r, all in zip(rounds, work)), 4)
    return {"clips_per_second": statistics.median(r["clips_per_second"] for r in rounds),
            "share_of_work": {what: share(what) for what in ("decode", "resize", "network")}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path, help="videos at any depth")
    parser.add_argument("--weights", type=pathlib.Path, required=True)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_infer and c3d_bench")
    parser.add_argument("--window", choices=WINDOWS, default="even", help="even: ten clips spread over each video")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers to this file")
    args = parser.parse_args()
    about = json.loads(subprocess.run([str(args.bin / "c3d_bench"), "--decode", str(args.folders[0]), "--repeats", "1", "--json",
                                       "-"], check=True, capture_output=True, text=True).stdout)
    report = {"command": f"benchmarks/end_to_end.py {' '.join(f.name for f in args.folders)} --window {args.window} "
                         f"--rounds {args.rounds}",
              "machine": about["machine"], "commit": about["commit"], "folders": {}}
    for folder in args.folders:
        rounds = {"f32": [], "bf16": []}
        for number in range(args.rounds):
            for precision, done in rounds.items():
                done.append(label(args, folder, precision, args.window))
                print(f"{folder.name}, round {number + 1}, {precision}: {done[-1]['clips_per_second']} clips/s", flush=True)
        report["folders"][folder.name] = {precision: {"medians": medians(done), "rounds": done}
                                          for precision, done in rounds.items()}
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
