#!/usr/bin/env python3
"""What it costs to train by several processes: measured on this machine, and a model of it for others.

    ranks.py VIDEOS --json benchmarks/results/ranks.json [--rounds 5] [--batch 16] [--precision f32 bf16]
    ranks.py --table benchmarks/results/ranks.json

VIDEOS: a folder of a folder per class, or a list. Two ranks of one thread each and one process of two threads train full C3D in
turn, on the same two processors and the same global batch (2 x --batch clips); what counts is the median of the rounds' ratios.
c3d_rank_sums measures the sum of gradients alone, by 2, 3 and 4 ranks. A type that the processor has no instructions for is left out.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

import ranks_model

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
import provenance  # noqa: E402

MPIRUN = ["mpirun", "--quiet", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]


def has_bf16():
    flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def train(args, folder, name, precision, ranks):
    """Clips per second of all steps but the first, and processor seconds of the whole run."""
    out = folder / name
    settings = {"recipe": "none", "batch": args.batch, "accumulate": 2, "steps": args.steps + 1, "threads": 2 // ranks,
                "precision": precision, "plan": "fixed", "device": "cpu", "validate_every": 0, "snapshot_every": 0,
                "validation_clips": 1, "loader_threads": 1, "clips_per_video": 64, "cache_folder": folder / "cache", "warmup_steps": 0}
    command = [str(args.bin / "c3d_train"), "--data", str(args.videos), "--out", str(out)]
    for key, value in settings.items():
        command += ["--set", f"{key}={value}"]
    if ranks > 1:
        command += ["--ranks", str(ranks)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    rates = [line["clips_per_second"] for line in lines if line["event"] == "step"][1:]
    if len(rates) != args.steps or done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    for file in out.iterdir():
        if file.is_file():
            file.unlink()
    return statistics.harmonic_mean(rates), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure_training(args, folder, precision):
    rounds = []
    for number in range(args.rounds):
        one, one_work = train(args, folder, f"{precision}-one{number}", precision, 1)
        two, two_work = train(args, folder, f"{precision}-two{number}", precision, 2)
        rounds.append({"one_process": round(one, 4), "two_ranks": round(two, 4), "ratio": round(two / one, 4),
                       "processor_seconds": [round(one_work, 1), round(two_work, 1)]})
        print(f"{precision}, round {number + 1}: one process {one:.3f} clips/s, two ranks {two:.3f}: {two / one:.3f}; processor "
              f"seconds {one_work:.0f} and {two_work:.0f}", flush=True)
        yield {"median_ratio": round(statistics.median(r["ratio"] for r in rounds), 4), "rounds": rounds}


def measure_sums(args):
    results = []
    for ranks in (2, 3, 4):
        command = [*MPIRUN, "-np", str(ranks), str(args.bin / "c3d_rank_sums"), str(args.repeats)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{ranks} ranks: {statistics.median(result['seconds']):.3f} s on the clock, "
              f"{result['processor_seconds']:.3f} processor seconds of all", flush=True)
        results.append(result)
    return results


def write(args, report):
    report["load_after"] = round(os.getloadavg()[0], 2)
    report["model"] = ranks_model.model(report)
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=pathlib.Path, nargs="?")
    parser.add_argument("--table", type=pathlib.Path, help="print the tables of docs/training_on_many.md from this file")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin")
    parser.add_argument("--rounds", type=int, default=5, help="0: sums alone")
    parser.add_argument("--steps", type=int, default=2, help="that count, of each run")
    parser.add_argument("--batch", type=int, default=16, help="clips of a micro-batch, of which a step has two")
    parser.add_argument("--repeats", type=int, default=10, help="of the sums alone")
    parser.add_argument("--precision", nargs="+", default=["f32", "bf16"])
    args = parser.parse_args()
    if args.table:
        print(ranks_model.tables(json.loads(args.table.read_text())))
        return
    if args.videos is None:
        parser.error("VIDEOS is missing")
    report = {"command": "benchmarks/ranks.py " + " ".join(os.path.basename(word) if "/" in word else word for word in sys.argv[1:]), "machine": provenance.machine(),
              "commit": provenance.commit(ROOT), "load_before": round(os.getloadavg()[0], 2), "global_batch": 2 * args.batch,
              "sums": measure_sums(args), "training": {}}
    with tempfile.TemporaryDirectory() as folder:
        for precision in args.precision if args.rounds > 0 else []:
            if precision == "bf16" and not has_bf16():
                print("bf16 is left out: this processor has no instructions for it", flush=True)
                continue
            for report["training"][precision] in measure_training(args, pathlib.Path(folder), precision):
                write(args, report)
    write(args, report)
    print(ranks_model.tables(report))


if __name__ == "__main__":
    main()
