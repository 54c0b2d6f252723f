"""What a model says of a video. Plain values: they can be pickled and kept without the model."""
from __future__ import annotations

import base64
import html
import os
import tempfile
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _c3d
from ._errors import Error

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Label:
    """A class of the network's and how probable it is, 0 to 1."""

    name: str
    probability: float

    def __str__(self) -> str:
        return f"{self.name} {100 * self.probability:.1f} %"


@dataclass(frozen=True, eq=False)
class Clip:
    """One clip of a video, and what it shows by itself."""

    first_frame: int  #: from 0
    start: float  #: seconds from the start of the video
    end: float
    label: Label  #: the likeliest
    shown: tuple[Label, ...]  #: of label sets those above their thresholds, else `label` alone
    probabilities: Float32  #: float32 [classes]


@dataclass(frozen=True, eq=False)
class Result:
    """What a model says of a video.

    A video that failed (among those of `predict_many`) has its reason in `error`, and nothing else.
    """

    file: str
    error: str = ""  #: not empty: it failed, and this is why
    labels: tuple[Label, ...] = ()  #: the likeliest first
    shown: int = 0  #: so many of `labels` are there; 1 of a network that tells one label
    probabilities: Float64 = field(default_factory=lambda: np.zeros(0))  #: float64 [classes], the means over the clips
    clips: tuple[Clip, ...] = ()  #: in their order
    frames: int = 0
    frame_rate: float = 0.0  #: frames a second; 0: the file does not say
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    classes: tuple[str, ...] = field(default=(), repr=False)  #: of the model
    thresholds: tuple[float, ...] = field(default=(), repr=False)  #: of label sets

    @property
    def ok(self) -> bool:
        """Whether it did not fail."""
        return not self.error

    @property
    def label(self) -> str:
        """The name of the likeliest label; Error: the video failed."""
        if not self.labels:
            raise Error(self.error or f"{self.file}: no label of it was asked for")
        return self.labels[0].name

    def __repr__(self) -> str:
        name = os.path.basename(self.file)
        if self.error:
            return f"<c3d.Result {name}: failed: {self.error}>"
        labels = ", ".join(map(str, self.labels))
        return f"<c3d.Result {name}: {labels} ({len(self.clips)} clips, {self.frames} frames, {self.seconds:.1f} s)>"

    def timeline(self) -> bytes:
        """Probability of the strongest labels over time, as the bytes of a PNG. Error: the library was built without Cairo."""
        scores = np.array([clip.probabilities for clip in self.clips], np.float32).reshape(len(self.clips), len(self.classes))
        with tempfile.TemporaryDirectory() as folder:
            png = os.path.join(folder, "timeline.png")
            times = [(clip.start, clip.end) for clip in self.clips]
            _c3d.draw_timeline(os.path.basename(self.file), times, scores, list(self.classes), list(self.thresholds), png)
            with open(png, "rb") as picture:
                return picture.read()

    def _repr_html_(self) -> str:
        name = html.escape(os.path.basename(self.file))
        if self.error:
            return f"<p><b>{name}</b> failed: {html.escape(self.error)}</p>"
        rows = "".join(f"<tr><td>{html.escape(label.name)}</td><td>{100 * label.probability:.1f} %</td></tr>"
                       for label in self.labels)
        try:
            picture = base64.b64encode(self.timeline()).decode("ascii")
            timeline = f'<img style="max-width:100%" alt="probabilities over time of {name}" src="data:image/png;base64,{picture}">'
        except Error:
            timeline = ""
        return (f"<p><b>{name}</b>, {self.frames} frames, {self.seconds:.1f} s</p>"
                f"<table><tr><th>label</th><th>probability</th></tr>{rows}</table>{timeline}")


@dataclass(frozen=True)
class Window:
    """A window of frames of a live source, and what it shows."""

    time: float  #: when its last frame came, seconds since 1970
    seconds: float  #: of its last frame, from the first one that ever came
    first_frame: int
    labels: tuple[Label, ...]  #: the likeliest first
    shown: int  #: so many of them are there
    delay: float  #: seconds from its last frame's coming to its labels
    dropped_windows: int  #: since the window before
    dropped_frames: int


@dataclass(frozen=True)
class Alert:
    """A label that stayed above its threshold."""

    time: float  #: of its window, seconds since 1970
    seconds: float
    label: str
    probability: float
    held: float  #: seconds that it has been above the threshold


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where and when a model looks, by Grad-CAM."""

    file: str
    label: str  #: that is explained
    probability: float
    layer: str
    maps: Float32  #: float32 [windows, T, H, W], of several crops [windows, crops, T, H, W]; 0 or more
    clips: tuple[tuple[int, float, float, float], ...]  #: first frame, start, end, the label's probability of each window
    frames: int
    frame_rate: float
    warnings: tuple[str, ...]


def _labels(pairs: list[tuple[str, float]]) -> tuple[Label, ...]:
    return tuple(Label(name, probability) for name, probability in pairs)


def result_of(found: dict[str, Any], classes: tuple[str, ...], thresholds: tuple[float, ...]) -> Result:
    if found["error"]:
        return Result(str(found["file"]), error=found["error"])
    scores = found["window_probabilities"]
    clips = tuple(Clip(first, start, end, Label(name, probability), _labels(shown), scores[i])
                  for i, (first, start, end, name, probability, shown) in enumerate(found["windows"]))
    return Result(file=str(found["file"]), labels=_labels(found["labels"]), shown=found["shown"],
                  probabilities=found["probabilities"], clips=clips, frames=found["frames"],
                  frame_rate=found["frame_rate"], seconds=found["seconds"], warnings=tuple(found["warnings"]),
                  classes=classes, thresholds=thresholds)


def window_of(found: dict[str, Any]) -> Window:
    return Window(**{**found, "labels": _labels(found["labels"])})
