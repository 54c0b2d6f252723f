"""Batches of clips for who trains with something else."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from . import _c3d
from ._errors import ArgumentError, Error, Path, reading
from ._log import log
from ._training import named_files, setting_values


@dataclass(frozen=True, eq=False)
class Batch:
    """Clips, and what belongs to each of them. `clips, labels = batch` takes it apart."""

    clips: Any  #: uint8 [size, frames, height, width, 3] of numpy, with pin_memory of torch
    labels: npt.NDArray[np.int64]  #: [size], classes; -1: the clip could not be read (validation). Of label sets float32 [size, classes]
    videos: npt.NDArray[np.int64]  #: [size], of ClipLoader.videos
    first_frames: npt.NDArray[np.int64]  #: [size]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.clips, self.labels))

    def __len__(self) -> int:
        return len(self.labels)


class ClipLoader:
    """Batches of clips by the library's decoder, cache, sampler and augmentation; for PyTorch a DataLoader's worth.

    for epoch in range(10):
        for clips, labels in loader.epoch(epoch):
            ...

    data: a folder with a folder for each class, or a list of `path label` lines; settings: those of `c3d.train` that say
    which videos there are and what clips are made of them: val, validation_share, clips_per_video, balance, crop, flip,
    scale, brightness, cache_gb ... (`c3d.training_settings` lists them). batch: clips of one. workers: threads that read;
    0: one for each core. seed: batches depend on it, the epoch and the settings, never on the number of threads.
    validation: clips spread over each video of the other side, in order. pin_memory: clips are torch tensors in pinned
    memory, from which a GPU copies while it computes; for that torch must be installed, with CUDA.
    """

    def __init__(self, data: Path, batch: int = 16, *, workers: int = 0, seed: int = 0, validation: bool = False,
                 pin_memory: bool = False, **settings: Any) -> None:
        values = setting_values({"data": data, "batch": batch, "loader_threads": workers, "seed": seed, **settings})
        with reading(data, *named_files(settings)):
            self._batches = _c3d.Batches(values, validation, lambda line: log.info("%s", line), None)
        self._pin_memory = pin_memory
        self._epoch = 0
        self._begun = 0  # so many epochs were

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(self._batches.labels())

    @property
    def videos(self) -> tuple[str, ...]:
        """Paths of the videos of this side."""
        return tuple(map(str, self._batches.videos()))

    @property
    def clip_shape(self) -> tuple[int, int, int, int]:
        """Frames, height, width and colours of a clip."""
        frames, height, width, colours = self._batches.clip_shape()
        return frames, height, width, colours

    @property
    def batch(self) -> int:
        """Clips of a full batch."""
        return self._batches.batch()

    def __len__(self) -> int:
        """Batches of an epoch."""
        return self._batches.batches_per_epoch()

    def __iter__(self) -> Iterator[Batch]:
        """The next epoch, the first time epoch 0."""
        epoch = self._epoch
        self._epoch += 1
        return self.epoch(epoch)

    def epoch(self, number: int, first_batch: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from first_batch on: the same each time. Ends what was left of another epoch."""
        if number < 0 or first_batch < 0:
            raise ArgumentError(f"epoch {number} from batch {first_batch} on: both count from 0")
        self._batches.start_epoch(number, first_batch)
        self._begun += 1
        return self._read(self._begun)

    def _memory(self) -> tuple[Any, npt.NDArray[np.uint8]]:
        """What a batch is given as, and the same as numpy's array."""
        shape = (self.batch, *self.clip_shape)
        if not self._pin_memory:
            array = np.empty(shape, np.uint8)
            return array, array
        import torch  # type: ignore[import-not-found,unused-ignore]

        tensor = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        return tensor, cast("npt.NDArray[np.uint8]", tensor.numpy())

    def _read(self, begun: int) -> Iterator[Batch]:
        while True:
            if begun != self._begun:
                raise Error("another epoch of this loader was begun, which ended this one: read one to its end, or use two loaders")
            given, array = self._memory()
            found: Any = self._batches.next(array)
            if found is None:
                return
            size, labels, label_sets, videos, first_frames = found
            yield Batch(given[:size], labels if label_sets is None else label_sets, videos, first_frames)
