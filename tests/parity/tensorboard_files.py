"""Runs of c3d_train as TensorBoard's own code reads their event files, and the table of metrics as Python's csv does.

Every number must be that of metrics.jsonl (as float32, which event files hold), each step once, also after a kill and a cut file.
"""

import csv
import json
import signal
import subprocess
import time

import cv2
import numpy as np
from tensorboard import context
from tensorboard.backend.event_processing import data_provider, event_accumulator, plugin_event_multiplexer
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

from checks import BIN, Checks, tool

STEPS = 12
SETTINGS = dict(recipe="none", width=0.125, crop=32, resize_width=43, resize_height=32, batch=4, steps=STEPS, validate_every=4,
                snapshot_every=2, validation_clips=2, warmup_steps=2, loader_threads=1, threads=1, device="cpu")
EVERYTHING = {"scalars": 0, "images": 0, "tensors": 0}


def arguments(videos, out, *more, **changes):
    settings = {**SETTINGS, "cache_folder": out.parent / "cache", **changes}
    return ["--data", videos, "--out", out, *more, *(part for key, value in settings.items() for part in ("--set", f"{key}={value}"))]


def metrics_of(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def shown(folder):
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance=EVERYTHING)
    return accumulator.Reload()


def equal(number, scalar):
    """Of metrics.jsonl and TensorBoard; null is a number that is not finite."""
    return not np.isfinite(scalar) if number is None else np.float32(number) == np.float32(scalar)


def expected_scalars(run):
    """{tag: {step: number}} of metrics.jsonl."""
    labels, scalars = (run / "labels.txt").read_text().splitlines(), {}
    for line in metrics_of(run):
        group = "train" if line["event"] == "step" else line["split"]
        for key, value in line.items():
            if key not in ("event", "split", "step") and not isinstance(value, list):
                scalars.setdefault(f"{group}/{key}", {})[line["step"]] = value
        for label, (videos, right) in zip(labels, line.get("classes_videos_correct", [])):
            if videos:
                scalars.setdefault(f"{group}_class_accuracy/{label}", {})[line["step"]] = right / videos
    return scalars


def check_scalars(checks, what, run, folder):
    accumulator, expected = shown(folder), expected_scalars(run)
    checks.check(f"{what}: TensorBoard shows the numbers of metrics.jsonl", sorted(accumulator.Tags()["scalars"]) == sorted(expected),
                 f"{len(expected)} tags")
    for tag, numbers in expected.items():
        events = accumulator.Scalars(tag) if tag in accumulator.Tags()["scalars"] else []
        good = [event.step for event in events] == list(numbers) and all(equal(numbers[e.step], e.value) for e in events)
        if not good:
            checks.check(f"{what}: {tag}", False, f"{[(e.step, e.value) for e in events]}, not {numbers}")
    checks.check(f"{what}: each step stands there once, with its value", True, f"{sum(map(len, expected.values()))} numbers")
    return accumulator


def check_times(checks, accumulator, begin, end):
    times = [event.wall_time for event in accumulator.Scalars("train/loss")]
    checks.check("the times of the steps are those of the clock", begin <= times[0] and times[-1] <= end and times == sorted(times))


def check_pictures(checks, run, accumulator):
    evaluated = [line["step"] for line in metrics_of(run) if line["event"] == "evaluation"]
    for tag, steps in (("train/clips", [0]), ("validation/confusion_matrix", evaluated)):
        pictures = accumulator.Images(tag)
        shapes = [cv2.imdecode(np.frombuffer(p.encoded_image_string, np.uint8), cv2.IMREAD_COLOR).shape for p in pictures]
        good = [p.step for p in pictures] == steps and shapes == [(p.height, p.width, 3) for p in pictures]
        checks.check(f"the pictures {tag} decode", good, f"{shapes} after steps {[p.step for p in pictures]}")
    last = accumulator.Images("validation/confusion_matrix")[-1].encoded_image_string
    checks.check("the last confusion matrix is confusion.png", last == (run / "confusion.png").read_bytes())


def check_text(checks, run, accumulator):
    text = accumulator.Tensors("settings")[0].tensor_proto.string_val[0].decode()
    lines = text.splitlines()
    checks.check("the text is config.json, as code", all(line.startswith("    ") for line in lines) and
                 json.loads(text) == json.loads((run / "config.json").read_text()))


def session_groups(logdir):
    """What the tab HPARAMS lists, by the runs' names."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(size_guidance={"scalars": 0, "tensors": 0, "images": 0})
    multiplexer.AddRunsFromDirectory(str(logdir)).Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, str(logdir))
    backend, request = backend_context.Context(base_plugin.TBContext(data_provider=provider)), context.RequestContext()
    experiment = backend.experiment_from_metadata(request, "", True, backend.hparams_metadata(request, ""), None)
    wanted = api_pb2.ListSessionGroupsRequest(slice_size=100, allowed_statuses=api_pb2.Status.values())
    listed = list_session_groups.Handler(request, backend, "", wanted).run()
    return experiment, {session.name: (group, session) for group in listed.session_groups for session in group.sessions}


def check_hparams(checks, run, logdir, name):
    experiment, groups = session_groups(logdir)
    checks.check("HPARAMS lists the run", name in groups, ", ".join(groups))
    group, session = groups[name]
    config = json.loads((run / "config.json").read_text())
    listed = {info.name for info in experiment.hparam_infos}
    checks.check("its columns are all settings", listed == set(config), f"{len(listed)}")
    values = {key: getattr(value, value.WhichOneof("kind")) for key, value in group.hparams.items()}
    checks.check("with their values", values == config)
    final = {tag: list(numbers.values())[-1] for tag, numbers in expected_scalars(run).items()}
    metrics = {value.name.tag: value.value for value in group.metric_values}
    checks.check("and the final metrics", len(metrics) >= 6 and all(equal(final[tag], value) for tag, value in metrics.items()),
                 ", ".join(f"{tag} {value:.4g}" for tag, value in metrics.items()))
    checks.check("of a run that ended well", session.status == api_pb2.Status.Value("STATUS_SUCCESS"))


def check_table(checks, run, file):
    tool("c3d_train", "--out", run, "--metrics-csv", file)
    with open(file, newline="") as opened:
        rows = list(csv.DictReader(opened, strict=True))
    checks.check("the table has a row for each step", [int(row["step"]) for row in rows] ==
                 [line["step"] for line in metrics_of(run) if line["event"] == "step"])
    by_step, numbers = {int(row["step"]): row for row in rows}, 0
    for line in metrics_of(run):
        prefix = "validation_" if line["event"] == "evaluation" else ""
        for key, value in line.items():
            if key in ("event", "split", "step"):
                continue
            text = by_step[line["step"]][prefix + key]
            numbers += 1
            if (json.loads(text) if text else None) != value:
                checks.check(f"{prefix}{key} of step {line['step']}", False, f"{text}, not {value}")
    checks.check("with all values of metrics.jsonl, to the last digit", True, f"{numbers} values")


def kill_at(command, run, lines):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        if (run / "metrics.jsonl").exists() and len((run / "metrics.jsonl").read_text().splitlines()) >= lines:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.005)
    return process.wait()


def check_killed_run(checks, videos):
    run = checks.folder / "killed"
    command = [str(BIN / "c3d_train"), *map(str, arguments(videos, run, "--tensorboard"))]
    ended = kill_at(command, run, 6)
    checks.check("a run was killed on its way", ended == -signal.SIGKILL, f"exit {ended}")
    tool("c3d_train", "--out", run, "--resume")
    accumulator = check_scalars(checks, "killed and resumed", run, run / "tensorboard")
    checks.check("the settings are told once", len(accumulator.Tensors("settings")) == 1)
    checks.check("there is a file for each part", len(list((run / "tensorboard").iterdir())) == 2)


def check_cut_run(checks, videos):
    """As after a power failure: the run's state is on the disk, the last events are not."""
    run = checks.folder / "cut"
    command = [str(BIN / "c3d_train"), *map(str, arguments(videos, run, "--tensorboard", checks.folder / "logs/cut"))]
    kill_at(command, run, 9)
    first = sorted((checks.folder / "logs/cut").iterdir())[0]
    first.write_bytes(first.read_bytes()[:-777])
    checks.check("TensorBoard reads a file up to the place where it is cut",
                 0 < len(shown(first.parent).Scalars("train/loss")) < STEPS)
    tool("c3d_train", "--out", run, "--resume")
    check_scalars(checks, "cut and resumed", run, first.parent)


def check_folds(checks, videos):
    out = checks.folder / "folds"
    tool("c3d_train", *arguments(videos, out, "--tensorboard", "--folds", 2, steps=3, validate_every=0, snapshot_every=0))
    multiplexer = plugin_event_multiplexer.EventMultiplexer().AddRunsFromDirectory(str(out))
    checks.check("each fold is a run of its own", sorted(multiplexer.Runs()) == ["fold-1/tensorboard", "fold-2/tensorboard"],
                 ", ".join(sorted(multiplexer.Runs())))
    for fold in ("fold-1", "fold-2"):
        check_scalars(checks, fold, out / fold, out / fold / "tensorboard")


def main():
    with Checks() as checks:
        videos = checks.folder / "videos"
        tool("c3d_synth", videos, "--per-class", 4, "--seed", 1, "--frames", 20, "--width", 64, "--height", 48)
        run, begin = checks.folder / "runs/first", time.time()
        tool("c3d_train", *arguments(videos, run, "--tensorboard"))
        accumulator = check_scalars(checks, "a whole run", run, run / "tensorboard")
        check_times(checks, accumulator, begin, time.time())
        check_pictures(checks, run, accumulator)
        check_text(checks, run, accumulator)
        check_hparams(checks, run, checks.folder / "runs", "first/tensorboard")
        check_table(checks, run, checks.folder / "table.csv")
        check_killed_run(checks, videos)
        check_cut_run(checks, videos)
        check_folds(checks, videos)


main()
