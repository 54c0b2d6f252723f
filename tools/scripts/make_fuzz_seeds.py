#!/usr/bin/env python3
"""Writes seeds for the fuzz targets from the golden files: FOLDER/caffemodel, pickle, safetensors and torch.

    python3 tools/scripts/make_fuzz_seeds.py FOLDER
"""

import json
import pathlib
import struct
import sys
import zipfile

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/golden"
MAX_BYTES = 64 << 10


def pickles(path):
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                if entry.endswith("data.pkl"):
                    yield archive.read(entry)
    elif path.read_bytes()[:1] == b"\x80":
        yield path.read_bytes()[15:]  # behind the stream's magic number


def safetensors():
    header = {"__metadata__": {"a": "b"}, "w": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]},
              "i": {"dtype": "I64", "shape": [], "data_offsets": [12, 20]}}
    text = json.dumps(header).encode()
    yield struct.pack("<Q", len(text)) + text + bytes(20)
    yield struct.pack("<Q", 2) + b"{}"
    for path in sorted(GOLDEN.glob("*.safetensors")):
        if path.stat().st_size <= MAX_BYTES:
            yield path.read_bytes()


def main():
    folder = pathlib.Path(sys.argv[1])
    torch_files = [path for path in sorted((GOLDEN / "weights").rglob("*.pt*")) if path.stat().st_size <= MAX_BYTES]
    caffe_files = [path for pattern in ("*.caffemodel", "*.binaryproto", "*.npy")
                   for path in sorted((GOLDEN / "weights").rglob(pattern))]
    seeds = {"caffemodel": [path.read_bytes() for path in caffe_files],
             "torch": [path.read_bytes() for path in torch_files],
             "pickle": [data for path in torch_files for data in pickles(path) if len(data) <= MAX_BYTES],
             "safetensors": list(safetensors())}
    for name, all_data in seeds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(all_data):
            (folder / name / f"{i:03}").write_bytes(data)


if __name__ == "__main__":
    main()
