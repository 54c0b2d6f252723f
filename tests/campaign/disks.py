"""A disk that fails at the n-th change of a file, for all n of a small run: one error, old files whole, and the run goes on after it."""

import errno
import pathlib
import random
import re
import shutil
import subprocess

import runs
from tool import complaint

SHARE, LEAST, QUICK = 0.17, 0, 18
OF_REPORT = {"report.html", "predictions.jsonl", "best_predictions.jsonl", "skipped.jsonl", ".thumbnails.jsonl", ".heat.jsonl"}
CAUSES = {errno.ENOSPC: [b"disk is full", b"No space left"], errno.EIO: [b"Input/output error"],
          errno.EDQUOT: [b"quota"]}


class Convert:
    """c3d_weights convert onto a file that is there."""

    def __init__(self, campaign, ending):
        self.campaign, self.name = campaign, f"convert_{ending}"
        self.file = f"out.{ending}"
        self.shared = campaign.work / f"reference-{self.name}"

    def argv(self, folder):
        return ["c3d_weights", "convert", self.campaign.material.weights, folder / "out" / self.file]

    def env(self, folder):
        return {"TMPDIR": str(folder / "tmp")}

    def prepare(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        runs.make_folders(folder)
        if folder != self.shared:
            (folder / "out" / self.file).write_bytes(b"old")

    def caches(self, folder):
        return []

    def killed_complaint(self, folder):
        found = (folder / "out" / self.file).read_bytes()
        return "" if found in (b"old", (self.shared / "out" / self.file).read_bytes()) else "the old file is neither whole nor replaced"

    def difference(self, folder):
        same = (folder / "out" / self.file).read_bytes() == (self.shared / "out" / self.file).read_bytes()
        return (f"parts stay: {runs.strays(folder)[:3]}" if runs.strays(folder) else "") if same else f"{self.file} differs"


def scenarios(campaign):
    few = campaign.work / "few-data"
    for label in ("moving", "still"):
        (few / label).mkdir(parents=True, exist_ok=True)
        for number in range(2):
            shutil.copy(campaign.material.data / label / f"{number}.mp4", few / label)
    outputs = ["--json", "@OUT@/lines.jsonl", "--features", "fc6", "--features-out", "@OUT@/features", "--overlay", "@OUT@/overlay",
               "--timeline", "@OUT@/timeline"]
    return [
        runs.Train(campaign, "disk_train", ["--set", "steps=3", "--set", "snapshot_every=2", "--set", "validate_every=2", "--set", "threads=1"],
                   data=few, fresh_cache=True, fresh_plan=False, report=False),
        runs.Infer(campaign, "disk_infer", ["--clips", "1", *outputs], videos=3),
        runs.Infer(campaign, "disk_caffe", ["--clips", "2", "--features", "fc7", "--features-out", "@OUT@/features", "--feature-format", "caffe"],
                   videos=2),
        Convert(campaign, "safetensors"), Convert(campaign, "pth"), Convert(campaign, "onnx"),
    ]


def build_library(campaign):
    library = campaign.work / "fail_write.so"
    source = pathlib.Path(__file__).parent / "fail_write.c"
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def attempt(campaign, run, folder, library, number, code=errno.ENOSPC, stays=False):
    log = folder / "failed.log"
    log.unlink(missing_ok=True)
    env = dict(run.env(folder), C3D_FAIL_AT=str(number), C3D_FAIL_ERRNO=str(code), C3D_FAIL_ALL=str(int(stays)), C3D_FAIL_LOG=str(log))
    outcome = campaign.tools.run(run.argv(folder), folder, env, preload=str(library))
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    failed = [(call, pathlib.Path(path)) for call, _, path in (line.partition(" ") for line in lines) if call != "calls"]
    calls = [int(line.split()[1]) for line in lines if line.startswith("calls ")]
    return outcome, failed, calls[-1] if calls else 0


def names_of(path):
    """What a person may know a file by: its own name, or that of which it is a part."""
    found = re.match(r"\.?(.*?)(\.[0-9]+)?\.part$", path.name)
    return [path.name, found.group(1)] if found else [path.name]


def in_cache(run, folder, path):
    return any(path.is_relative_to(cache) for cache in run.caches(folder))


def does_no_harm(outcome, call, path):
    """Whether a run may end well though this failed: the picture, or the page, that it says was not made, or its folder, the line that
    says who holds a lock, and a file without a name, for which one with a name serves."""
    is_folder = call == "fsync" and path.is_dir()
    drawn = (is_folder or path.name.endswith((".png", ".png.0.part"))) and b"a picture was not drawn" in outcome.text
    reported = (is_folder or any(name in OF_REPORT for name in names_of(path))) and b"was not written, the run goes on" in outcome.text
    return (drawn or reported or call == "tmpfile"
            or (path.name.endswith(".lock") and call in ("write", "ftruncate")))


def outcome_complaint(run, folder, outcome, failed, code):
    """`failed`: (call, path) of each change that was refused."""
    why = complaint(outcome, (0, 1))
    if why:
        return why
    harm = [path for call, path in failed if not in_cache(run, folder, path) and not does_no_harm(outcome, call, path)]
    if outcome.code == 0:
        return f"exit code 0, though {harm[0].name} could not be written" if harm else ""
    if all(in_cache(run, folder, path) for _, path in failed):
        return f"exit code 1, though only a cache is concerned: {outcome.errors()[:1]}"
    if not any(text in outcome.text for text in CAUSES[code]):
        return f"the error does not say the cause: {outcome.err.splitlines()[-1:]}"
    names = [name for _, path in failed for name in names_of(path)]
    if any(path.is_relative_to(folder / "tmp") for _, path in failed):
        names.append(str(folder / "tmp"))  # a file without a name is known by its folder
    if not any(name.encode() in outcome.text for name in names):
        return f"the error names no file: {outcome.err.splitlines()[-1:]}"
    return ""


def one(campaign, part, library, run, number):
    rng = random.Random(f"{campaign.seed} disks {run.name} {number}")
    code = rng.choice([errno.ENOSPC, errno.ENOSPC, errno.EIO, errno.EDQUOT])
    stays = code != errno.EIO and rng.random() < 0.5
    folder = campaign.work / f"disks-{run.name}-{number}"
    run.prepare(folder)
    outcome, failed, _ = attempt(campaign, run, folder, library, number, code, stays)
    first = f"{failed[0][0]} {failed[0][1].name}" if failed else "none"
    what = f"{run.name}, change {number} ({errno.errorcode[code]}{' from then on' if stays else ''}, {first})"
    case = {"scenario": run.name, "number": number}
    why = outcome_complaint(run, folder, outcome, failed, code) or run.killed_complaint(folder)
    if why:
        return part.fail(f"{what}: {why}", case, outcome=outcome)
    again = campaign.tools.run(run.argv(folder), folder, run.env(folder), seconds=60)
    why = complaint(again, (0,)) or run.difference(folder)
    if why:
        return part.fail(f"{what}, gone on when there was room: {why}", case, outcome=again)
    part.add("ok" if outcome.code == 0 else "refused")
    part.count(run.name)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def run(campaign, part):
    library = build_library(campaign)
    everything = []
    for one_run in scenarios(campaign):
        runs.make_reference(campaign, one_run)
        counting = campaign.work / f"counting-{one_run.name}"
        one_run.prepare(counting)
        outcome, _, calls = attempt(campaign, one_run, counting, library, 0)
        if outcome.code != 0 or calls == 0:
            raise SystemExit(f"campaign: {one_run.name} fails where no write does: {outcome.err.decode(errors='replace')[-300:]}")
        part.counts[f"changes_of_{one_run.name}"] = calls
        # Threads make the count of changes vary a little.
        everything += [(one_run, number) for number in range(1, calls + 3)]
    if campaign.quick:
        # As many of each scenario.
        rng = random.Random(f"{campaign.seed} disks")
        rng.shuffle(everything)
        seen = {}
        for one_run, number in everything:
            seen.setdefault(one_run.name, []).append((one_run, number))
        everything = [cases[i] for i in range(max(map(len, seen.values()))) for cases in seen.values() if i < len(cases)]
    campaign.each(part, lambda index: one(campaign, part, library, *everything[index]), total=len(everything))


def repeat(campaign, part, case, kept):
    library = build_library(campaign)
    chosen = next(one_run for one_run in scenarios(campaign) if one_run.name == case["scenario"])
    runs.make_reference(campaign, chosen)
    one(campaign, part, library, chosen, case["number"])
