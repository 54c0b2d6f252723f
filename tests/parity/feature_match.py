"""c3d_infer match: features that PyTorch and OpenCV made by a recipe drawn at random, of real videos and with random weights, are given
to it, and it must say the recipe; features of other weights, another video or noise are given, and it must claim none.

    feature_match.py FOLDER [--recipes 40] [--nothing 10] [--first 0] [--seed 7]      FOLDER of real videos, such as shared/videos

A recipe counts as found where each of its choices is what is said, or is said to be undecided on this video; then --recipe must give
the published numbers again. Frames by time are those that the ffmpeg tool gives.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import random
import subprocess
import tempfile
import time

import cv2
import h5py
import numpy as np
import torch
import torch.nn.functional as F

from common import BIN, Checks, FRAMES, random_model, relative_error, scaled, tool

WIDTH, CROP, CLASSES = 0.0625, 112, 9
LEAST_FOUND = 0.95
EXACT = 1e-4  # a larger difference is another recipe's
SAME_NUMBERS = 1e-3  # relative: what --recipe gives, and what PyTorch gave
FORMS = {"171x128, crop at 8, 29": (171, 128, 8, 29), "171x128, crop at 8, 30": (171, 128, 8, 30),
         "171x128, crop at 0, 0": (171, 128, 0, 0), "128x128, crop at 8, 8": (128, 128, 8, 8),
         "112x112, crop at 0, 0": (112, 112, 0, 0), "shorter side 128, centre": 128, "shorter side 112, centre": 112}
MEANS = ["90.25, 97.66, 101.41", "90, 98, 102", "104, 117, 128", "128, 128, 128", "0, 0, 0", "123.675, 116.28, 103.53", "cube"]
SCALES = {"1": 1.0, "0.00392157": 1 / 255}
RATES = ["25", "30", "24", "15", "10", "16", "20", "12"]
AXES = {"frames": list(FORMS), "colours": ["rgb", "bgr"], "mean": MEANS, "scale": list(SCALES), "pool5": ["pytorch", "caffe"],
        "numbering": ["decode", "decode", "ffmpeg-cfr"] + [f"fps {rate}" for rate in RATES],
        "first frame": ["0", "1", "2", "8", "16"], "stride": ["1", "1", "2", "4"],
        "step": ["16", "8", "4", "32", "1", "2", "5", "10", "12", "15", "20", "24", "25", "30", "48", "64"],
        "crops": ["1", "1", "1", "1", "3", "10", "3, their mean", "10, their mean"],
        "layer": ["pool5", "fc6", "fc6 before ReLU", "fc7", "fc7 before ReLU", "fc8", "probabilities"],
        "pooling": ["none", "none", "none", "mean", "max", "segments:32", "segments:32:matlab"],
        "L2": ["none", "pooled", "rows", "both"]}


# Videos and their frames.

class Video:
    def __init__(self, path):
        self.path, self.frames = path, []
        capture = cv2.VideoCapture(str(path))
        while len(self.frames) <= MOST_FRAMES:
            there, frame = capture.read()
            if not there:
                break
            self.frames.append(frame)

    def numbers(self, numbering):
        """Of the decoded frames that this numbering gives."""
        if numbering == "decode":
            return list(range(len(self.frames)))
        place = {}
        for i, digest in enumerate(self.digests("-vsync", "0")):
            place.setdefault(digest, i)
        if numbering == "ffmpeg-cfr":
            return [place[digest] for digest in self.digests_of_pictures()]
        return [place[digest] for digest in self.digests("-vf", f"fps={numbering[4:]}", "-vsync", "0")]

    def digests(self, *options):
        done = subprocess.run(["ffmpeg", "-v", "error", "-i", str(self.path), "-map", "0:v:0", *options, "-f", "framemd5", "-"],
                              capture_output=True, text=True, check=True)
        return [line.split(",")[-1].strip() for line in done.stdout.splitlines() if not line.startswith("#")]

    def digests_of_pictures(self):
        """Of `ffmpeg -i VIDEO %06d.jpg`; an explicit -vsync cfr counts otherwise where the file holds a video alone."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["ffmpeg", "-v", "error", "-i", str(self.path), "-map", "0:v:0", "-c:v", "rawvideo", "-f", "image2",
                            f"{folder}/%06d"], check=True)
            return [hashlib.md5(path.read_bytes()).hexdigest() for path in sorted(pathlib.Path(folder).iterdir())]


LEAST_FRAMES, MOST_FRAMES, VIDEOS = 64, 110, 8


def videos_of(folder, seed):
    """A few of usable length, of as many collections as there are."""
    by_collection = collections.defaultdict(list)
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".avi", ".mp4") and "decode_robustness" not in p.parts):
        by_collection[path.relative_to(folder).parts[0]].append(path)
    draw, chosen = random.Random(seed), []
    for paths in by_collection.values():
        draw.shuffle(paths)
    while len(chosen) < VIDEOS and any(by_collection.values()):
        for paths in by_collection.values():
            while paths and len(chosen) < VIDEOS:
                video = Video(paths.pop())
                whole = LEAST_FRAMES <= len(video.frames) <= MOST_FRAMES
                if whole and len(video.digests("-vsync", "0")) == len(video.frames):
                    chosen.append(video)
                    break
    return chosen


# From frames to clips, as each published way has them.

def resized(frame, form):
    if isinstance(form, tuple):
        return cv2.resize(frame, form[:2])
    height, width = frame.shape[:2]
    factor = form / min(height, width)
    return cv2.resize(frame, (int(width * factor + 0.5), int(height * factor + 0.5)))


def squares(frame, form, crops):
    """Each with the place it was taken from, for a mean cube: (square, top, left, mirrored)."""
    height, width = frame.shape[:2]
    if crops == 3:  # mmaction2's ThreeCrop
        side = min(height, width)
        down, right = (height - side) // 2, (width - side) // 2
        places = [(0, 0), (2 * down, 2 * right), (down, right)]
        return [(cv2.resize(frame[t:t + side, l:l + side], (CROP, CROP)) if side != CROP else frame[t:t + side, l:l + side], t, l, False)
                for t, l in places]
    if crops == 10:  # torchvision's TenCrop
        bottom, right = height - CROP, width - CROP
        places = [(0, 0), (0, right), (bottom, 0), (bottom, right), (int(round(bottom / 2)), int(round(right / 2)))]
        plain = [(frame[t:t + CROP, l:l + CROP], t, l, False) for t, l in places]
        mirror = frame[:, ::-1]
        return plain + [(mirror[t:t + CROP, l:l + CROP], t, l, True) for t, l in places]
    top, left = form[2:] if isinstance(form, tuple) else ((height - CROP) // 2, (width - CROP) // 2)
    return [(frame[top:top + CROP, left:left + CROP], top, left, False)]


def mean_of(recipe, cube):
    """[D, H, W, 3], or three numbers, in the network's colour order."""
    if recipe["mean"] == "cube":
        return cube
    return np.array([float(value) for value in recipe["mean"].split(",")], np.float32)


def clips_of(video, recipe, cube):
    """[windows, crops, 3, D, 112, 112]."""
    form, crops = FORMS[recipe["frames"]], int(recipe["crops"].split(",")[0])
    first, stride, step = int(recipe["first frame"]), int(recipe["stride"]), int(recipe["step"])
    numbers, mean, scale = video.numbers(recipe["numbering"]), mean_of(recipe, cube), np.float32(SCALES[recipe["scale"]])
    cut = {}
    for number in set(numbers):
        small = resized(video.frames[number], form)
        cut[number] = squares(small[:, :, ::-1] if recipe["colours"] == "rgb" else small, form, crops)
    windows = []
    for start in range(first, len(numbers) - (FRAMES - 1) * stride, step):
        clip = np.empty((crops, 3, FRAMES, CROP, CROP), np.float32)
        for d in range(FRAMES):
            for c, (square, top, left, mirrored) in enumerate(cut[numbers[start + d * stride]]):
                here = mean
                if mean.ndim == 4:
                    here = mean[d, :, ::-1] if mirrored else mean[d]
                    here = here[top:top + CROP, left:left + CROP]
                clip[c, :, d] = ((square.astype(np.float32) - here) * scale).transpose(2, 0, 1)
        windows.append(clip)
    return windows


# From clips to rows.

def layer_rows(model, layer, clips):
    with torch.no_grad():
        rows = {"pool5": model.flat_pool5(torch.as_tensor(clips))}
        rows["fc6 before ReLU"] = model.fc6(rows["pool5"])
        rows["fc6"] = F.relu(rows["fc6 before ReLU"])
        rows["fc7 before ReLU"] = model.fc7(rows["fc6"])
        rows["fc7"] = F.relu(rows["fc7 before ReLU"])
        rows["fc8"] = model.fc8(rows["fc7"])
        rows["probabilities"] = rows["fc8"].softmax(1)
    return rows[layer].numpy().astype(np.float64)


def length_1(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-30)


def segments(rows, matlab):
    """Sultani et al.: Save_C3DFeatures_32Segments.m, and its port to Python with numpy."""
    if matlab:
        cuts = np.floor(np.linspace(1, len(rows), 33) + 0.5).astype(int) - 1
    else:
        cuts = np.round(np.linspace(0, len(rows) - 1, 33)).astype(int)
    return np.stack([rows[a:b].mean(0) if b > a else rows[a] for a, b in zip(cuts[:-1], cuts[1:])])


def features(video, recipe, model, cube):
    """[rows, size] or [rows, crops, size]; None where the video is too short for the recipe."""
    clips = clips_of(video, recipe, cube)
    if len(clips) < 2:
        return None
    model.pool5 = recipe["pool5"]
    rows = np.stack([layer_rows(model, recipe["layer"], clip) for clip in clips])
    if "mean" in recipe["crops"]:
        rows = rows.mean(1, keepdims=True)
    if recipe["L2"] in ("rows", "both"):
        rows = length_1(rows)
    if recipe["pooling"] == "mean":
        rows = rows.mean(0, keepdims=True)
    elif recipe["pooling"] == "max":
        rows = rows.max(0, keepdims=True)
    elif recipe["pooling"] != "none":
        rows = segments(rows, recipe["pooling"].endswith("matlab"))
    if recipe["L2"] in ("pooled", "both"):
        rows = length_1(rows)
    return (rows[:, 0] if rows.shape[1] == 1 else rows).astype(np.float32)


# Recipes, weights, files.

def drawn_recipe(draw):
    recipe = {axis: draw.choice(values) for axis, values in AXES.items()}
    if recipe["mean"] == "cube" and (isinstance(FORMS[recipe["frames"]], int) or FORMS[recipe["frames"]][:2] != (171, 128) or
                                     recipe["crops"].startswith("3")):
        recipe["mean"] = draw.choice(MEANS[:-1])
    if recipe["pooling"] == "none" and recipe["L2"] in ("rows", "both"):
        recipe["L2"] = "pooled"  # the same numbers
    if recipe["layer"] == "probabilities":
        recipe["scale"] = "1"  # that of the weights: else they are one label's alone, or all alike
    if recipe["step"] in ("1", "2") and recipe["crops"].startswith("10"):
        recipe["crops"] = "1"
    return recipe


def trained_like(seed):
    """Random weights whose logits are as large as a trained network's, for frames of bytes."""
    model = random_model(seed, CLASSES, "pytorch", WIDTH)
    with torch.no_grad():
        model.fc8.weight *= 0.02
        model.fc8.bias *= 0.1
    return model


def cube_of(seed):
    """[D, 128, 171, 3], smooth as a mean is."""
    draw = np.random.default_rng(seed)
    rough = draw.uniform(70, 130, (4, 6, 8, 3)).astype(np.float32)
    tall = np.stack([cv2.resize(plane, (171, 128), interpolation=cv2.INTER_CUBIC) for plane in rough])
    return np.stack([tall[d * 4 // FRAMES] for d in range(FRAMES)]).astype(np.float32)


def published_file(folder, table, video, draw):
    """In one of the formats that there are."""
    kinds = ["npy"] if table.ndim == 3 else ["npy", "npy", "txt", "csv", "activitynet", "tacos", "caffe"]
    kind = draw.choice(kinds)
    if kind == "npy":
        path = folder / "published.npy"
        np.save(path, table)
    elif kind in ("txt", "csv"):
        path = folder / f"published.{kind}"
        np.savetxt(path, table, fmt="%.9g", delimiter=" " if kind == "txt" else ",")
    elif kind == "caffe":
        path = folder / "published"
        path.mkdir()
        for i, row in enumerate(table):
            header = np.array([1, len(row), 1, 1, 1], np.int32)
            (path / f"{i * 16:06}.fc6-1").write_bytes(header.tobytes() + row.tobytes())
    else:
        path = folder / "published.h5"
        with h5py.File(path, "w") as file:
            file[f"{video.path.stem}/c3d_features" if kind == "activitynet" else video.path.name] = table
            file["another"] = table[:1]
    return path, kind


def answer(published, video, weights, cube_file, recipe_out):
    """What match says, as its JSON; exit code 1 is an answer, too."""
    command = [BIN / "c3d_infer", "match", published, video.path, "--weights", weights, "--mean", cube_file, "--device", "cpu", "--json"]
    command += ["--recipe-out", recipe_out]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def missed(recipe, told):
    """The axes in which the answer is another recipe."""
    said, also = told["closest"][0]["choices"], {entry["axis"]: entry["also"] for entry in told["undecided"]}
    return [f"{axis} {said[axis]}, not {value}" for axis, value in recipe.items()
            if value not in [said[axis], *also.get(axis, [])]]


def again(folder, recipe_file, weights, video):
    out = folder / "again.npy"
    tool("c3d_infer", "--recipe", recipe_file, "--weights", weights, "--device", "cpu", "--features-out", out, video.path)
    return np.load(out)


def nothing_of(kind, video, others, recipe, cube, draw):
    """A table that the drawn recipe does not give of this video and the first network."""
    network = trained_like(1000 + draw.randrange(1000)) if kind == "other weights" else None
    source = draw.choice(others) if kind == "other video" else video
    table = features(source, recipe, network or trained_like(0), cube)
    if kind == "noise" and table is not None:
        noise = np.random.default_rng(draw.randrange(10 ** 6))
        table = (np.abs(noise.normal(size=table.shape)) * np.abs(table).mean()).astype(np.float32)
    return table


def numbers_of(told):
    first = told["closest"][0] if told["closest"] else {"cosine": 0, "difference": 0}
    return f"cosine {first['cosine']:.7f}, difference {first['difference']:.1e}, {told['recipes_tried']} readings"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    for name, usual in (("recipes", 40), ("nothing", 10), ("first", 0), ("seed", 7)):
        arguments.add_argument(f"--{name}", type=int, default=usual)
    a = arguments.parse_args()
    with Checks() as checks:
        videos = videos_of(a.folder, a.seed)
        checks.check("real videos", len(videos) >= 2, ", ".join(video.path.name for video in videos))
        networks = [trained_like(i) for i in range(3)]
        weights = [checks.folder / f"weights{i}.pth" for i in range(3)]
        for network, path in zip(networks, weights):
            torch.save(network.state_dict(), path)
        cube, cube_file = cube_of(3), checks.folder / "cube.npy"
        np.save(cube_file, cube.transpose(3, 0, 1, 2))
        found, differences, others = 0, [0], [1]
        for i in range(a.first, a.first + a.recipes):
            draw, table = random.Random(a.seed * 1000 + i), None
            while table is None:
                recipe, video, n = drawn_recipe(draw), draw.choice(videos), draw.randrange(3)
                table = features(video, recipe, networks[n], cube)
            folder = checks.folder / f"recipe{i}"
            folder.mkdir()
            published, kind = published_file(folder, table, video, draw)
            what = f"recipe {i}: {video.path.name} ({len(video.frames)} frames), {kind} {list(table.shape)}: " + "; ".join(recipe.values())
            start = time.monotonic()
            told = checks.attempt(what, lambda: answer(published, video, weights[n], cube_file, folder / "recipe.json"))
            if told is None:
                continue
            wrong, seconds = missed(recipe, told) if told["closest"] else ["no recipe"], time.monotonic() - start
            detail = f"{numbers_of(told)}, {seconds:.0f} s"
            if not told["found"]:
                wrong.insert(0, "none found")
            else:
                given = checks.attempt(what, lambda: again(folder, folder / "recipe.json", weights[n], video))
                error = float("inf") if given is None else relative_error(given, table)
                if error > SAME_NUMBERS:
                    wrong.append(f"--recipe gives other numbers by {error:.1e}")
            if not wrong:
                found += 1
                differences.append(told["closest"][0]["difference"])
                others += [other["difference"] for other in told["closest"] if other["difference"] > EXACT]
            print(f"{'found ' if not wrong else 'MISSED'} {what}: {'; '.join(wrong + [detail])}", flush=True)
        if a.recipes:
            checks.check(f"{a.recipes} recipes drawn at random", found >= LEAST_FOUND * a.recipes,
                         f"{found} are found exactly; they differ by up to {max(differences):.1e}, "
                         f"the nearest other recipe by {min(others):.1e}")
        for i in range(a.nothing):
            draw, table, kind = random.Random(a.seed * 2000 + i), None, ("other weights", "other video", "noise")[i % 3]
            while table is None:
                recipe, video = drawn_recipe(draw), draw.choice(videos)
                table = nothing_of(kind, video, [v for v in videos if v is not video], recipe, cube, draw)
            folder = checks.folder / f"nothing{i}"
            folder.mkdir()
            published, form = published_file(folder, table, video, draw)
            start = time.monotonic()
            told = checks.attempt(kind, lambda: answer(published, video, weights[0], cube_file, folder / "recipe.json"))
            if told is not None:
                checks.check(f"nothing {i}: {kind}, {form} {list(table.shape)}: none is claimed", not told["found"],
                             f"{numbers_of(told)}, {time.monotonic() - start:.0f} s")


main()
