"""Damaged videos through c3d_infer, and through the first pass of c3d_train: each is a result or one error."""

import json
import random
import re
import shutil

import cases
from mutate import mutate
from tool import SECONDS, complaint

BATCH = 25
SHARE, LEAST, QUICK = 0.25, 5000, 40

NET = ["--weights", "@MATERIAL@/weights.safetensors", "--plan", "fixed", "--threads", "1"]
VARIANTS = [
    ["--clips", "1"],
    ["--clips", "3", "--numbering", "ffmpeg-cfr"],
    ["--window", "16", "--step", "8", "--features", "fc6", "--features-out", "@CASE@/features"],
    ["--clips", "1", "--overlay", "@CASE@/overlay"],
]
NAMED = re.compile(rb"^note: .*/(.*) is left out: ", re.MULTILINE)
GOOD = "@MATERIAL@/data/moving/0.mp4"


def infer_command(files, variant):
    # The good video is a control: a broken one must not take it along.
    return ["c3d_infer", *NET, *VARIANTS[variant], "--json", "@CASE@/lines.jsonl", *[f"@CASE@/{f.name}" for f in files], GOOD]


def lines_complaint(folder, count):
    """Each video has one line, with labels or with an error."""
    try:
        lines = [json.loads(line) for line in (folder / "lines.jsonl").read_bytes().splitlines()]
    except (OSError, ValueError) as error:
        return f"--json is no list of objects: {error}"
    if len(lines) != count:
        return f"{len(lines)} lines for {count} videos"
    for line in lines:
        # A video whose own outputs cannot be written has labels and an error.
        if (line["status"] == "ok" and not line["labels"]) or (line["status"] == "failed") != bool(line["error"]):
            return f"neither result nor error: {json.dumps(line)[:200]}"
    if lines[-1]["status"] != "ok":
        return f"a whole video failed beside broken ones: {lines[-1]['error'][:200]}"
    return ""


def infer(campaign, folder, files, variant, seconds):
    (folder / "lines.jsonl").unlink(missing_ok=True)
    outcome = cases.run(campaign, folder, infer_command(files, variant), seconds)
    return outcome, complaint(outcome) or lines_complaint(folder, len(files) + 1)


def left_out(outcome):
    """How many videos c3d_train names as left out, and counts."""
    more = re.search(rb"and (\d+) more videos are left out", outcome.out)
    return len(NAMED.findall(outcome.out)) + (int(more[1]) if more else 0)


def train_complaint(outcome, files, good):
    """Each video is used, left out or passed over; none of the good ones is left out."""
    why = complaint(outcome, (0,))
    if why:
        return why
    used = re.search(rb"(\d+) training and (\d+) validation videos", outcome.out)
    broken = re.search(rb"^broken: (\d+)$", outcome.out, re.MULTILINE)
    ignored = re.search(rb"(\d+) files are no videos by name", outcome.out)
    if used is None:
        return "it does not say how many videos it uses"
    counted = int(used[1]) + int(used[2]) + (int(ignored[1]) if ignored else 0) + left_out(outcome)
    if counted != len(files) + good:
        return f"{counted} videos are used, left out or passed over, of {len(files) + good}"
    if left_out(outcome) != (int(broken[1]) if broken else 0):
        return f"{left_out(outcome)} videos are left out, {broken[0].decode() if broken else 'and none counted'}"
    others = {name.decode(errors="replace") for name in NAMED.findall(outcome.out)} - {file.name for file in files}
    return f"left out beside broken ones: {sorted(others)[0]}" if others else ""


def train(campaign, folder, files, seconds):
    """The files lie in a class's folder; what decodes is counted, what does not is named."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(campaign.material.data, data)
    for file in files:
        shutil.copy(file, data / "moving")
    argv = ["c3d_train", "--data", data, "--out", folder / "run", "--dry-run", *campaign.material.network, "--set", "threads=1",
            "--set", "broken_share=1", "--set", f"cache_folder={folder / 'frames'}"]
    outcome = cases.run(campaign, folder, argv, seconds)
    return outcome, train_complaint(outcome, files, sum(1 for _ in campaign.material.data.rglob("*.mp4")))


def look(campaign, folder, files, variant):
    seconds = SECONDS + len(files)
    return infer(campaign, folder, files, variant, seconds) if variant < len(VARIANTS) else train(campaign, folder, files, seconds)


def batch(campaign, part, index):
    rng = random.Random(f"{campaign.seed} videos {index}")
    folder = campaign.work / f"videos-{index}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = sorted(campaign.material.videos)
    files = []
    for number in range(BATCH):
        source = campaign.material.videos[names[(index * BATCH + number) % len(names)]]
        ending = source.suffix if rng.random() < 0.9 else rng.choice([".mp4", ".avi", ".mkv", ".ts", ".gif"])
        file = folder / f"{number:02}_{source.stem}{ending}"
        file.write_bytes(mutate(rng, source.read_bytes()))
        files.append(file)
    variant = index % (len(VARIANTS) + 1)
    outcome, why = look(campaign, folder, files, variant)
    if why:
        blame(campaign, part, folder, files, variant, why, outcome)
    elif variant < len(VARIANTS):
        for line in (folder / "lines.jsonl").read_bytes().splitlines()[:-1]:
            part.add("ok" if json.loads(line)["status"] == "ok" else "refused")
    else:
        for number in range(len(files)):
            part.add("refused" if number < left_out(outcome) else "ok")
    shutil.rmtree(folder, ignore_errors=True)


def blame(campaign, part, folder, files, variant, why, outcome):
    """Which of a batch it was; where none fails alone, all of them together."""
    guilty = 0
    for file in files:
        alone, reason = look(campaign, folder, [file], variant)
        if reason:
            guilty += 1
            part.fail(f"{file.name}: {reason}", {"variant": variant, "files": [file.name]}, [file], alone)
        else:
            part.add("ok" if alone.code == 0 else "refused")
    if not guilty:
        part.fail(f"{len(files)} videos together: {why}", {"variant": variant, "files": [f.name for f in files]}, files, outcome, tried=0)


def run(campaign, part):
    if campaign.material.absent:
        part.counts["formats_that_ffmpeg_lacks"] = campaign.material.absent
    part.counts["formats"] = len(campaign.material.videos)
    campaign.each(part, lambda index: batch(campaign, part, index))


def repeat(campaign, part, case, kept):
    folder = campaign.work / "repeat"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    files = [folder / name for name in case["files"]]
    outcome, why = look(campaign, folder, files, case["variant"])
    if why:
        part.fail(why, case, files, outcome)
    else:
        part.add("ok")
