"""The campaign: kills, full disks and damaged files against the tools, seeded and counted.

    python3 tests/campaign [--build DIR] [--minutes 60 | --quick] [--seed N] [--patience 1] [--parts kills,disks,videos,weights,texts] [--json FILE]
    python3 tests/campaign --repeat build/campaign/failures/videos-001/case.json
    python3 tests/campaign --line benchmarks/results/campaign.json

Each part goes on until its share of the time is used and its least number of cases is done; case i is the same for the same seed. Exit code
1 where anything failed: its input is kept in BUILD/campaign/failures. 77: something that the campaign needs is not there.
"""

import argparse
import collections
import concurrent.futures
import datetime
import json
import os
import pathlib
import shlex
import shutil
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import disks
import kills
import texts
import videos
import weights
from material import Material
from outcome import Part, Progress
from provenance import commit, machine
from tool import Tools

PARTS = {"videos": videos, "texts": texts, "weights": weights, "disks": disks, "kills": kills}
QUICK_MINUTES = 0.75
MOST_FAILURES = 100  # of a part: it stops there
SKIPPED = 77


class Campaign:
    def __init__(self, arguments):
        self.source = HERE.parents[1]
        self.build = pathlib.Path(arguments.build).resolve()
        self.quick, self.seed, self.jobs = arguments.quick, arguments.seed, arguments.jobs
        self.minutes = QUICK_MINUTES if arguments.quick else arguments.minutes
        # A case is repeated in a folder of its own: a campaign may be at work in the other.
        self.folder = self.build / ("campaign_repeat" if arguments.repeat else "campaign")
        self.work, self.failures = self.folder / "work", self.folder / "failures"
        self.progress = Progress()
        self.tools = Tools(self.build / "bin", arguments.patience)
        self.material = Material(self.tools, self.folder / "material")
        self.parts = arguments.parts

    def each(self, part, function, total=None):
        """function(0), function(1) ... on all jobs, as long as the part may last."""
        module = PARTS[part.name]
        shares = sum(PARTS[name].SHARE for name in self.parts)
        share = 60 * self.minutes * module.SHARE / shares
        deadline = time.monotonic() + share
        goal = module.QUICK if self.quick else total or max(1, round(module.LEAST * self.minutes / 60))
        indexes, lock = iter(range(total if total is not None else 1 << 60)), threading.Lock()

        def goes_on():
            if len(part.failures) >= MOST_FAILURES:
                return False
            if self.quick:
                return part.tried < goal and (time.monotonic() < deadline or part.tried < goal / 3)
            return total is not None or part.tried < goal or time.monotonic() < deadline

        def worker():
            while goes_on():
                with lock:
                    index = next(indexes, None)
                if index is None:
                    return
                try:
                    function(index)
                except Exception:
                    part.fail(f"the campaign itself, case {index}: {traceback.format_exc()[-500:]}", {"index": index})
                self.progress.update(part, goal, 0 if self.quick or total else max(0, deadline - time.monotonic()))

        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            for future in [pool.submit(worker) for _ in range(self.jobs)]:
                future.result()

    def run_part(self, name):
        part = Part(name, self)
        PARTS[name].run(self, part)
        part.seconds = time.monotonic() - part.begin
        self.progress.say(f"{name}: {part.tried} tried, {part.ok} ok, {part.refused} refused, {len(part.failures)} failed; {part.seconds:.0f} s")
        return part


def missing(build):
    """What the campaign needs and is not there; empty: nothing."""
    for command in ("ffmpeg", "gcc"):
        if shutil.which(command) is None:
            return f"there is no {command}"
    for tool in ("c3d_train", "c3d_infer", "c3d_weights"):
        if not (build / "bin" / tool).exists():
            return f"{build}/bin has no {tool}"
    return ""


PHRASES = {"kills": "{tried:,} signals, {SIGKILL:,} of them kills", "disks": "{tried:,} changes of files that failed as on a full disk",
           "videos": "{tried:,} damaged videos of {formats} formats", "weights": "{tried:,} weights",
           "texts": "{tried:,} settings, lists, caches, plans and states"}


def readme_sentence(result):
    parts = result["parts"]
    told = [phrase.format_map(collections.defaultdict(int, parts[name])) for name, phrase in PHRASES.items() if name in parts]
    failed = sum(part["failed"] for part in parts.values())
    day = datetime.date.fromisoformat(result["date"])
    return (f"`{result['command']}` ({result['minutes']:.0f} minutes; {day.day} {day:%B %Y}, commit {result['commit']}, "
            f"{result['machine']}): {', '.join(told)}: {failed or 'none'} failed.")


def disks_sentence(result):
    """For docs/broken_files.md; empty: nothing was tried."""
    part = result["parts"].get("disks")
    if part is None:
        return ""
    changes = [f"{name.removeprefix('changes_of_')} {count}" for name, count in part.items() if name.startswith("changes_of_")]
    return (f"Changes in a run: {', '.join(changes)}. Of {part['tried']:,} that failed, {part['ok']:,} did no harm, {part['refused']:,} were "
            f"errors as they should be, {part['failed'] or 'none'} anything else (commit {result['commit']}).")


def parse(argv):
    parser = argparse.ArgumentParser("campaign", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(HERE.parents[1] / "build"))
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--quick", action="store_true", help=f"a little of each part, about {QUICK_MINUTES:.0f} minutes at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--patience", type=float, default=1, metavar="TIMES", help="all limits of time times this: for a busy machine")
    parser.add_argument("--parts", type=lambda text: text.split(","), default=list(PARTS), help=",".join(PARTS))
    parser.add_argument("--json", help="where the counts go; without it BUILD/campaign/result.json")
    parser.add_argument("--repeat", metavar="FILE", help="the case.json of a failure: try it again")
    parser.add_argument("--line", metavar="FILE", help="print the sentences for README.md and docs/broken_files.md from a result")
    arguments = parser.parse_args(argv)
    for name in arguments.parts:
        if name not in PARTS:
            parser.error(f"there is no part {name}; there are {', '.join(PARTS)}")
    return arguments


def repeat(campaign, file):
    case = json.loads(file.read_text())
    kept = campaign.folder / "repeated"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(file.parent, kept)
    campaign.seed = case["seed"]
    campaign.parts = [case["part"]]
    campaign.failures = campaign.folder / "failures-repeated"
    part = Part(case["part"], campaign)
    PARTS[case["part"]].repeat(campaign, part, case, kept)
    print("it fails again" if part.failures else "it does not fail")
    return 1 if part.failures else 0


def main(argv):
    arguments = parse(argv)
    if arguments.line:
        result = json.loads(pathlib.Path(arguments.line).read_text())
        print(readme_sentence(result), disks_sentence(result), sep="\n")
        return 0
    why = missing(pathlib.Path(arguments.build))
    if why:
        print(f"SKIPPED: {why}")
        return SKIPPED
    disk = shutil.disk_usage(arguments.build)
    if disk.free * 10 < disk.total:
        sys.exit(f"the disk of {arguments.build} has less than a tenth left, and caches of frames are not kept then: make room")
    campaign = Campaign(arguments)
    if arguments.repeat:
        file = pathlib.Path(arguments.repeat).resolve()
        shutil.rmtree(campaign.work, ignore_errors=True)
        campaign.work.mkdir(parents=True)
        campaign.material.make()
        return repeat(campaign, file)
    begin, of_commit = time.monotonic(), commit(campaign.source)
    for folder in (campaign.work, campaign.failures):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    campaign.material.make()
    parts = {name: campaign.run_part(name) for name in arguments.parts}
    result = {"command": shlex.join(["python3", "tests/campaign", *argv]), "date": datetime.date.today().isoformat(),
              "seed": campaign.seed, "minutes": round((time.monotonic() - begin) / 60, 1),
              "quick": campaign.quick, "machine": machine(), "commit": of_commit, "sanitizer": campaign.tools.sanitized,
              "parts": {name: part.json() for name, part in parts.items()}}
    out = pathlib.Path(arguments.json or campaign.folder / "result.json")
    out.write_text(json.dumps(result, indent=1) + "\n")
    failed = sum(len(part.failures) for part in parts.values())
    shutil.rmtree(campaign.work, ignore_errors=True)
    print(f"{failed} failed; {out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
