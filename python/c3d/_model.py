"""A network on its device."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from . import _c3d
from ._errors import ArgumentError, Error, Path, checked_path, reading
from ._log import log, progress_bar
from ._results import Alert, Explanation, Float32, Result, Window, result_of, window_of


def _number(name: str, value: object) -> int:
    """Error: what is no whole number of 32 bits."""
    try:
        number = int(cast(Any, value).__index__())
    except AttributeError:
        raise ArgumentError(f"{name} is a whole number, not {value!r}") from None
    if not -2**31 <= number < 2**31:
        raise ArgumentError(f"{name} is {number}: that is out of all range")
    return number


def rate_text(fps: float | str | None) -> str:
    """As the library takes it: a number, a fraction `30000/1001`, `file`, or nothing."""
    if fps is None:
        return ""
    return fps if isinstance(fps, str) else f"{float(fps):.9g}"


def clip_options(clips: int = 10, step: int = 0, frame_stride: int = 0, fps: float | str | None = None, crops: int = 1,
                 constant_rate: bool = False, read_timeout: float = 30) -> _c3d.ClipOptions:
    return _c3d.ClipOptions(clips=_number("clips", clips), step=_number("step", step),
                            frame_stride=_number("frame_stride", frame_stride), fps=rate_text(fps),
                            crops=_number("crops", crops), constant_rate=constant_rate, read_timeout=read_timeout)


def network_options(profile: str | None = None, device: str = "auto", precision: str = "f32", *, batch: int = 10,
                    mean: Path | None = None, names: str = "auto", pool5: str | None = None, threads: int = 0,
                    plan: str = "", isa: str = "", direct_convolution: bool = False) -> _c3d.NetworkOptions:
    if _number("batch", batch) < 1:
        raise ArgumentError(f"a batch of {batch} clips: it is 1 to 4096")
    return _c3d.NetworkOptions(device=device, precision=precision, profile=profile or "", mean=checked_path(mean),
                               names=names, pool5=pool5 or "", batch=batch, threads=_number("threads", threads), plan=plan,
                               isa=isa, direct_convolution=direct_convolution)


def weights_path(weights: Path) -> str:
    """The file, or that of the weights which are installed with the package."""
    path = checked_path(weights)
    return str(_c3d.starting_weights(path)) if path == "motion" and not os.path.exists(path) else path


class Model:
    """A trained C3D on its device; `c3d.load` makes it.

    Several threads may use a model: they wait for each other. A callback of the model's cannot ask it for more, and
    a process that was forked after `load` cannot use it; both are an Error.
    """

    def __init__(self, weights: Path, options: _c3d.NetworkOptions) -> None:
        self._file = weights_path(weights)
        with reading(self._file):
            self._model = _c3d.Model.load(self._file, options)
        self._labels = tuple(self._model.labels())
        self._thresholds = tuple(self._model.thresholds())

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of all probabilities."""
        return self._labels

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Of label sets: above which each label is there. Empty: the network tells one label of several."""
        return self._thresholds

    @property
    def has_label_sets(self) -> bool:
        """Whether a video shows any number of the labels, each with a probability of its own."""
        return bool(self._model.has_label_sets())

    @property
    def input_shape(self) -> tuple[int, int, int, int]:
        """Frames, height, width and colours of a clip as the network reads it: (16, 112, 112, 3)."""
        frames, height, width = self._model.input_size()
        return frames, height, width, 3

    @property
    def frame_size(self) -> tuple[int, int]:
        """Height and width that frames are resized to before they are cropped: (128, 171)."""
        _, height, width, _ = self._model.clip_shape()
        return height, width

    @property
    def description(self) -> str:
        """The device, and how frames become scores, in lines for people."""
        return self._model.description()

    def __repr__(self) -> str:
        return f"<c3d.Model {os.path.basename(self._file)}: {len(self._labels)} labels>\n{self.description}"

    def _windows(self, window: int | None, step: int | None) -> int:
        """The step of a sliding window, 0 where there is none."""
        frames = self.input_shape[0]
        if window is not None and _number("window", window) != frames:
            raise ArgumentError(f"window={window}: these weights see clips of {frames} frames, so it can only be {frames}")
        if step is not None and _number("step", step) < 1:
            raise ArgumentError(f"step={step}: a window goes forward by 1 frame at least")
        if step is None:
            return 0 if window is None else max(1, frames // 2)
        return step

    def predict(self, path: Path, *, clips: int = 10, window: int | None = None, step: int | None = None, top: int = 5,
                fps: float | str | None = None, frame_stride: int = 0, crops: int = 1, constant_rate: bool = False,
                read_timeout: float = 30) -> Result:
        """Label one video.

        path: a video file, or a folder of numbered pictures. clips: so many are spread evenly over the video, and its
        probabilities are their mean; with window or step a window of `input_shape[0]` frames slides over it instead, by
        step frames (half a window). top: how many labels the result names. fps: take frames at this rate, as ffmpeg's fps
        filter does ("30000/1001" too). frame_stride: from one frame of a clip to its next; 0: as the weights were trained.
        crops: 1, 3 or 10 squares of each clip. constant_rate: count frames as `ffmpeg -i VIDEO %06d.jpg` does.
        read_timeout: seconds to wait for a pipe that gives nothing.

        Raises ArgumentError, MissingFileError, or Error: it cannot be read or decoded.
        """
        found: list[Result] = []
        options = clip_options(clips, self._windows(window, step), frame_stride, fps, crops, constant_rate, read_timeout)
        with reading(path):
            self._predict([path], options, top, found.append)
            if not found[0].ok:
                raise Error(f"{os.fspath(path)}: {found[0].error}")
        return found[0]

    def predict_many(self, paths: Iterable[Path], *, on_result: Callable[[Result], bool | None] | None = None,
                     progress: bool = False, clips: int = 10, window: int | None = None, step: int | None = None,
                     top: int = 5, fps: float | str | None = None, frame_stride: int = 0, crops: int = 1,
                     constant_rate: bool = False, read_timeout: float = 30) -> list[Result]:
        """Label many videos: they are decoded ahead while the network computes, and share its batches.

        on_result: called with each Result as it comes, in the order of the paths; where it returns False, no more are
        wanted. progress: shows a bar where tqdm is installed, and says so in the log where it is not. The other arguments
        are those of `predict`. A video that fails says so in its `error`, and the others go on.
        """
        if isinstance(paths, (str, bytes, os.PathLike)):
            raise ArgumentError(f"predict_many wants several paths, and {os.fsdecode(paths)} is one: give a list, or call predict")
        if on_result is not None and not callable(on_result):
            raise ArgumentError(f"on_result is a function that takes a Result, not {type(on_result).__name__}")
        videos = list(paths)
        found: list[Result] = []
        options = clip_options(clips, self._windows(window, step), frame_stride, fps, crops, constant_rate, read_timeout)
        with progress_bar(len(videos), "videos", progress) as advance:

            def take(result: Result) -> bool:
                found.append(result)
                advance(len(found), len(videos))
                return on_result is None or on_result(result) is not False

            self._predict(videos, options, top, take)
        return found

    def _predict(self, paths: list[Path], options: _c3d.ClipOptions, top: int, take: Callable[[Result], bool | None]) -> None:
        if _number("top", top) < 1:
            raise ArgumentError(f"top={top}: one label is named at least")

        def on_result(result: dict[str, Any]) -> bool:
            return take(result_of(result, self._labels, self._thresholds)) is not False

        self._model.predict([checked_path(path) for path in paths], options, top, on_result)

    def __call__(self, clips: Any) -> Float32:
        """Probabilities of clips in memory: float32 [N, classes].

        clips: [N, frames, height, width, 3] or [N, 3, frames, height, width] from numpy, torch or anything else with
        DLPack or a buffer, in the CPU's memory, with any strides.
        uint8: red, green and blue. Frames of any size are resized and cropped as those of videos; frames of the size of
        the network's input (112 x 112) are taken as the crop itself. The mean is subtracted, and colours are put in
        order, as the weights want it. How many frames lie between those of a clip (the stride) is yours: `description` says
        what the weights were trained with.
        float32: the network's input itself, [.., 112, 112], as PyTorch code prepares it; nothing is done to it.
        """
        array = clips
        if isinstance(clips, np.ndarray):
            array = np.asarray(clips)
            if array.size == 0:
                raise ArgumentError(f"clips of shape {list(array.shape)}: there is none in it")
        try:
            return cast(Float32, self._model.score(array))
        except TypeError:
            raise ArgumentError("clips are an array in the CPU's memory, with DLPack or a buffer, "
                                f"of uint8 or float32; this is {type(clips).__module__}.{type(clips).__qualname__}"
                                ) from None

    def features(self, path: Path, layer: str = "fc6", *, window: int | None = None, step: int | None = None,
                 fps: float | str | None = None, frame_stride: int = 0, crops: int = 1, pool: str | None = None,
                 l2: bool = False, clips: int | None = None, constant_rate: bool = False,
                 read_timeout: float = 30) -> Float32:
        """What a layer makes of a video: float32 [rows, size], of several crops [rows, crops, size].

        layer: pool5 (in PyTorch's order C D H W), fc6, fc7 (both after ReLU), fc8 (logits) or probabilities. A row for
        each window of `input_shape[0]` frames; step: frames from one to the next, by default a window, so that they do
        not overlap. clips: instead so many clips spread over the video. pool: None, "mean", "max", "segments:32" or
        "segments:32:matlab"; l2: rows are scaled to length 1 after that. fps, crops and the rest: as of `predict`.
        """
        if clips is not None and (window is not None or step is not None):
            raise ArgumentError("clips are spread over the video, and windows slide over it: leave clips out, or window and step")
        stride = self._windows(window, step)
        if clips is None and step is None:
            stride = self.input_shape[0]
        options = clip_options(1 if clips is None else clips, stride, frame_stride, fps, crops, constant_rate, read_timeout)
        with reading(path):
            found = self._model.features(checked_path(path), layer, options, pool or "none", l2)
        for warning in found["warnings"]:
            log.warning("%s: %s", os.fspath(path), warning)
        return cast(Float32, found["values"])

    def explain(self, path: Path, label: str | None = None, *, layer: str = "conv5b", clips: int = 10,
                window: int | None = None, step: int | None = None, fps: float | str | None = None, crops: int = 1,
                write: Path | Iterable[Path] = ()) -> Explanation:
        """Where and when the model looks, by Grad-CAM.

        label: one of `labels`; None: the likeliest of the video. layer: conv5b, conv4b or conv3b. write: files to write
        it to, .mp4 (the video with heat over it), .png (eight frames) or .npy (the maps). The other arguments are those
        of `predict`. The video is read twice.
        """
        files = [write] if isinstance(write, (str, os.PathLike)) else list(write)
        for file in files:
            if os.path.splitext(checked_path(file))[1].lower() not in (".mp4", ".png", ".npy"):
                raise ArgumentError(f"{file}: an explanation is written to a name that ends in .mp4, .png or .npy")
        options = clip_options(clips, self._windows(window, step), 0, fps, crops)
        with reading(path):
            found = self._model.explain(checked_path(path), layer, options, label or "", [checked_path(file) for file in files])
        return Explanation(os.fspath(path), found["label"], found["probability"], found["layer"], found["maps"],
                           tuple(found["windows"]), found["frames"], found["frame_rate"], tuple(found["warnings"]))

    def stream(self, source: Path, *, step: int = 0, top: int = 5, fps: float | str | None = None, frame_stride: int = 0,
               crops: int = 1, read_timeout: float = 30, reconnect: int = -1, wait: bool = False,
               alerts: dict[str, float] | None = None, alert_hold: float = 0, alert_cooldown: float = 30,
               on_alert: Callable[[Alert], None] | None = None, record: Path | None = None,
               record_seconds: float = 5) -> Stream:
        """Label live video as it comes: an iterator of Window.

        source: rtsp://, http(s)://, udp://, /dev/video0, "-" for standard input, or a file. step: frames from one
        window's start to the next (half a window). alerts: thresholds of labels, each of which calls on_alert when it
        has been exceeded for alert_hold seconds, and again alert_cooldown seconds later. record: a folder for videos of
        record_seconds around each alert. reconnect: how often a lost stream is asked for again; -1: until it comes.
        wait: also where the first connection fails. Windows that come while nobody asks for them are dropped and
        counted; those of a file wait. The model is the stream's until it ends or is closed.
        """
        return Stream(self._model, source, step=_number("step", step), frame_stride=_number("frame_stride", frame_stride),
                      fps=rate_text(fps), crops=_number("crops", crops), top=_number("top", top), read_timeout=read_timeout,
                      reconnect=_number("reconnect", reconnect), waits_for_first=wait, alerts=list((alerts or {}).items()),
                      alert_hold=alert_hold, alert_cooldown=alert_cooldown, record=checked_path(record),
                      record_seconds=record_seconds, on_alert=on_alert)


class Stream(Iterator[Window]):
    """Windows of a live source; `Model.stream` makes it. Close it, use it in a `with`, or read it to its end."""

    def __init__(self, model: _c3d.Model, source: Path, on_alert: Callable[[Alert], None] | None, **options: Any) -> None:
        self._source = os.fspath(source)
        self._on_alert = on_alert
        if options["top"] < 1:
            raise ArgumentError(f"top={options['top']}: one label is named at least")
        self._stream = _c3d.Stream(model, self._source, **options)

    def __next__(self) -> Window:
        with reading(self._source if "://" not in self._source and self._source != "-" else None):
            while True:
                happened: Any = self._stream.next()
                if happened is None:
                    if self.totals["error"]:
                        log.warning("%s", self.totals["error"])
                    raise StopIteration
                kind, found = happened
                if kind == "window":
                    return window_of(found)
                if kind == "alert":
                    log.info("alert: %s %.2f", found["label"], found["probability"])
                    if self._on_alert is not None:
                        self._on_alert(Alert(**found))
                else:
                    log.info("%s: %s", self._source, found["text"])

    def __iter__(self) -> Stream:
        return self

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it, and give the model back."""
        self._stream.close()

    @property
    def totals(self) -> dict[str, Any]:
        """Of the whole run, once it has ended: frames, windows, dropped_windows, mean_delay in seconds, error ..."""
        return cast("dict[str, Any]", self._stream.totals())


def load(weights: Path, profile: str | None = None, device: str = "auto", precision: str = "f32", *, batch: int = 10,
         mean: Path | None = None, names: str = "auto", pool5: str | None = None, threads: int = 0, plan: str = "",
         isa: str = "", direct_convolution: bool = False) -> Model:
    """Load a trained C3D.

    weights: .safetensors, PyTorch's .pth and .pt, Caffe's .caffemodel, Chainer's .npz, or a folder with
    model.safetensors; "motion" is the narrow C3D that comes with the package, which tells motions of drawn worlds apart and
    which `train(init="motion")` starts from. Files are never run. profile: how frames are prepared, where the file does not say it:
    "caffe-sports1m", "pvr", "mmaction2". device: auto (a GPU if there is one), cpu, cuda, cuda:N, reference. precision:
    f32, bf16 (of a processor or GPU that has it), tf32 (GPUs). batch: clips computed at a time; memory grows with it.
    mean: a mean file in place of the profile's (.npy, .binaryproto). names: whose names the tensors have: auto, pvr,
    features, mmaction2, caffe. pool5: padding of the last pooling, pytorch or caffe. threads: of the CPU; 0: all. plan:
    measured, fixed or a file. isa: amx, avx512, avx2, neon, portable.

    Raises ArgumentError, MissingFileError, or Error: the file is no C3D, the device is not there.
    """
    with reading(mean):
        model = Model(weights, network_options(profile, device, precision, batch=batch, mean=mean, names=names, pool5=pool5,
                                               threads=threads, plan=plan, isa=isa, direct_convolution=direct_convolution))
    if device == "auto":
        log.info("%s: %s", weights, model.description.partition("\n")[0])
    return model
