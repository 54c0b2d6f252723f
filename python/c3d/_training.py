"""Training, judging, checking, and converting weights."""
from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from . import _c3d
from ._errors import ArgumentError, Path, checked_path, reading
from ._log import log, progress_bar
from ._model import clip_options, network_options

Metrics = dict[str, Any]


def setting_values(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """As the library takes them. Lists become words with commas between them."""
    values = []
    for name, value in settings.items():
        if value is None:
            continue
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, bool):
            text = "true" if value else "false"
        elif isinstance(value, (list, tuple)):
            text = ",".join(str(one.item() if isinstance(one, np.generic) else one) for one in value)
        elif isinstance(value, (str, os.PathLike)):
            text = os.fspath(value)
        elif isinstance(value, (int, float)):
            text = repr(value)
        else:
            raise ArgumentError(f"the setting {name} is text, a number, True, False or a list of these, not {type(value).__name__}")
        values.append((name, text))
    return values


def named_files(settings: Mapping[str, Any]) -> list[Path]:
    """Files that settings name; the word of weights that come with the package is none."""
    files = [settings.get(name) for name in ("val", "init", "mean_file", "classes", "root")]
    return [file for file in files if isinstance(file, (str, os.PathLike)) and file not in ("", "motion")]


@dataclass(frozen=True)
class Setting:
    """A setting of `train`."""

    name: str
    unit: str
    default: str
    help: str
    choices: tuple[str, ...]  #: empty: any value of its kind
    may_change: bool  #: when a run is resumed


@dataclass(frozen=True)
class TrainingResult:
    """What a run came to."""

    finished: bool  #: False: it was asked to stop; `train(resume=True)` goes on
    step: int
    total_steps: int
    best_step: int  #: -1: nothing was evaluated
    best_top1: float  #: share of the validation videos after best_step, of label sets their mean average precision
    best: str | None  #: weights, for `c3d.load`; None: there are none
    last: str | None
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Numbers as a dictionary, and the same as text for people. docs/evaluate.md and docs/check.md list them."""

    numbers: dict[str, Any]
    text: str

    def __getitem__(self, key: str) -> Any:
        return self.numbers[key]

    def __str__(self) -> str:
        return self.text


def training_settings() -> list[Setting]:
    """All settings that `train` takes, with unit, default and meaning."""
    return [Setting(name, unit, default, text, tuple(choices), may_change)
            for name, unit, default, text, choices, may_change in _c3d.training_settings()]


def train(data: Path | None = None, out: Path = "run", recipe: str | None = None, *, resume: bool = False,
          config: Path | None = None, on_metrics: Callable[[Metrics], None] | None = None, progress: bool = False,
          **settings: Any) -> TrainingResult:
    """Train a C3D on a folder of videos, into a run's folder.

    data: a folder with a folder for each class, or a list of `path label` lines. out: the run's folder. recipe: auto,
    scratch, small, finetune, paper or none; what settings say wins. settings: as of c3d_train, `epochs=5`,
    `learning_rate=0.01`, `device="cpu"` ...; `training_settings` lists them. config: a JSON file of settings. resume: go
    on with the run in out. on_metrics: called after each reported step and evaluation with a dictionary: kind ("step" or
    "evaluation"), step, loss, accuracy, clips_per_second, seconds_left, top1, confusion ... What it raises ends the run.
    progress: shows a bar where tqdm is installed.

    Ctrl-C ends the run after its step, saves it, and raises KeyboardInterrupt; `resume` goes on. What is said meanwhile
    goes to the log "c3d".
    """
    if on_metrics is not None and not callable(on_metrics):
        raise ArgumentError(f"on_metrics is a function that takes a dictionary, not {type(on_metrics).__name__}")
    values = setting_values({"data": data, "recipe": recipe, **settings})
    with reading(data, config, *named_files(settings)), progress_bar(0, "steps", progress) as advance:

        def take(metrics: Metrics) -> None:
            if metrics["kind"] == "step":
                advance(metrics["step"], metrics["total_steps"])
            if on_metrics is not None:
                on_metrics(metrics)

        run = _c3d.train(out=checked_path(out), settings=values, config=checked_path(config), resume=resume,
                         on_metrics=take, on_note=lambda line: log.info("%s", line), on_reading=None)
    best, last = str(run["best"]), str(run["last"])
    return TrainingResult(run["finished"], run["step"], run["total_steps"], run["best_step"], run["best_top1"],
                          None if best in ("", ".") else best, None if last in ("", ".") else last, tuple(run["labels"]))


def evaluate(data: Path, weights: Path, *, profile: str | None = None, device: str = "auto", precision: str = "f32",
             batch: int = 10, clips: int = 10, step: int = 0, fps: float | str | None = None, crops: int = 1,
             root: Path | None = None, classes: Path | None = None, predictions: Path | None = None,
             confusion: Path | None = None, confusion_picture: Path | None = None,
             reliability_picture: Path | None = None, page: Path | None = None, progress: bool = False,
             **network: Any) -> Report:
    """Judge weights by videos whose labels are known: accuracy, F1, average precision, confusion, calibration.

    data: a list of `path label` lines, or a folder with a folder for each class. root: of relative paths. classes: a
    classInd.txt. predictions (JSON lines), confusion (CSV), confusion_picture, reliability_picture (PNG), page (HTML):
    files to write. The others: as of `load` and `Model.predict`. A video that fails is named, and the others are judged.
    """
    options = network_options(profile, device, precision, batch=batch, **network)
    outputs = [checked_path(file) for file in (predictions, confusion, confusion_picture, reliability_picture, page)]
    with reading(data, weights, root, classes), progress_bar(0, "videos", progress) as advance:
        numbers, text = _c3d.evaluate(data=checked_path(data), weights=checked_path(weights), network=options,
                                      clips=clip_options(clips, step, 0, fps, crops), root=checked_path(root),
                                      classes=checked_path(classes), files=outputs, on_progress=advance)
    return Report(cast("dict[str, Any]", json.loads(numbers)), text)


def check(data: Path, *, weights: Path | None = None, profile: str | None = None, device: str = "auto",
          precision: str = "f32", batch: int = 10, folds: int = 0, config: Path | None = None, page: Path | None = None,
          progress: bool = False, **settings: Any) -> Report:
    """Look at a collection of videos before training on it: what does not decode, is odd or cut off, stands there twice or
    on both sides of the split, and with weights what may bear a wrong label.

    data and settings: as of `train`. page: an HTML page to write. The result's numbers have "findings", "classes",
    "videos" and "stops": why training would stop. Nothing but the cache of frames and the page is written.
    """
    options = network_options(profile, device, precision, batch=batch)
    values = setting_values({"data": data, **settings})
    with reading(data, weights, config, *named_files(settings)), progress_bar(0, "videos", progress) as advance:
        numbers, text = _c3d.check(settings=values, config=checked_path(config), folds=folds, weights=checked_path(weights),
                                   network=options, page=checked_path(page), on_progress=advance)
    return Report(cast("dict[str, Any]", json.loads(numbers)), text)


def convert(source: Path, out: Path, *, profile: str | None = None, names: str = "auto", type: str = "f32",
            classes: int = 0, seed: int = 0) -> None:
    """Check weights of any format against C3D, and write them as .safetensors, .pth, .pt or .onnx.

    profile: how frames are prepared for them, kept in out. names: whose names the tensors have. type: f32, or bf16 in
    half the bytes (.safetensors). classes: give the last layer fresh values for so many classes, drawn from seed.
    Raises ArgumentError, MissingFileError, or Error: a tensor is missing, extra, of another shape or no number.
    """
    with reading(source):
        _c3d.convert(checked_path(source), checked_path(out), profile or "", names, type, classes, seed)


def export_hub(source: Path, folder: Path, *, profile: str | None = None, names: str = "auto", type: str = "f32") -> None:
    """Write a folder as the Hugging Face Hub keeps models: model.safetensors, config.json, README.md (a model card).

    `load(folder)` takes it. The arguments and errors are those of `convert`.
    """
    with reading(source):
        _c3d.export_hub(checked_path(source), checked_path(folder), profile or "", names, type)


@dataclass(frozen=True)
class Tensor:
    """A tensor of a weights file."""

    name: str  #: in the file
    our_name: str  #: "conv1.weight"; empty: C3D has no such tensor
    shape: tuple[int, ...]  #: as PyTorch has it
    type: str
    least: float
    most: float
    mean: float
    not_finite: int


def inspect(weights: Path) -> tuple[list[Tensor], dict[str, str]]:
    """What is in a weights file: its tensors and its metadata."""
    with reading(weights):
        tensors, metadata = _c3d.inspect(checked_path(weights))
    return [Tensor(name, ours, tuple(shape), kind, least, most, mean, bad)
            for name, ours, shape, kind, least, most, mean, bad in tensors], metadata
