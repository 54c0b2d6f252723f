"""bare_system.py VIDEOS: what who has only the wheel meets, on a system without FFmpeg, compiler or fonts.

Makes videos, trains by the console script and from Python, labels, writes H.264 with pictures over it, interrupts a run, reads
from a pipe, and decodes what lies in VIDEOS.
"""
import importlib.metadata
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import numpy as np

import c3d

shared = pathlib.Path(sys.argv[1])
scripts = pathlib.Path(sys.executable).parent
for absent in ("ffmpeg", "gcc", "cc", "g++", "c++", "cmake"):
    assert shutil.which(absent) is None, f"{absent} is here, so this system is not bare"


def run(*command: object, **options: object) -> str:
    words = [str(scripts / str(command[0])), *map(str, command[1:])]
    done = subprocess.run(words, text=True, capture_output=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    assert "Fontconfig" not in done.stderr, done.stderr
    return str(done.stdout)


def says(what: str) -> None:
    print(f"  {what}", flush=True)


assert run("c3d_infer", "--version").split()[1] == c3d.__version__
run("c3d_synth", "videos", "--per-class", 4)
quick = {"recipe": "none", "width": 0.03, "device": "cpu", "plan": "fixed"}
words = [word for name, value in quick.items() if name != "recipe" for word in ("--set", f"{name}={value}")]
run("c3d_train", "--data", "videos", "--out", "by_tool", "--recipe", "none", "--set", "steps=2", "--set", "batch=2", *words)
result = c3d.train("videos", "by_package", steps=2, batch=2, **quick)
assert result.finished and result.last is not None
says("two steps are trained by the console script and from Python")

model = c3d.load(result.last, device="cpu")
video = next(pathlib.Path("videos").glob("*/*.mp4"))
found = model.predict(video)
assert found.ok and len(found.clips) == 10
run("c3d_infer", "--weights", result.last, video, "--json", "labels.jsonl", "--timeline", "timeline.png", "--overlay", "over.mp4")
labelled = json.loads(pathlib.Path("labels.jsonl").read_text())
assert labelled["labels"][0]["label"] == found.label, (labelled, found.label)
reader = c3d.VideoReader("over.mp4", size=None)
assert reader.codec == "h264" and len(reader) == len(c3d.VideoReader(video)), reader
says(f"a video is labelled: {found.label}; the overlay is {reader.codec}")

start = c3d.load("motion", device="cpu")
assert len(start.labels) > 10
run("c3d_train", "--data", "videos", "--out", "from_motion", "--recipe", "finetune", "--init", "motion", "--set", "steps=2", "--set", "batch=2",
    "--set", "device=cpu")
says(f"the weights to start from are there: {len(start.labels)} labels")

picture = c3d.load(result.last, device="cpu").predict(video, step=4).timeline()
assert picture.startswith(b"\x89PNG") and len(picture) > 5000, len(picture)
with open(video, "rb") as stream:
    run("c3d_infer", "--weights", result.last, "-", stdin=stream)
process = subprocess.Popen([scripts / "c3d_train", "--data", "videos", "--out", "stopped", "--recipe", "none", "--set", "epochs=1000", *words],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
metrics, said = pathlib.Path("stopped/metrics.jsonl"), ""
assert process.stdout is not None
while not metrics.exists() or not metrics.read_text():
    line = process.stdout.readline()
    assert line, said
    said += line
process.send_signal(signal.SIGINT)
said += process.communicate(timeout=60)[0]
assert process.returncode == 128 + signal.SIGINT, (process.returncode, said)
assert pathlib.Path("stopped/last.safetensors").exists(), said
says("signals and standard input are the tool's")

files = sorted(path for path in shared.rglob("*") if path.is_file()) if shared.is_dir() else []
frames, codecs = 0, set()
for file in files:
    reader = c3d.VideoReader(file)
    codecs.add(reader.codec)
    assert len(reader) > 0 and np.asarray(reader[0]).any(), file
    frames += len(reader)
says(f"{len(files)} videos from elsewhere decode, {frames} frames of {', '.join(sorted(codecs))}")

distribution = importlib.metadata.distribution("c3d")
names = [str(file) for file in distribution.files or []]
libraries = [name for name in names if "libc3d" in name]
assert len(libraries) == 1, libraries
licences = [os.path.basename(name) for name in names if "/licenses/" in name]
of_cuda = ["cuda-runtime-EULA.txt"] if "cuda" in c3d._c3d.library()["backends"] else []
for wanted in ("LICENSE", "ffmpeg-COPYING.LGPLv2.1", "cairo-COPYING", "hdf5-COPYING", "libopenh264-7-copyright", "libdav1d6-copyright", *of_cuda):
    assert wanted in licences, (wanted, licences)
says(f"the library is there once; {len(licences)} licences")
