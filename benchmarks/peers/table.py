#!/usr/bin/env python3
"""The table of peers: C3D in PyTorch, ONNX Runtime, OpenVINO and here, in turn, on the same clips with the same weights.

One process at a time for each measurement, all with the same number of threads, in several rounds; medians count. First all
answers are compared: logits, and gradients where a peer trains. A peer that is not installed, fails or takes longer than
--seconds is noted in the table. Writes peers.json, peers.png and peers.md into --out; --publish puts them where the README
shows them. Wants numpy and safetensors, and of torch, onnxruntime and openvino what is to take part (requirements.txt).

    make peers                                the whole table, an hour on two cores
    make peers PEERS_ARGS=--quick             one round and fewer variants: 5 minutes
    make peers PEERS_ARGS=--publish           the whole table, into docs/, benchmarks/results/ and README.md
    make peers PEERS_ARGS='--quick --rounds 3 --publish'      the same of fewer variants: half an hour
    make peers PEERS_ARGS='--quick --rounds 3 --width 0.25'   a narrow network, as small sets train it
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import agreement
import case
import summary
from contestants import ISAS, NARROW_WORKS, OURS, PRECISIONS, WORKS, Failed, all_contestants, measure

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Progress:
    def __init__(self):
        self.start = time.monotonic()

    def __call__(self, text):
        seconds = int(time.monotonic() - self.start)
        print(f"[{seconds // 60:3}:{seconds % 60:02}] {text}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="has bin/c3d_bench and bin/c3d_weights")
    parser.add_argument("--out", type=pathlib.Path, help="folder of the results [BUILD/peers]")
    parser.add_argument("--rounds", type=int, help="[3; with --quick 1]")
    parser.add_argument("--repeats", type=int, help="timings in one measurement, of which the median counts [3; with --quick 1]")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of every contestant [all cores]")
    parser.add_argument("--width", type=float, default=1, help="of the network, a factor on its channels; a narrow one is "
                        "measured at batch 16 [1]")
    parser.add_argument("--isa", choices=ISAS, help="hold everyone to one instruction set (ONNX Runtime cannot be held)")
    parser.add_argument("--seconds", type=float, default=600, help="limit of one measurement, compilation included [600]")
    parser.add_argument("--quick", action="store_true", help="one round, one timing, fewer variants of PyTorch")
    parser.add_argument("--publish", action="store_true", help="copy the results to docs, benchmarks/results and README.md")
    parser.add_argument("--summarize", action="store_true", help="measure nothing: picture and words anew from OUT/peers.json")
    args = parser.parse_args()
    if not 0.01 <= args.width <= 8:
        parser.error(f"--width {args.width:g}: from 0.01 to 8")
    if args.publish and args.width != 1:
        parser.error("--publish is for the full network, which the README shows: leave --width out")
    args.works = WORKS if args.width == 1 else NARROW_WORKS
    args.build = args.build.resolve()
    args.out = (args.out or args.build / "peers").resolve()
    args.rounds = args.rounds or (1 if args.quick else 3)
    args.repeats = args.repeats or (1 if args.quick else 3)
    return args


def prepare(args):
    """What contestants.py and agreement.py go by; writes the case."""
    settings = argparse.Namespace(bench=args.build / "bin/c3d_bench", folder=args.out / "work", case=args.out / "work",
                                  threads=args.threads, repeats=args.repeats, seconds=args.seconds, isa=args.isa, width=args.width)
    settings.folder.mkdir(parents=True, exist_ok=True)
    settings.environment = os.environ | {"OMP_NUM_THREADS": str(args.threads),
                                         "TORCHINDUCTOR_CACHE_DIR": str(args.out / "inductor")}
    if args.isa:
        settings.environment["ONEDNN_MAX_CPU_ISA"] = ISAS[args.isa]
    case.write(settings.case, args.width)
    subprocess.run([args.build / "bin/c3d_weights", "convert", settings.case / "weights.safetensors",
                    settings.case / "c3d.onnx"], check=True, stdout=subprocess.DEVNULL)
    return settings


def schedule(args, contestants):
    """(round, work, batch, contestant): ours and the others of one work after each other, another first in each round."""
    for number in range(args.rounds):
        for precision in PRECISIONS:
            for work, batch in args.works:
                ready = [c for c in contestants if c.precision == precision and c.takes_part(work, batch, args.quick)]
                for i in range(len(ready)):
                    yield number, work, batch, ready[(i + number) % len(ready)]


def measure_all(args, settings, contestants, say):
    rounds, given_up = [], {}
    steps = list(schedule(args, contestants))
    for i, (number, work, batch, contestant) in enumerate(steps, 1):
        what = f"{i}/{len(steps)} round {number + 1}, {work} at batch {batch}: {contestant.name}"
        entry = {"round": number, "work": work, "batch": batch, "precision": contestant.precision,
                 "family": contestant.family, "variant": contestant.variant}
        rounds.append(entry)
        if (work, batch, contestant) in given_up:  # it would fail again, after as long
            entry["failed"] = given_up[work, batch, contestant]
            continue
        try:
            entry |= measure(settings, contestant, work, batch)
            say(f"{what}: {summary.milliseconds(entry['seconds_per_clip'])} ms a clip")
        except Failed as failure:
            entry["failed"] = given_up[work, batch, contestant] = str(failure)
            say(f"{what}: failed: {failure}")
    return rounds


def make_report(args, load, agreed, rounds):
    ours = next((r for r in rounds if r["family"] == OURS and "machine" in r), None)
    if ours is None:
        sys.exit("peers: c3d_bench measured nothing; " + next(r["failed"] for r in rounds if r["family"] == OURS))
    versions = {r["family"]: r["version"] for r in rounds if "version" in r}
    errors = [r["bf16_conv5_gradient_error"] for r in rounds if "bf16_conv5_gradient_error" in r]
    # Without the folders, which say nothing on another machine.
    words = iter(sys.argv[1:])
    told = [word for word in words if not (word in ("--build", "--out") and next(words, None))]
    return {"command": " ".join(["benchmarks/peers/table.py", *told]), "date": time.strftime("%-d %B %Y"),
            "machine": ours["machine"], "instruction_sets": ours["instruction_sets"], "processor_features": ours["device"],
            "commit": ours["commit"], "threads": args.threads, "held_to": args.isa,
            "width": args.width, "works": args.works,
            "quick": args.quick, "rounds_run": args.rounds, "repeats": args.repeats, "load_before": load,
            "versions": versions, "pytorch_bf16_conv5_gradient_error": max(errors, default=None), "agreement": agreed,
            "medians": summary.medians(rounds), "rounds": rounds}


def replace_block(text, name, block):
    """Between the comments `<!-- NAME: ... -->` and `<!-- /NAME -->`."""
    pattern = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"peers: README.md has no block {name}")
    return pattern.sub(lambda match: f"{match[1]}{block}\n{match[2]}", text)


def publish(args, report):
    shutil.copy(args.out / "peers.png", ROOT / "docs/peers.png")
    shutil.copy(args.out / "peers.json", ROOT / "benchmarks/results/peers.json")
    readme = ROOT / "README.md"
    where = summary.measured_where(report)
    text = replace_block(readme.read_text(), "peers", f"![C3D beside its peers, milliseconds a clip](docs/peers.png)\n\n"
                         f"{where}.\n[All measurements](benchmarks/results/peers.json); `make peers` repeats them.")
    readme.write_text(replace_block(text, "peers table", summary.markdown(report)))


def read_report(path):
    try:
        report = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"peers: {path} cannot be read: {error}; measure first, without --summarize")
    if not isinstance(report, dict) or not {"rounds", "medians"} <= report.keys():
        sys.exit(f"peers: {path} holds no table of peers; measure first, without --summarize")
    return {"width": 1, "works": WORKS} | report  # tables of older versions are of the full network


def write_report(report, path):
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(report, indent=1, allow_nan=False) + "\n")
    beside.replace(path)


def main():
    args = parse_arguments()
    results = args.out / "peers.json"
    if args.summarize:
        report = read_report(results)
    else:
        say, load = Progress(), [round(x, 2) for x in os.getloadavg()]
        settings = prepare(args)
        contestants = all_contestants()
        if args.quick:
            contestants = [c for c in contestants if c.quick or (c.family, c.precision, c.variant) == agreement.REFERENCE]
        agreed = agreement.check_all(settings, contestants, say)
        report = make_report(args, load, agreed, measure_all(args, settings, contestants, say))
        write_report(report, results)  # first of all: it took long
        shutil.rmtree(settings.folder)
    report["chart"] = summary.chart(report)
    write_report(report, results)
    table = summary.markdown(report)
    (args.out / "peers.md").write_text(f"{summary.measured_where(report)}\n\n{table}\n")
    subprocess.run([args.build / "bin/c3d_bench", "--chart", results, args.out / "peers.png"], check=True)
    print(f"\n{table}\n\n{args.out}: peers.json, peers.png, peers.md")
    for line in report["chart"]["footer"][3:]:
        print(line)
    if args.publish:
        publish(args, report)


if __name__ == "__main__":
    main()
