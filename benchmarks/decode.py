#!/usr/bin/env python3
"""Reading videos and resizing their frames to 171x128 RGB on one thread: c3d_bench --decode and OpenCV's VideoCapture with
cv2.resize, one after the other on the same files, several rounds; decord and torchcodec too where they are installed.

    decode.py FOLDER ... --json benchmarks/results/decode.json     (with a Python that has cv2)

Ratios are of processor time, which other work on the machine disturbs least; times on the clock stand beside them.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 171, 128


def opencv():
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;1"  # before OpenCV is loaded
    import cv2

    cv2.setNumThreads(1)

    def read(path):
        capture, frames = cv2.VideoCapture(path, cv2.CAP_FFMPEG), 0
        while True:
            good, frame = capture.read()
            if not good:
                return frames
            cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
            frames += 1

    return f"OpenCV {cv2.__version__}", read


def decord():
    import decord as library

    def read(path):
        reader = library.VideoReader(path, width=WIDTH, height=HEIGHT, num_threads=1)
        for i in range(len(reader)):
            reader[i].asnumpy()
        return len(reader)

    return f"decord {library.__version__}", read


def torchcodec():
    import torch
    import torchcodec
    from torchcodec.decoders import VideoDecoder
    from torchcodec.transforms import Resize

    torch.set_num_threads(1)
    size = Resize((HEIGHT, WIDTH))  # by FFmpeg's filters, as it decodes

    def read(path):
        return sum(1 for _ in VideoDecoder(path, num_ffmpeg_threads=1, transforms=[size]))

    return f"torchcodec {torchcodec.__version__}", read


PEERS = {"opencv": opencv, "decord": decord, "torchcodec": torchcodec}


def run_peer(name, repeats):
    """In a process of its own: files from stdin, the result as JSON to stdout."""
    files = json.load(sys.stdin)
    version, read = PEERS[name]()
    frames = sum(read(path) for path in files)
    clock, processor = [], []
    for _ in range(repeats):
        start, cpu_start = time.perf_counter(), time.process_time()
        for path in files:
            read(path)
        clock.append(time.perf_counter() - start)
        processor.append(time.process_time() - cpu_start)
    print(json.dumps({"version": version, "frames": frames, "seconds": statistics.median(clock),
                      "cpu_seconds": statistics.median(processor)}))


def measure_ours(args, folder):
    command = [str(args.bin / "c3d_bench"), "--decode", str(folder), "--repeats", str(args.repeats), "--json", "-"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_peer(args, name, files):
    command = [sys.executable, __file__, "--peer", name, "--repeats", str(args.repeats)]
    return json.loads(subprocess.run(command, input=json.dumps(files), check=True, stdout=subprocess.PIPE, text=True).stdout)


def usable(name, files):
    """Installed, loads, and reads all the files."""
    command = [sys.executable, __file__, "--peer", name, "--repeats", "1"]
    good = subprocess.run(command, input=json.dumps(files), capture_output=True, text=True).returncode == 0
    if not good:
        print(f"{name} is left out: it is not installed, does not load, or does not read all the files", file=sys.stderr)
    return good


def measure_folder(args, folder):
    files = measure_ours(args, folder)["files"]
    peers = [name for name in PEERS if usable(name, files)]
    rounds = []
    for number in range(args.rounds):
        ours = measure_ours(args, folder)
        one = {"ours": {key: ours[key] for key in ("frames", "seconds", "cpu_seconds", "decode_seconds", "resize_seconds")}}
        for name in peers:
            one[name] = measure_peer(args, name, files)
            mine, theirs = (entry["frames"] / entry["cpu_seconds"] for entry in (ours, one[name]))
            print(f"{folder.name}, round {number + 1}: ours {mine:.0f} frames/s of processor time, {one[name]['version']} "
                  f"{theirs:.0f}: {mine / theirs:.2f} times as fast", flush=True)
        rounds.append(one)
    return ours, {"files": len(files), "medians": medians(rounds, peers), "rounds": rounds}


def medians(rounds, peers):
    def rate(which, seconds):
        return statistics.median(r[which]["frames"] / r[which][seconds] for r in rounds)

    def ratio(peer, seconds):
        per_frame = lambda entry: entry[seconds] / entry["frames"]
        return statistics.median(per_frame(r[peer]) / per_frame(r["ours"]) for r in rounds)

    result = {"frames_per_cpu_second": {}, "frames_per_second": {}, "times_as_fast_by_cpu": {}, "times_as_fast_by_clock": {}}
    for which in ["ours", *peers]:
        result["frames_per_cpu_second"][which] = round(rate(which, "cpu_seconds"))
        result["frames_per_second"][which] = round(rate(which, "seconds"))
    for peer in peers:
        result["times_as_fast_by_cpu"][peer] = round(ratio(peer, "cpu_seconds"), 3)
        result["times_as_fast_by_clock"][peer] = round(ratio(peer, "seconds"), 3)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path, help="videos at any depth")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin", help="folder of c3d_bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="passes over all files in a round, after one to warm up")
    parser.add_argument("--json", type=pathlib.Path, help="write the numbers to this file")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return run_peer(args.peer, args.repeats)
    if not args.folders:
        parser.error("a folder of videos is wanted")
    report = {"command": "benchmarks/decode.py " + " ".join(f.name for f in args.folders), "machine": None, "commit": None,
              "width": WIDTH, "height": HEIGHT, "threads": 1, "repeats": args.repeats, "folders": {}}
    for folder in args.folders:
        about, report["folders"][folder.name] = measure_folder(args, folder)
        report.update(machine=about["machine"], commit=about["commit"])
    print(json.dumps({name: entry["medians"] for name, entry in report["folders"].items()}, indent=1))
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
