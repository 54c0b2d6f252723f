"""Signals at seeded moments. A run that was killed again and again ends with the bytes of an undisturbed one."""

import collections
import pathlib
import random
import shutil
import signal
import subprocess
import threading
import time

import runs
from material import H264, ffmpeg
from tool import Outcome, complaint

SHARE, LEAST, QUICK = 0.33, 400, 9
KILLS_A_SERIES, QUICK_KILLS_A_SERIES = 6, 3
OTHERS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
SECONDS_TO_ANSWER = 1.0  # of a process that is under way
SECONDS_TO_END = 20.0
SECONDS_TO_LEAVE = 0.25  # of a process whose work was done just before the signal
ANSWER = b"stopping"


def scenarios(campaign):
    def train(name, *settings, **options):
        given = []
        for setting in settings:
            given += ["--set", setting]
        return runs.Train(campaign, name, given, **options)

    bf16 = has_bf16()
    outputs = ["--json", "@OUT@/lines.jsonl", "--features", "fc6", "--features-out", "@OUT@/features", "--overlay", "@OUT@/overlay"]
    all_of_them = [
        train("train_f32", "snapshot_every=3"),
        runs.Infer(campaign, "infer_outputs", ["--clips", "1", *outputs]),
        bf16 and train("train_bf16_snapshots", "precision=bf16", "snapshot_every=1"),
        train("train_indexing", "steps=2", data=long_data(campaign), fresh_cache=True),
        train("train_f32_measured", "plan=measured", "snapshot_every=2"),
        runs.Infer(campaign, "infer_windows", ["--window", "16", "--step", "4", "--json", "@OUT@/lines.jsonl", "--timeline", "@OUT@/timeline"]),
        train("train_evaluation", "snapshot_every=1", "validate_every=1", "validation_clips=6"),
        bf16 and train("train_bf16_measured", "precision=bf16", "plan=measured", "snapshot_every=2"),
        train("train_measuring", "plan=measured", "steps=4", fresh_plan=True),
        runs.Infer(campaign, "infer_caffe", ["--window", "16", "--step", "8", "--features", "fc7", "--features-out", "@OUT@/features",
                                             "--feature-format", "caffe"]),
    ]
    return [run for run in all_of_them if run]


def has_bf16():
    """Whether the processor multiplies bf16, which c3d_train refuses to imitate."""
    there = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text().split()
    if not there:
        print("kills: none of trainings in bf16, which this processor has no instructions for", flush=True)
    return there


def long_data(campaign):
    """Videos whose decoding takes a while."""
    data = campaign.work / "long-data"
    if data.exists():
        return data
    for label in ("moving", "still"):
        (data / label).mkdir(parents=True)
    first = data / "moving/0.mp4"
    ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25", "-frames:v", 150, *H264, first])
    for number in range(1, 12):
        shutil.copy(first, data / ("moving", "still")[number % 2] / f"{number}.mp4")
    return data


def wait_for_moment(rng, run, folder, process, seconds):
    """Until a moment drawn from all of the run, from its start, or from when it writes a file."""
    kind = rng.random()
    begin = time.monotonic()
    if kind < 0.45:
        end = rng.uniform(0, seconds)
    elif kind < 0.65:
        end = rng.uniform(0, seconds * 0.3)
    else:  # while a part is being written
        known = set(runs.strays(folder))
        skip = rng.randrange(4)
        while process.poll() is None and time.monotonic() - begin < seconds * 2:
            new = set(runs.strays(folder)) - known
            if new and skip == 0:
                break
            if new:
                skip -= 1
                known |= new
            time.sleep(0.0005)
        end = time.monotonic() - begin + rng.uniform(0, 0.004)
    while process.poll() is None and time.monotonic() - begin < end:
        time.sleep(min(0.002, end))


def seconds_to_answer(process, err, most):
    """How long until the process says that it stops, or ends; `most`: it did neither."""
    begin = time.monotonic()
    while process.poll() is None and ANSWER not in err.read_bytes() and time.monotonic() - begin < most:
        time.sleep(0.002)
    return time.monotonic() - begin


def disturb(campaign, rng, run, folder, seconds):
    """One process, one signal. (Outcome, the signal, whether it was under way by then, seconds until it answered)"""
    sent = signal.SIGKILL if rng.random() < 0.8 else rng.choice(OTHERS)
    begin, moment = time.monotonic(), time.time()
    with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
        process = campaign.tools.start(run.argv(folder), folder, run.env(folder), stdout=out, stderr=err)
        wait_for_moment(rng, run, folder, process, seconds)
        going = run.going_since(folder, moment)
        process.send_signal(sent)
        answered = seconds_to_answer(process, folder / "stderr", SECONDS_TO_END * campaign.tools.patience)
        timed_out = False
        try:
            process.wait(SECONDS_TO_END * campaign.tools.patience)
        except subprocess.TimeoutExpired:
            timed_out = True
            process.kill()
            process.wait()
    outcome = Outcome(run.argv(folder), process.returncode, timed_out, (folder / "stdout").read_bytes(), (folder / "stderr").read_bytes(),
                      time.monotonic() - begin)
    return outcome, sent, going, answered


def ended_complaint(run, folder, outcome, sent, going, answered, patience):
    """What is wrong with how a process took a signal. `going`: it was under way, so that it had to answer."""
    code = outcome.code
    if code == -sent:
        unheard = going and sent != signal.SIGKILL and run.DONE not in outcome.err + outcome.out
        return f"{sent.name} ended what was under way, unanswered" if unheard else ""
    if code == 0:
        unheard = going and ANSWER not in outcome.err and answered > SECONDS_TO_LEAVE * patience
        return f"{sent.name} was not heard: it went on for {answered:.1f} s to its end" if unheard else ""
    why = complaint(outcome, (128 + sent,))
    if why or not going:
        return why
    if answered > SECONDS_TO_ANSWER * patience:
        return f"{sent.name} was answered after {answered:.1f} s"
    return f"{sent.name}: {run.unsaved(folder, outcome)}" if run.unsaved(folder, outcome) else ""


def series(campaign, part, index, all_runs, times, times_lock):
    run = all_runs[index % len(all_runs)]
    with times_lock[run.name]:
        if run.name not in times:
            times[run.name] = runs.make_reference(campaign, run)
    rng = random.Random(f"{campaign.seed} kills {index}")
    folder = campaign.work / f"kills-{index}"
    run.prepare(folder)
    case = {"series": index, "scenario": run.name}
    for kill in range(QUICK_KILLS_A_SERIES if campaign.quick else KILLS_A_SERIES):
        outcome, sent, going, answered = disturb(campaign, rng, run, folder, times[run.name])
        why = (ended_complaint(run, folder, outcome, sent, going, answered, campaign.tools.patience)
               or run.killed_complaint(folder))
        if why:
            return part.fail(f"{run.name}, signal {kill + 1} ({sent.name}): {why}", case, outcome=outcome)
        if outcome.code == 0:
            part.count("ended_before_the_signal")
            break
        part.count(sent.name)
        if going and sent != signal.SIGKILL:
            part.count(f"answered_by_{run.tool}")
        part.add("ok")
    # It goes on to its end, and once more where nothing is left to do.
    outcome = campaign.tools.run(run.argv(folder), folder, run.env(folder), seconds=60)
    why = complaint(outcome, (0,)) or run.killed_complaint(folder) or run.difference(folder)
    if why:
        return part.fail(f"{run.name}, resumed: {why}", case, outcome=outcome, tried=0)
    part.count("runs_equal_to_undisturbed")
    part.count(run.name)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def prepare(campaign):
    return scenarios(campaign), {}, collections.defaultdict(threading.Lock)


def run(campaign, part):
    state = prepare(campaign)
    campaign.each(part, lambda index: series(campaign, part, index, *state))


def repeat(campaign, part, case, kept):
    """The same signals after the same delays; moments differ as machines do, so it is tried some times."""
    state = prepare(campaign)
    for _ in range(5):
        series(campaign, part, case["series"], *state)
