#!/usr/bin/env python3
"""c3d_bench and PyTorch one after the other on this machine, several times: whole network, inference and training, f32 and bf16.

    compare.py --python VENV/bin/python --out benchmarks/results/cpu_compare.json
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PRECISIONS, WORK = ["f32", "bf16"], ["inference", "training"]


def run(command, result):
    print("+", " ".join(map(str, command)), flush=True)
    subprocess.run([*map(str, command), "--json", str(result)], check=True)
    return json.loads(pathlib.Path(result).read_text())


def one_round(args, folder):
    ours = {p: run([args.bin / "c3d_bench", "--device", "cpu", "--precision", p, "--batch", args.batch, "--net",
                    "--repeats", args.repeats], folder / f"{p}.json") for p in PRECISIONS}
    torch = run([args.python, ROOT / "benchmarks/peers/pytorch.py", "--device", "cpu", "--batch", args.batch, "--repeats",
                 args.repeats], folder / "torch.json")
    for work in WORK:
        for p in PRECISIONS:
            mine, theirs = ours[p]["net"][work]["seconds_per_clip"], torch["best_seconds_per_clip"][p][work]
            print(f"{work:9} {p:4}: ours {mine * 1e3:6.1f} ms a clip, PyTorch's best {theirs * 1e3:6.1f}: "
                  f"{theirs / mine:.2f} times as fast", flush=True)
    return {"ours": ours, "pytorch": torch}


def summary(rounds):
    def medians(value):
        return {work: {p: statistics.median(value(r, work, p) for r in rounds) for p in PRECISIONS} for work in WORK}

    mine = lambda r, work, p: r["ours"][p]["net"][work]["seconds_per_clip"]
    theirs = lambda r, work, p: r["pytorch"]["best_seconds_per_clip"][p][work]
    result = {"ours_seconds_per_clip": medians(mine), "pytorch_best_seconds_per_clip": medians(theirs),
              "pytorch_over_ours": medians(lambda r, work, p: theirs(r, work, p) / mine(r, work, p))}
    if all("over_convolutions" in r["ours"][p]["net"][w] for r in rounds for p in PRECISIONS for w in WORK):
        result["ours_over_onednn_convolutions"] = medians(lambda r, w, p: r["ours"][p]["net"][w]["over_convolutions"])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_bench")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.rounds):
            print(f"== round {number + 1} of {args.rounds}", flush=True)
            rounds.append(one_round(args, pathlib.Path(folder)))
    report = {"command": " ".join(sys.argv), "machine": rounds[0]["ours"]["f32"]["machine"],
              "commit": rounds[0]["ours"]["f32"]["commit"], "batch": args.batch, "medians": summary(rounds), "rounds": rounds}
    args.out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report["medians"], indent=1))


if __name__ == "__main__":
    main()
