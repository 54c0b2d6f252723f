"""The console scripts: each becomes its program of c3d/bin, which has the process, its signals and its standard streams."""
import os
import sys
from typing import NoReturn

_PROGRAMS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "c3d", "bin")


def _become(name: str) -> NoReturn:
    program = os.path.join(_PROGRAMS, name)
    try:
        os.execv(program, [program, *sys.argv[1:]])
    except OSError as error:
        sys.exit(f"{name}: {program}: {error.strerror}; install the package c3d again")


def c3d_bench() -> NoReturn:
    _become("c3d_bench")


def c3d_check() -> NoReturn:
    _become("c3d_check")


def c3d_infer() -> NoReturn:
    _become("c3d_infer")


def c3d_synth() -> NoReturn:
    _become("c3d_synth")


def c3d_train() -> NoReturn:
    _become("c3d_train")


def c3d_weights() -> NoReturn:
    _become("c3d_weights")
