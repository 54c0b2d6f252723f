#!/usr/bin/env python3
"""Writes tests/golden/weights/*.npz as chainer.serializers.save_npz and numpy.savez write them, by Python's own zipfile.

    python3 tools/scripts/make_chainer_golden.py [FOLDER]        needs nothing besides Python

Values are value(name, i) = ((i * 7 + sum of the name's bytes) % 101 - 50) / 64: exact in float32, and the tests compute them again.
"""

import math
import pathlib
import struct
import sys
import zipfile

# Chainer's names and shapes (tgan2/models/c3d/c3d_ucf101.py), narrow.
WEIGHTS = {"conv1a/W": (2, 3, 3, 3, 3), "conv1a/b": (2,), "conv2a/W": (3, 2, 3, 3, 3), "conv2a/b": (3,), "fc6/W": (4, 6), "fc6/b": (4,),
           "fc8/W": (2, 4), "fc8/b": (2,)}


def value(name, i):
    return ((i * 7 + sum(name.encode())) % 101 - 50) / 64


def npy(name, shape, letter="f"):
    """numpy.lib.format, version 1.0."""
    header = f"{{'descr': '<{letter}{4 if letter == 'f' else 8}', 'fortran_order': False, 'shape': {shape!r}, }}".replace("<d8", "<f8")
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    count = math.prod(shape)
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() +
            struct.pack(f"<{count}{letter}", *(value(name, i) for i in range(count))))


def write(path, arrays, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression, allowZip64=True) as archive:
        for name, content in arrays.items():
            entry = zipfile.ZipInfo(name + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            with archive.open(entry, "w", force_zip64=True) as file:  # as numpy.savez
                file.write(content)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "tests/golden/weights")
    write(folder / "chainer.npz", {name: npy(name, shape) for name, shape in WEIGHTS.items()})
    write(folder / "chainer_packed.npz", {name: npy(name, shape) for name, shape in WEIGHTS.items()}, zipfile.ZIP_DEFLATED)
    write(folder / "mean2.npz", {"mean": npy("mean", (3, 2, 4, 5), "d")})
    write(folder / "two_means.npz", {"a": npy("a", (3,)), "b": npy("b", (3,))})


if __name__ == "__main__":
    main()
