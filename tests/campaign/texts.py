"""Damaged settings, lists, classInd, caches, plans and states through c3d_train and c3d_infer."""

import json
import random
import shutil

import cases
from material import read_safetensors, safetensors_bytes
from mutate import NUMBERS, TEXTS, mutate, mutate_text
from tool import complaint

SHARE, LEAST, QUICK = 0.13, 1000, 20

# Keys whose large values only mean much work.
HEAVY = {"batch", "accumulate", "clip_frames", "crop", "resize_width", "resize_height", "width", "clips_per_video", "validation_clips"}
# Where the product writes: what a hostile value names there is written, and rightly so.
WRITTEN = {"cache_folder", "plan"}


def dry_run(*options):
    return ["c3d_train", "--out", "@CASE@/out", "--dry-run", *options]


def strange_value(rng, key):
    if rng.random() < 0.5:
        return rng.choice([number for number in NUMBERS if key not in HEAVY or not 16 < number < 4097])
    texts = [text for text in TEXTS if not (key in WRITTEN and text.startswith(("/", "..")))]
    if key == "data":
        texts += ["@", ".", "/etc/hostname", "/dev/null"]
    return rng.choice([*texts, None, True, [], [1, 2], ["conv1", 3], {}, {"a": 1}])


class Templates:
    """What a run leaves, made once: its settings, cache, plan and state."""

    def __init__(self, campaign):
        material = campaign.material
        self.folder = campaign.work / "texts-template"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.settings = [setting for setting in material.network if not setting.startswith("cache_folder=")]
        while self.settings[-1] == "--set":
            self.settings.pop()
        run = ["c3d_train", "--data", material.data, "--out", self.folder / "run", *material.network, "--set", "steps=4", "--set",
               "threads=1", "--set", f"cache_folder={self.folder / 'frames'}", "--set", "snapshot_every=2"]
        made = campaign.tools.run(run, self.folder, seconds=120)
        pinned = [option if option != "fixed" else self.folder / "pinned.plan" for option in material.network]
        plan = campaign.tools.run(["c3d_train", "--data", material.data, "--out", self.folder / "plan", *pinned, "--set", "threads=1",
                                   "--set", "steps=1"], self.folder, seconds=120)
        for outcome in (made, plan):
            if complaint(outcome, (0,)):
                raise SystemExit(f"campaign: a plain run fails: {complaint(outcome, (0,))}")
        # The run may not know the template's folder: cases are copies of it.
        self.config = json.loads((self.folder / "run/config.json").read_text())
        self.state = read_safetensors(self.folder / "run/state.safetensors")
        cached = sorted(path for path in (self.folder / "frames").rglob("*") if path.is_file())
        self.indexes = [path for path in cached if path.suffix != ".frames" and path.stat().st_size > 0]
        self.frames = [path for path in cached if path.suffix == ".frames"]


def settings_case(rng, campaign, templates, folder):
    config = dict(templates.config, cache_folder=str(campaign.material.folder / "frames"))
    if rng.random() < 0.7:
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            key = rng.choice(sorted(config)) if rng.random() < 0.95 else str(rng.choice(TEXTS))
            config[key] = strange_value(rng, key)
        text = json.dumps(config).encode()
    else:
        text = mutate_text(rng, json.dumps(config, indent=1))
    file = folder / "config.json"
    file.write_bytes(text)
    return [file], [(dry_run("--config", "@CASE@/config.json"), (0, 1))]


def flag_case(rng, campaign, templates, folder):
    key = rng.choice(sorted(templates.config))
    value = strange_value(rng, key)
    text = (f"{key}={value}" if not isinstance(value, (list, dict)) else f"{key}={json.dumps(value)}").replace("\0", "")
    return [], [(dry_run("--data", "@MATERIAL@/data", *campaign.material.network, "--set", "threads=1", "--set",
                         text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")), (0, 1, 2))]


def list_case(rng, campaign, templates, folder):
    lines = [f"{path.relative_to(campaign.material.data)} {label}" for label, name in enumerate(("moving", "still"), 1)
             for path in sorted((campaign.material.data / name).iterdir())]
    names = "1 moving\n2 still\n"
    files = [folder / "list.txt", folder / "classInd.txt"]
    both = rng.random()
    files[0].write_bytes(mutate_text(rng, "\n".join(lines) + "\n") if both < 0.8 else "\n".join(lines).encode())
    files[1].write_bytes(mutate_text(rng, names) if both > 0.6 else names.encode())
    train = dry_run("--data", "@CASE@/list.txt", "--root", "@MATERIAL@/data", *campaign.material.network, "--set", "threads=1")
    if rng.random() < 0.8:
        train += ["--classes", "@CASE@/classInd.txt"]
    infer = ["c3d_infer", "--weights", "@MATERIAL@/weights.safetensors", "--plan", "fixed", "--threads", "1", "--clips", "1",
             "--list", "@CASE@/list.txt"]
    return files, [(infer, (0, 1)), (train, (0, 1))]


def cache_case(rng, campaign, templates, folder):
    """A cache that lies is made anew: training goes on."""
    shutil.copytree(templates.folder / "frames", folder / "frames")
    victim = rng.choice(templates.indexes if rng.random() < 0.7 else templates.frames)
    file = folder / "frames" / victim.relative_to(templates.folder / "frames")
    if victim in templates.indexes and rng.random() < 0.6:
        index = victim.read_text(errors="surrogateescape")
        numbers = [i for i, word in enumerate(index) if word.isdigit()]
        at = rng.choice(numbers) if numbers else 0
        end = at
        while end < len(index) and index[end].isdigit():
            end += 1
        changed = index[:at] + str(rng.choice(NUMBERS)) + index[end:] if rng.random() < 0.7 else None
        file.write_bytes(changed.encode("utf-8", "surrogateescape") if changed else mutate_text(rng, victim.read_text()))
    else:
        file.write_bytes(mutate(rng, victim.read_bytes()))
    kept = folder / f"damaged{victim.suffix}"
    shutil.copy(file, kept)
    network = [*templates.settings, "--set", "cache_folder=@CASE@/frames", "--set", "threads=1"]
    return [kept], [(dry_run("--data", "@MATERIAL@/data", *network), (0,))]


def plan_case(rng, campaign, templates, folder):
    file = folder / "pinned.plan"
    file.write_bytes(mutate_text(rng, (templates.folder / "pinned.plan").read_text()))
    network = [option if option != "fixed" else "@CASE@/pinned.plan" for option in campaign.material.network]
    return [file], [(dry_run("--data", "@MATERIAL@/data", *network, "--set", "threads=1"), (0, 1))]


def state_case(rng, campaign, templates, folder):
    shutil.copytree(templates.folder / "run", folder / "run")
    choice = rng.random()
    if choice < 0.6:
        header, body = templates.state
        metadata = dict(header["__metadata__"])
        for _ in range(rng.choice([1, 1, 2])):
            key = rng.choice(sorted(metadata))
            kind = rng.random()
            if kind < 0.15:
                del metadata[key]
            elif kind < 0.8:
                metadata[key] = str(rng.choice(NUMBERS) if rng.random() < 0.6 else rng.choice(TEXTS))
            else:
                metadata[key] = mutate_text(rng, metadata[key]).decode("utf-8", "replace")
            if not metadata:
                break
        file = folder / "run/state.safetensors"
        file.write_bytes(safetensors_bytes(dict(header, __metadata__=metadata), body))
    else:
        file = folder / "run" / rng.choice(["state.safetensors", "config.json", "metrics.jsonl", "labels.txt", "last.safetensors",
                                            "best.safetensors", "state.safetensors"])
        if file.exists():
            file.write_bytes(mutate(rng, file.read_bytes()))
    kept = folder / f"damaged_{file.name}"
    if file.exists():
        shutil.copy(file, kept)
    return [kept], [(["c3d_train", "--out", "@CASE@/run", "--resume"], (0, 1))]


KINDS = {"settings": settings_case, "flags": flag_case, "lists": list_case, "caches": cache_case, "plans": plan_case, "states": state_case}


def one(campaign, part, index, templates):
    rng = random.Random(f"{campaign.seed} texts {index}")
    folder = campaign.work / f"texts-{index}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    kind = list(KINDS)[index % len(KINDS)]
    files, commands = KINDS[kind](rng, campaign, templates, folder)
    part.count(kind)
    cases.run_commands(campaign, part, folder, commands, files, {"kind": kind, "index": index})
    shutil.rmtree(folder, ignore_errors=True)


def run(campaign, part):
    templates = Templates(campaign)
    campaign.each(part, lambda index: one(campaign, part, index, templates))


def repeat(campaign, part, case, kept):
    """The case is made again from the seed."""
    one(campaign, part, case["index"], Templates(campaign))
