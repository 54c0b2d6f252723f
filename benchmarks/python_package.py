#!/usr/bin/env python3
"""How fast the Python package is: `predict` beside c3d_infer, what a call of a model costs besides the network, and batches of
training clips beside torchcodec and decord with PyTorch's DataLoader.

    python_package.py FOLDER ... --json benchmarks/results/python_package.json      FOLDER: a folder of videos for each class

With a Python that has c3d and, for the batches, torch, torchcodec and decord; c3d_infer is that beside it, or --infer. Contestants go in
turn; what counts are medians over rounds of the ratios within one round. Every contestant has all cores.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
import provenance  # noqa: E402

FRAMES, HEIGHT, WIDTH, CROP = 16, 128, 171, 112
PEERS = ("torch", "torchcodec", "decord")
VIDEO_ENDINGS = {".avi", ".mkv", ".mov", ".mp4"}


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare_predict(options):
    """A window over a long video, less the same over its first moments: what both do once falls out."""
    import c3d

    model = c3d.load(options.weights, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        command = [options.infer, "--weights", options.weights, "--device", "cpu", "--window", "16", "--step", "4", "--json", f"{folder}/out"]
        short = pathlib.Path(folder) / "short.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-i", options.long, "-frames:v", "24", short], check=True)

        def infer(video) -> float:
            return seconds(lambda: subprocess.run([*command, video], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

        def predict(video) -> float:
            return seconds(lambda: model.predict(video, window=16, step=4))

        infer(short), predict(short), predict(options.long)
        rounds = []
        for _ in range(options.rounds):
            one = {"c3d_infer": infer(options.long) - infer(short), "predict": predict(options.long) - predict(short)}
            rounds.append({**one, "ratio": one["predict"] / one["c3d_infer"]})
        clips = len(model.predict(options.long, window=16, step=4).clips)
    return {"video": os.path.basename(options.long), "clips": clips, "rounds": rounds,
            "predict_over_c3d_infer": statistics.median(r["ratio"] for r in rounds)}


def measure_calls(options):
    """Of a network that computes almost nothing: the whole call bounds what is not the network."""
    import c3d

    with tempfile.TemporaryDirectory() as folder:
        videos = pathlib.Path(folder) / "videos"
        for label in ("a", "b"):
            (videos / label).mkdir(parents=True)
            for n in range(3):
                os.symlink(os.path.abspath(options.long), videos / label / f"{label}_g{n}.mp4")
        run = c3d.train(videos, pathlib.Path(folder) / "run", recipe="none", width=1 / 64, crop=16, resize_height=18, resize_width=20,
                        steps=1, batch=2, device="cpu", plan="fixed")
        model = c3d.load(run.last, device="cpu", threads=1)  # several would wait for each other, which is the network's
        frames, height, width, _ = model.input_shape
        clips = np.random.default_rng(0).integers(0, 256, (1, frames, height, width, 3), np.uint8)
        model(clips)
        times = [seconds(lambda: model(clips)) for _ in range(2000)]
    return {"network": f"width 1/64, input {height}x{width}", "calls": len(times), "median_ms": 1e3 * statistics.median(times),
            "least_ms": 1e3 * min(times)}


def labelled_videos(folders):
    files = []
    for folder in map(pathlib.Path, folders):
        for label in sorted(p for p in folder.iterdir() if p.is_dir() and p.name != "unlabelled"):
            files += [(str(file.resolve()), label.name) for file in sorted(label.rglob("*")) if file.suffix in VIDEO_ENDINGS]
    return files


class Clips:
    """What ClipLoader does to a training clip, by others: 16 frames from a random start, resized, cropped, mirrored."""

    def __init__(self, files, reader, clips):
        names = sorted({label for _, label in files})
        self.files = [(file, names.index(label)) for file, label in files]
        self.reader, self.clips = reader, clips

    def __len__(self):
        return self.clips

    def __getitem__(self, number):
        import torch

        draw = random.Random(number)
        file, label = self.files[draw.randrange(len(self.files))]
        frames = READERS[self.reader](file, draw)
        top, left = draw.randrange(HEIGHT - CROP + 1), draw.randrange(WIDTH - CROP + 1)
        clip = frames[:, top:top + CROP, left:left + CROP]
        if draw.random() < 0.5:
            clip = torch.flip(clip, [2])
        return clip.contiguous(), label


def by_torchcodec(file, draw):
    from torchcodec.decoders import VideoDecoder
    from torchcodec.transforms import Resize

    decoder = VideoDecoder(file, num_ffmpeg_threads=1, dimension_order="NHWC", seek_mode="approximate", transforms=[Resize((HEIGHT, WIDTH))])
    start = draw.randrange(max(1, decoder.metadata.num_frames - FRAMES))
    return decoder.get_frames_in_range(start, start + FRAMES).data


def by_decord(file, draw):
    import decord

    decord.bridge.set_bridge("torch")
    reader = decord.VideoReader(file, width=WIDTH, height=HEIGHT, num_threads=1)
    start = draw.randrange(max(1, len(reader) - FRAMES))
    return reader.get_batch(range(start, start + FRAMES))


READERS = {"torchcodec": by_torchcodec, "decord": by_decord}


def dataloader_rate(files, reader, options):
    import torch

    torch.set_num_threads(1)
    loader = torch.utils.data.DataLoader(Clips(files, reader, options.batch * (options.batches + 2)), batch_size=options.batch,
                                         num_workers=options.workers)
    return rate(iter(loader), options)


def rate(batches, options):
    """Clips a second after the first two batches, which start what reads."""
    next(batches), next(batches)
    start = time.perf_counter()
    for _ in range(options.batches):
        next(batches)
    return options.batch * options.batches / (time.perf_counter() - start)


def clip_loader_rate(files, options, **settings):
    import c3d

    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listing:
        listing.write("".join(f'"{file}" {label}\n' if " " in file else f"{file} {label}\n" for file, label in files))
        listing.flush()
        loader = c3d.ClipLoader(listing.name, batch=options.batch, workers=options.workers, clips_per_video=200, validation_share=0.02, **settings)

        def batches():
            while True:
                for batch in loader:
                    yield batch.clips, batch.labels

        return rate(batches(), options)


CONTESTANTS = {
    "c3d": lambda files, options: clip_loader_rate(files, options, cache_gb=0),
    "c3d, cached": lambda files, options: clip_loader_rate(files, options),
    "torchcodec": lambda files, options: dataloader_rate(files, "torchcodec", options),
    "decord": lambda files, options: dataloader_rate(files, "decord", options),
}


def compare_loaders(options):
    files = labelled_videos(options.folders)
    rounds = []
    for _ in range(options.rounds):
        one = {}
        for name in CONTESTANTS:  # each in a process of its own: decord and torchcodec bring their FFmpeg
            words = [sys.executable, __file__, *options.folders, "--contestant", name, "--batch", str(options.batch), "--batches",
                     str(options.batches), "--workers", str(options.workers)]
            done = subprocess.run(words, capture_output=True, text=True, timeout=300)
            if done.returncode:
                sys.exit(f"{name}: {done.stderr[-2000:]}")
            one[name] = json.loads(done.stdout.splitlines()[-1])
        print("  clips/s:", ", ".join(f"{name} {value:.0f}" for name, value in one.items()), flush=True)
        rounds.append(one)
    ratios = {ours: {peer: statistics.median(r[ours] / r[peer] for r in rounds) for peer in ("torchcodec", "decord")} for ours in ("c3d", "c3d, cached")}
    return {"videos": len(files), "batch": options.batch, "batches": options.batches, "workers": options.workers, "rounds": rounds,
            "clips_per_second": {name: statistics.median(r[name] for r in rounds) for name in CONTESTANTS}, "times_as_fast": ratios}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", metavar="FOLDER")
    parser.add_argument("--weights", default=str(ROOT / "weights/pretrained/c3d-motion-w025.safetensors"))
    parser.add_argument("--long", help="a video of some minutes, for predict")
    parser.add_argument("--infer", default=str(pathlib.Path(sys.executable).parent / "c3d_infer"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batches", type=int, default=15, help="timed, of each contestant in each round")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--parts", default="clip_loader,call,predict", help="which to measure; the others stay as they are in --json")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--json", help="where the numbers go")
    options = parser.parse_args()
    if options.contestant:
        print(json.dumps(CONTESTANTS[options.contestant](labelled_videos(options.folders), options)))
        return
    parts = options.parts.split(",")
    versions = {name: importlib.metadata.version(name) for name in ("c3d", *(PEERS if "clip_loader" in parts else ()))}
    result = {"command": " ".join(["benchmarks/python_package.py", *(os.path.basename(f) for f in options.folders)]), "machine":
              provenance.machine(), "date": time.strftime("%Y-%m-%d"), "versions": versions, "commit": provenance.commit(ROOT)}
    if options.json and os.path.exists(options.json):
        result = {**json.loads(pathlib.Path(options.json).read_text()), **result}
    if "clip_loader" in parts:
        result["clip_loader"] = compare_loaders(options)
        print("ClipLoader, times as fast:", result["clip_loader"]["times_as_fast"], flush=True)
    if options.long and "call" in parts:
        result["call"] = measure_calls(options)
        print(f"a call of a network that is almost nothing: {result['call']['median_ms']:.3f} ms", flush=True)
    if options.long and "predict" in parts:
        result["predict"] = compare_predict(options)
        print(f"predict takes {result['predict']['predict_over_c3d_infer']:.3f} times as long as c3d_infer", flush=True)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
