"""Frames of video files."""
from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Sequence
from typing import Any, SupportsIndex, cast, overload

import numpy as np
import numpy.typing as npt

from . import _c3d
from ._errors import ArgumentError, Path, checked_path, reading
from ._model import rate_text

Frames = npt.NDArray[np.uint8]


class VideoReader:
    """The frames of a video file, or of a folder of numbered pictures.

    A frame is uint8 [height, width, 3], red, green and blue. Iteration decodes each frame once. `len`, indexing and
    slices decode the whole file once before, to count it; decoding goes forward, so rising indices are quick. Rotation
    that the file asks for is done.

    size: (height, width) that frames are resized to, bilinearly as OpenCV does, or None: as they are; (height, 0): the
    shorter side becomes height. fps: take frames at this rate, as ffmpeg's fps filter does. constant_rate: count them as
    `ffmpeg -i VIDEO %06d.jpg` does. read_timeout: seconds to wait for a pipe that gives nothing.
    Raises MissingFileError, ArgumentError, or Error: there is no video in it.
    """

    def __init__(self, path: Path, size: tuple[int, int] | None = (128, 171), fps: float | str | None = None, *,
                 constant_rate: bool = False, read_timeout: float = 30) -> None:
        height, width = (0, 0) if size is None else size
        self._path = checked_path(path)
        self._arguments: tuple[Any, ...] = (int(width), int(height), rate_text(fps), constant_rate, read_timeout)
        with reading(path):
            self._facts: dict[str, Any] = _c3d.FrameFile(self._path, *self._arguments).properties()
        self._frames: _c3d.FrameArray | None = None

    def _array(self) -> _c3d.FrameArray:
        if self._frames is None:
            with reading(self._path):
                self._frames = _c3d.FrameArray(self._path, *self._arguments)
        return self._frames

    @property
    def height(self) -> int:
        """Of the frames given, in pixels."""
        return cast(int, self._facts["height"])

    @property
    def width(self) -> int:
        """Of the frames given, in pixels."""
        return cast(int, self._facts["width"])

    @property
    def source_size(self) -> tuple[int, int]:
        """Height and width of the file's frames as they are shown."""
        return self._facts["source_height"], self._facts["source_width"]

    @property
    def frame_rate(self) -> float:
        """Frames a second, as the file says; 0: it does not."""
        return cast(float, self._facts["frame_rate"])

    @property
    def codec(self) -> str:
        """"h264" ..."""
        return cast(str, self._facts["codec"])

    @property
    def rotation(self) -> int:
        """Degrees to the right that the file asks for, and frames have been turned by: 0, 90, 180 or 270."""
        return cast(int, self._facts["rotation"])

    def __repr__(self) -> str:
        return (f"<c3d.VideoReader {os.path.basename(self._path)}: {self.codec}, frames of {self.height}x{self.width}, "
                f"{self.frame_rate:g} a second>")

    def __len__(self) -> int:
        return self._array().count()

    def timestamps(self) -> npt.NDArray[np.float64]:
        """When each frame is shown: float64 [frames], seconds from the start; negative where the file does not say."""
        frames = self._array()
        return np.array([frames.seconds(frame) for frame in range(frames.count())], np.float64)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Frames: ...
    @overload
    def __getitem__(self, index: slice) -> Frames: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Frames:
        """One frame, uint8 [height, width, 3], or those of a slice, [frames, height, width, 3]."""
        frames = self._array()
        if isinstance(index, slice):
            return cast(Frames, frames.read(list(range(*index.indices(frames.count())))))
        number = operator.index(index)
        if not -frames.count() <= number < frames.count():
            raise IndexError(f"frame {number} of a video of {frames.count()}")
        return cast(Frames, cast(Any, frames.read([number % frames.count()]))[0])

    def frames_at(self, indices: Sequence[int]) -> Frames:
        """These frames in this order: uint8 [frames, height, width, 3]."""
        frames = self._array()
        wanted = [operator.index(number) for number in indices]
        for number in wanted:
            if not 0 <= number < frames.count():
                raise ArgumentError(f"frame {number} of a video of {frames.count()}")
        return cast(Frames, frames.read(wanted))

    def __iter__(self) -> Iterator[Frames]:
        with reading(self._path):
            file = _c3d.FrameFile(self._path, *self._arguments)
            while (frame := file.next()) is not None:
                yield cast(Frames, frame)
