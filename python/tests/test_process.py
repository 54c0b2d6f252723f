"""What is of the whole process: signals, forks, imports and silence. Each stands in a process of its own."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]


def start(program: str, *arguments: object, **options: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def run(program: str, *arguments: object, **options: object) -> "tuple[int, str, str]":
    process = start(program, *arguments, **options)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def interrupted(program: str, *arguments: object) -> "tuple[str, float]":
    """Sends SIGINT when the program has said something; gives what it said, and how long it took to end."""
    process = start(program, *arguments)
    said = process.stdout.readline()
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return said + out, time.monotonic() - sent


LOAD = "import sys, c3d; m = c3d.load(sys.argv[1], device='cpu', plan='fixed', threads=1)\n"


def test_an_interrupt_ends_labelling_within_a_second(inputs):
    said, seconds = interrupted(LOAD + """
try:
    m.predict_many([sys.argv[2]] * 100000, clips=1, on_result=lambda r: print("first", flush=True) if not seen.append(1) and len(seen) == 1 else None)
except KeyboardInterrupt:
    print("interrupted", m.predict(sys.argv[2], clips=1).ok)
""".replace("try:", "seen = []\ntry:"), inputs / "small.safetensors", inputs / "tiny.avi")
    assert said.endswith("interrupted True\n") and seconds < 10


def test_an_interrupt_ends_training_which_is_saved_and_goes_on(inputs, tmp_path):
    settings = "recipe='none', width=0.03, crop=16, resize_width=20, resize_height=18, batch=3, device='cpu', plan='fixed', threads=1, validation_clips=1"
    said, seconds = interrupted(f"""
import sys, c3d
def told(metrics):
    if metrics["step"] == 1: print("step 1", flush=True)
try:
    c3d.train(sys.argv[1], sys.argv[2], steps=1000000, on_metrics=told, {settings})
except KeyboardInterrupt:
    print("interrupted")
""", inputs / "videos", tmp_path / "run")
    assert said.endswith("interrupted\n") and seconds < 10
    assert (tmp_path / "run/last.safetensors").exists() or (tmp_path / "run/state.safetensors").exists()


def test_a_model_of_before_a_fork_says_so(inputs):
    code, out, err = run(LOAD + """
import os, warnings
warnings.simplefilter("ignore")
m.predict(sys.argv[2], clips=1)
if os.fork() == 0:
    for call in (lambda: m.predict(sys.argv[2]), lambda: c3d.load(sys.argv[1]), lambda: m.labels):
        try:
            print(call(), flush=True)
        except c3d.Error as error:
            print("forked" in str(error), flush=True)
    del m
    sys.exit(0)
os.wait()
print(m.predict(sys.argv[2], clips=1).ok)
""", inputs / "small.safetensors", inputs / "tiny.avi")
    assert code == 0, err
    lines = out.splitlines()
    assert lines[:2] == ["True", "True"] and lines[2].startswith("('") and lines[3] == "True"


def test_nothing_is_printed_unless_asked(inputs):
    code, out, err = run(LOAD + """
m.predict_many([sys.argv[2], "absent.mp4"], clips=1)
m.features(sys.argv[2])
c3d.check(sys.argv[3])
""", inputs / "small.safetensors", inputs / "tiny.avi", inputs / "videos")
    assert (code, out, err) == (0, "", "")


def test_the_checkout_without_the_package_says_what_to_do(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code, _, err = run("import sys; sys.path = [''] + [p for p in sys.path if 'site-packages' not in p and p]\nimport c3d",
                       cwd=CHECKOUT, env=environment)
    assert code == 1 and err.splitlines()[-1].startswith("ImportError: the Python package c3d is not installed")
    assert "pip install" in err.splitlines()[-1]


def test_the_checkout_does_not_hide_the_package():
    code, out, err = run("import c3d; print(c3d.__version__)", cwd=CHECKOUT)
    assert code == 0 and out == "0.1.0\n", err


def test_help_teaches():
    code, out, _ = run("import c3d; help(c3d)", env={**os.environ, "PAGER": "cat"})
    assert code == 0
    for word in ("c3d.load", "predict", "float32", "ArgumentError", "seconds", "class ClipLoader"):
        assert word in out, word
    undocumented = [name for name in __import__("c3d").__all__ if not name.startswith("_") and not (getattr(__import__("c3d"), name).__doc__)]
    assert undocumented == []


@pytest.mark.parametrize("use", ["c3d.VideoReader(sys.argv[1])[3]", "list(c3d.VideoReader(sys.argv[1]))"])
def test_frames_may_be_read_in_a_forked_worker(inputs, use):
    code, out, err = run(f"""
import os, sys, c3d
frames = c3d.VideoReader(sys.argv[1])
len(frames)
if os.fork() == 0:
    try:
        frames[0]
    except c3d.Error:
        print("error", flush=True)
    {use}
    print("read", flush=True)
    os._exit(0)
os.wait()
""", inputs / "tiny.avi")
    assert code == 0 and out == "error\nread\n", err
