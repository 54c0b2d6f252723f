"""C3D, the 3-D ConvNet that reads 16 video frames and names the action (Tran et al. 2015), computed by an engine of its own.

    import c3d
    model = c3d.load("c3d.pth", profile="pvr")      # .pth, .caffemodel, .npz, .safetensors
    print(model.predict("a.mp4"))                    # labels, probabilities, clips with their times
    rows = model.features("a.mp4", layer="fc6")      # float32 [windows, 4096]

Labels and features:  load, Model.predict, predict_many, features, explain, stream; model(clips) for arrays in memory
Frames and clips:     VideoReader, ClipLoader
Training:             train, evaluate, check, training_settings
Weights:              convert, inspect, export_hub

Arrays are numpy's, and what takes arrays takes those of torch and of anything else with DLPack. Times are seconds, frames
count from 0, pictures are uint8 [height, width, 3] of red, green and blue. What goes wrong is a c3d.Error: ArgumentError,
which is a ValueError, for arguments that are wrong by themselves; MissingFileError, which is a FileNotFoundError. The GIL is
released while the library computes, and Ctrl-C ends it. Nothing is printed: `logging.getLogger("c3d")` hears what is said.
"""
from __future__ import annotations

from . import _c3d
from ._clips import Batch, ClipLoader
from ._errors import ArgumentError, Error, MissingFileError
from ._model import Model, Stream, load
from ._results import Alert, Clip, Explanation, Label, Result, Window
from ._training import (Report, Setting, Tensor, TrainingResult, check, convert, evaluate, export_hub,
                        inspect, train,
                        training_settings)
from ._video import VideoReader

__version__: str = _c3d.version()

__all__ = ["Alert", "ArgumentError", "Batch", "Clip", "ClipLoader", "Error", "Explanation", "Label", "MissingFileError",
           "Model", "Report", "Result", "Setting", "Stream", "Tensor", "TrainingResult", "VideoReader", "Window",
           "__version__", "check", "convert", "devices", "evaluate", "export_hub", "inspect", "load", "train", "training_settings"]


def devices() -> list[tuple[str, bool, str]]:
    """All that `load` can compute on: name, whether it is usable, and what it is or why it is not."""
    return [(name, usable, text) for name, usable, text in _c3d.devices()]
