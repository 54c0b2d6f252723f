"""A run of c3d_train or c3d_infer that is disturbed and goes on: its command, and whether what it left is whole and right."""

import hashlib
import json
import re
import shutil
import struct

from material import read_safetensors

TIMES = {"seconds", "clips_per_second"}  # of metrics


def whole_complaint(folder):
    """Every file under its own name can be read to its end; parts of killed writers and locks are not looked at."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or path.name.endswith((".part", ".lock", ".frames")):
            continue
        data = path.read_bytes()
        try:
            check_file(path, data)
        except (ValueError, KeyError, IndexError, struct.error, SyntaxError) as error:
            return f"{path.relative_to(folder)} is not whole ({len(data)} bytes): {str(error)[:150]}"
    return ""


def check_file(path, data):
    ending = path.suffix
    if ending == ".safetensors":
        read_safetensors(path)
    elif ending == ".json":
        json.loads(data)
    elif ending == ".jsonl":
        for line in data.split(b"\n")[:-1]:
            json.loads(line)
    elif ending == ".png":
        require(data.startswith(b"\x89PNG") and b"IEND" in data[-16:], "no picture to its end")
    elif ending == ".npy":
        size, = struct.unpack("<H", data[8:10])
        count = 1
        for number in re.search(rb"'shape': \(([^)]*)\)", data[:10 + size]).group(1).split(b","):
            count *= int(number) if number.strip() else 1
        require(len(data) == 10 + size + 4 * count, f"its header says {count} values")
    elif ending == ".mp4":
        at, boxes = 0, []
        while at < len(data):
            length, name = struct.unpack(">I4s", data[at:at + 8])
            length = struct.unpack(">Q", data[at + 8:at + 16])[0] if length == 1 else length
            require(length >= 8, "a box of no length")
            boxes.append(name)
            at += length
        require(at == len(data) and b"moov" in boxes, "no movie to its end")
    elif ending == ".html":
        require(data.endswith(b"</html>\n"), "no page to its end")
    elif ending in (".csv", ".txt"):
        require(data.endswith(b"\n"), "it ends within a line")


def require(condition, why):
    if not condition:
        raise ValueError(why)


def strays(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.endswith(".part"))


def second_parts(folder):
    """Parts beside a part: none where one process writes."""
    return [name for name in strays(folder) if re.search(r"\.[1-9][0-9]*\.part$", name)]


def make_folders(folder):
    """For outputs, and for files that are of no use when their process ends."""
    for name in ("out", "tmp"):
        (folder / name).mkdir(parents=True)


class Train:
    """Settings that end within a second or two, so that kills meet every stage."""
    tool = "c3d_train"
    DONE = b"c3d_infer --weights"  # what the tool says last, when its work is done

    def __init__(self, campaign, name, options=(), data=None, fresh_cache=False, fresh_plan=False, report=True):
        self.campaign, self.name, self.fresh_cache, self.fresh_plan = campaign, name, fresh_cache, fresh_plan
        self.data = data or campaign.material.data
        self.report = report  # what it is made of is compared; a run whose disk refused it goes on without
        network = [option for option in campaign.material.network if not option.startswith("cache_folder=")]
        while network[-1] == "--set":
            network.pop()
        self.options = [*network, "--set", "steps=12", "--set", "validate_every=4", "--set", "threads=2", *options]
        self.shared = campaign.work / f"reference-{name}"

    def argv(self, folder):
        cache = folder if self.fresh_cache else self.shared
        begun = ["--resume"] if any((folder / "out" / name).exists() for name in ("config.json", "state.safetensors")) else []
        return ["c3d_train", "--data", self.data, "--out", folder / "out", *begun, *self.options, "--set", f"cache_folder={cache / 'frames'}"]

    def env(self, folder):
        plan = folder if self.fresh_plan else self.shared
        return {"XDG_CACHE_HOME": str(plan / "plans"), "TMPDIR": str(folder / "tmp")}

    def prepare(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "tmp").mkdir(parents=True)

    def caches(self, folder):
        return [folder / "frames", folder / "plans", self.shared / "frames", self.shared / "plans"]

    def going_since(self, folder, moment):
        """Whether the run has written a metric since then: its signals are its own by now."""
        metrics = folder / "out/metrics.jsonl"
        return metrics.exists() and metrics.stat().st_size > 0 and metrics.stat().st_mtime > moment

    def unsaved(self, folder, outcome):
        """What an orderly end should have left and did not; empty: nothing."""
        return "" if (folder / "out/state.safetensors").exists() else "it says that it stopped, and has no state"

    def killed_complaint(self, folder):
        """What may never be, at any moment."""
        why = whole_complaint(folder)
        for cached in [] if why or not self.fresh_cache else sorted((folder / "frames").rglob("*.frames")):
            reference = self.shared / cached.relative_to(folder)
            if not cached.name.startswith(".") and reference.exists() and digest(cached) != digest(reference):
                return f"cached frames {cached.name} are not whole"
        return why or (f"parts accumulate: {second_parts(folder)}" if second_parts(folder) else "")

    def difference(self, folder):
        ours, theirs = folder / "out", self.shared / "out"
        # A run that goes on takes the plan of its state and writes none to the cache: a part there waits for the next that measures.
        parts = [part for part in strays(folder) if not (self.fresh_plan and part.startswith("plans/"))]
        if parts:
            return f"parts of killed writers stay: {parts[:3]}"
        if self.fresh_plan:
            return ""  # what is measured anew may choose otherwise
        if metrics_of(ours) != metrics_of(theirs):
            return "metrics differ from those of an undisturbed run"
        of_report = ("predictions.jsonl", "best_predictions.jsonl", "skipped.jsonl") if self.report else ()
        for name in ("last.safetensors", "best.safetensors", "labels.txt", "confusion.csv", *of_report):
            if (ours / name).read_bytes() != (theirs / name).read_bytes():
                return f"{name} differs from that of an undisturbed run"
        if read_safetensors(ours / "state.safetensors")[1] != read_safetensors(theirs / "state.safetensors")[1]:
            return "state.safetensors holds other numbers than an undisturbed run's"
        return ""


def metrics_of(out):
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_bytes().splitlines()]
    return [{key: value for key, value in line.items() if key not in TIMES} for line in lines]


def digest(path):
    return hashlib.sha256(path.read_bytes()).digest()


class Infer:
    tool = "c3d_infer"
    DONE = b" labelled, "

    def __init__(self, campaign, name, options, videos=12):
        self.campaign, self.name, self.options = campaign, name, options
        files = sorted(campaign.material.data.rglob("*.mp4"))
        self.videos = [files[i % len(files)] for i in range(min(videos, len(files)))]
        self.shared = campaign.work / f"reference-{name}"

    def argv(self, folder):
        put = [str(option).replace("@OUT@", str(folder / "out")) for option in self.options]
        return ["c3d_infer", "--weights", self.campaign.material.weights, "--plan", "fixed", "--threads", "1",
                # Kernels are chosen for a batch, and their last bits differ: a clip alone has the same company each time.
                "--batch", "1", "--resume", *put, *self.videos]

    def env(self, folder):
        return {"XDG_CACHE_HOME": str(folder / "plans"), "TMPDIR": str(folder / "tmp")}

    def prepare(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        make_folders(folder)

    def caches(self, folder):
        return [folder / "plans"]

    def going_since(self, folder, moment):
        """Whether the run has written an output since then: its signals are its own by now."""
        try:
            return any(path.stat().st_mtime > moment for path in files_of(folder / "out").values())
        except FileNotFoundError:  # it was just renamed
            return False

    def unsaved(self, folder, outcome):
        """Videos that it says are done and of which no line of --json is kept."""
        said = re.search(rb"(\d+) of (\d+) videos are done", outcome.err)
        if said is None:
            return "it does not say how many videos are done"
        if not any("lines.jsonl" in str(option) for option in self.options):
            return ""
        kept = {json.loads(line)["file"] for path in (folder / "out").glob("*lines.jsonl*")
                if not path.name.endswith((".lock", ".c3d_infer.jsonl")) for line in path.read_bytes().split(b"\n")[:-1]}
        done, left = int(said[1]), int(said[2])
        least = done + (len(self.videos) - left if left else 0)
        return "" if len(kept) >= least else f"it says that {done} of {left} videos are done, and keeps {len(kept)} lines for {least}"

    def killed_complaint(self, folder):
        why = whole_complaint(folder)
        return why or (f"parts accumulate: {second_parts(folder)}" if second_parts(folder) else "")

    def difference(self, folder):
        if strays(folder):
            return f"parts of killed writers stay: {strays(folder)[:3]}"
        ours, theirs = files_of(folder / "out"), files_of(self.shared / "out")
        if sorted(ours) != sorted(theirs):
            return f"other files than an undisturbed run's: {sorted(set(ours) ^ set(theirs))[:3]}"
        for name in sorted(ours):
            if name.endswith(".c3d_infer.jsonl"):
                continue  # when outputs were made
            if ours[name].read_bytes() != theirs[name].read_bytes():
                return f"{name} differs from that of an undisturbed run"
        return ""


def files_of(folder):
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".lock")}


def make_reference(campaign, run):
    """The undisturbed run; how long it takes."""
    run.prepare(run.shared)
    outcome = campaign.tools.run(run.argv(run.shared), run.shared, run.env(run.shared), seconds=120)
    if outcome.code != 0:
        raise SystemExit(f"campaign: the undisturbed run {run.name} fails: {outcome.err.decode(errors='replace')[-500:]}")
    return outcome.seconds
