#!/usr/bin/env python3
"""Gathers what the parts of gpu_check.sh left in WORK into OUT/{bench,peer,check}.json and prints one table.

Fails if a part failed or ran out of time. Called by gpu_check.sh.
"""
import json
import pathlib
import subprocess
import sys

WORK = ("inference", "training")
EXPECTED = pathlib.Path(__file__).resolve().parents[2] / "benchmarks/gpu_expected.json"


def gather(folder):
    """Every result a part wrote, the half-written ones left out."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            print(f"{path.name} is not whole")
    return found


def graphics_card():
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.sm", "--format=csv,noheader"]
    try:
        return subprocess.run(query, check=True, text=True, capture_output=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no GPU"


def clips_per_second(result, work, section):
    times = result.get(section, {}).get(work)
    return 1 / times["seconds_per_clip"] if times else None


def expected_of(card):
    """What was predicted, what is the least time and what was measured before, in clips/s, by work, precision and batch."""
    for name, numbers in json.loads(EXPECTED.read_text(encoding="utf-8")).items():
        if name != "source" and card.startswith(name):
            return numbers
    return {}


def best_of(peer):
    best = {}
    for result in peer:
        for work in WORK:
            for variant in result["variants"]:
                if work in variant:
                    key = (result["batch"], work, variant["precision"])
                    best[key] = max(best.get(key, 0), 1 / variant[work]["seconds_per_clip"])
    return best


def print_table(bench, peer, card):
    best, expected = best_of(peer), expected_of(card)
    rows = []
    for result in sorted(bench, key=lambda r: (-r["batch"], r["precision"])):
        for work in WORK:
            ours = clips_per_second(result, work, "net")
            if ours is None:
                continue
            # What is expected is of caches that stayed as they were.
            known = {} if result.get("cold") else expected.get(f"{work} {result['precision']} {result['batch']}", {})
            theirs = best.get((result["batch"], work, "f32" if result["precision"] in ("f32", "tf32") else "bf16"))
            numbers = [known.get("predicted"), known.get("earlier"), ours, known.get("floor"), theirs]
            rows.append(f"{work:10} {result['batch']:5} {result['precision'] + ('*' if result.get('cold') else ''):>5} " +
                        " ".join(f"{number:9.0f}" if number else f"{'-':>9}" for number in numbers) +
                        (f" {ours / theirs:6.2f}" if theirs and result["precision"] != "f32" else ""))
    if rows:
        print(f"{'clips/s':10} {'batch':>5} {'type':>5} {'predicted':>9} {'earlier':>9} {'measured':>9} {'floor':>9} {'PyTorch':>9} {'ratio':>6}")
        print("\n".join(rows))
        if any(result.get("cold") for result in bench):
            print("*: with cold caches")


def main():
    work, out = map(pathlib.Path, sys.argv[1:3])
    parts = [dict(zip(("part", "result", "seconds"), line.split())) for line in
             (work / "results").read_text(encoding="utf-8").splitlines()]
    bench = [result for part in ("fp8", "bench", "videos", "more") for result in gather(work / part)]
    peer, card = gather(work / "peer"), graphics_card()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], text=True, capture_output=True, check=False)
    summary = {"gpu": card, "commit": commit.stdout.strip() or "unknown", "parts": parts}
    for name, content in (("bench", bench), ("peer", peer), ("check", summary)):
        if content:
            (out / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print_table([result for result in bench if "net" in result], peer, card)
    for part in parts:
        print(f"{part['part']:10} {part['result']:12} {part['seconds']:>5} s")
    left = [part["part"] for part in parts if part["result"] in ("left", "out-of-time", "skipped")]
    print(f"left: {' '.join(left) or 'nothing'}")
    return 1 if any(part["result"] not in ("ok", "skipped") for part in parts) else 0


if __name__ == "__main__":
    sys.exit(main())
