#!/usr/bin/env python3
"""Writes seeds for the fuzz targets, from the golden files and as the readers know them: FOLDER/caffemodel, pickle, lists ...

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


def lists():
    names = b"1 ApplyEyeMakeup\n2 Archery\n"
    yield b"a.avi 0\nb c.mp4 1\n# a comment\n\nd/e.mkv 0\n"
    yield b"a.avi run\nb.avi jump\n"
    yield b"ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi 1\nArchery/v_Archery_g01_c01.avi 2\n\0" + names
    yield b"ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi\r\nArchery/v_Archery_g01_c01.avi\r\n\0" + names
    yield b"\xef\xbb\xbfa.avi\tx\nb.avi\ty\n"
    yield b"frames/video 1 7\nframes/video 17 7\n"  # the original C3D's three columns
    yield "a.avi 0\nb.avi 1\n".encode("utf-16")


def configs():
    yield b"{}"
    yield json.dumps({"batch": 4, "width": 0.25, "learning_rate": 1e-2, "flip": 0, "schedule": "multistep", "milestones": [10, 20],
                      "mean": "1,2,3", "bias_decay": False, "profile": "pvr", "data": "videos", "freeze": ["conv1"]}).encode()
    yield (GOLDEN.parents[1] / "tools/demo/config.json").read_bytes()


def indexes():
    video = {"state": "7124 bytes, changed 1700000000.000000000", "frames": 40}
    for number in (1, 2):
        yield json.dumps({"format": number, "videos": {"/videos/a.mp4": video, "/videos/b.mp4": dict(video, frames=0, error="it is cut"),
                                                       "/videos/c.mp4": dict(video, sum=3735928559, warnings=["cut"])}}).encode()
    yield b'{"format": 2, "videos": {}}'


def plans():
    key = "within 0"
    yield (f"forward f32 winograd inference 1x16x56x56x64 of 64 to 16x56x56x128, taps 3x3x3, stride 1x1x1, pad 1x1x1, pool 2x2x2, {key} = "
           "4x4x4 s28\n").encode()
    yield (f"backward_filter bf16 direct 4x16x32x32x8 of 3 to 16x32x32x8, taps 3x3x3, stride 1x1x1, pad 1x1x1, {key} = direct + pool p42\n"
           f"backward_data f32 4x16x32x32x8 of 3 to 16x32x32x8, taps 3x3x3, stride 1x1x1, pad 1x1x1, {key} = direct -\n").encode()


def states():
    metadata = {"format": "c3d training state 1", "layout": "fc8.bias [2]\n", "step": "7", "seconds": "1.5", "best_top1": "0.5",
                "best_loss": "inf", "best_step": "-1", "evaluated_step": "4", "run.mean": "1,2,3", "run.labels": "a\nb",
                "run.metrics_bytes": "100", "run.settings": "{}", "run.plan": ""}
    header = {"__metadata__": metadata, "values": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
              "velocity": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}
    text = json.dumps(header).encode()
    yield struct.pack("<Q", len(text)) + text + bytes(16)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def cached_frames():
    key = b"/v.mp4\n1 bytes\n4x2"  # as tests/fuzz/frames.cpp asks for
    for count in (1, 3):
        frames = [bytes(range(i, i + 24)) for i in range(count)]
        yield (struct.pack("<8siiQ", b"c3dfrm02", 4, 2, len(key)) + key + b"".join(frames) +
               struct.pack(f"<{count}I", *map(crc32c, frames)) + struct.pack("<q8s", count, b"c3dfrm02"))


def records():
    recipe = {"recipe": "1234567890abcdef", "of": {"weights": "12ab", "layer": "fc6"}, "program": "0123456789"}
    source = {"path": "/v/x.mp4", "bytes": 7, "modified": 1}
    line = {"output": "a.npy", "bytes": 0, "modified": -1, "recipe": recipe["recipe"], "file": "v/x.mp4", "source": source}
    lines = [json.dumps(entry, separators=(",", ":")) for entry in (recipe, line, dict(line, output="b", output_bytes="b%FF"))]
    yield ("\n".join(lines) + "\n").encode()
    yield lines[0].encode() + b"\n" + lines[1].encode()[:-20]


def main():
    folder = pathlib.Path(sys.argv[1])
    torch_files = [path for path in sorted((GOLDEN / "weights").rglob("*.pt*")) if path.stat().st_size <= MAX_BYTES]
    caffe_files = [path for pattern in ("*.caffemodel", "*.binaryproto", "*.npy")
                   for path in sorted((GOLDEN / "weights").rglob(pattern))]
    seeds = {"caffemodel": [path.read_bytes() for path in caffe_files],
             "torch": [path.read_bytes() for path in torch_files],
             "pickle": [data for path in torch_files for data in pickles(path) if len(data) <= MAX_BYTES],
             "safetensors": list(safetensors()), "lists": list(lists()), "config": list(configs()), "index": list(indexes()),
             "plan": list(plans()), "state": list(states()), "frames": list(cached_frames()), "records": list(records()),
             "npy": [path.read_bytes() for path in sorted((GOLDEN / "weights").rglob("*.npy"))]}
    for name, all_data in seeds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(all_data):
            (folder / name / f"{i:03}").write_bytes(data)


if __name__ == "__main__":
    main()
