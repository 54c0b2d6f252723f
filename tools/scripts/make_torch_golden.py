#!/usr/bin/env python3
"""Writes tests/golden/weights/: small files as PyTorch itself writes them, and broken and hostile ones.

    python3 tools/scripts/make_torch_golden.py [FOLDER]        needs torch

Tensor values are whole numbers (i * 7 + offset) % 23 - 11, exact in every type. The hostile files ask for code, lie about
sizes or are damaged; none of them does anything when it is read as it should be: not at all.
"""

import io
import pathlib
import pickle
import struct
import sys
import tarfile
import zipfile
from collections import OrderedDict

import torch

FEATURES = {"conv1": "features.0", "conv2": "features.3", "conv3a": "features.6", "conv3b": "features.8",
            "conv4a": "features.11", "conv4b": "features.13", "conv5a": "features.16", "conv5b": "features.18",
            "fc6": "classifier.0", "fc7": "classifier.3", "fc8": "classifier.6"}
MMACTION2 = {name: f"module.backbone.{name if name[5:] else name + 'a'}.conv" for name in FEATURES if name.startswith("conv")}
MMACTION2 |= {"fc6": "module.backbone.fc6", "fc7": "module.backbone.fc7", "fc8": "module.cls_head.fc_cls"}


def values(offset, *shape):
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 7 + offset) % 23 - 11).to(torch.float32).reshape(shape)


def state_dict(names):
    """conv1 ... fc8 in shapes too small to be a C3D, for the names alone."""
    tensors = OrderedDict()
    for i, ours in enumerate(FEATURES):
        shape = (2, 1, 1, 1, 2) if ours.startswith("conv") else (2, 3)
        tensors[names[ours] + ".weight"] = values(2 * i, *shape)
        tensors[names[ours] + ".bias"] = values(2 * i + 1, 2)
    return tensors


def all_types():
    tensors = OrderedDict()
    for name in ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8"]:
        tensors[name] = values(0, 2, 5).to(getattr(torch, name))
    tensors["uint8"] = values(0, 2, 5).add(11).to(torch.uint8)
    tensors["bool"] = values(0, 2, 5) > 0
    shared = values(3, 4, 6)
    tensors["shared"] = shared
    tensors["transposed"] = shared.t()
    tensors["column"] = shared[:, 2]
    tensors["second_half"] = shared[2:]
    tensors["parameter"] = torch.nn.Parameter(values(5, 3))
    tensors["scalar"] = torch.tensor(4.0)
    tensors["empty"] = torch.zeros(0, 3)
    return tensors


def save_good(folder):
    same = {name: name for name in FEATURES}
    checkpoint = {"epoch": 7, "state_dict": state_dict(same), "opt_dict": {"lr": 0.5, "betas": (0.9, None, True), "steps": [1]}}
    torch.save(checkpoint, folder / "checkpoint_zip.pth.tar")
    torch.save(checkpoint, folder / "checkpoint_legacy.pth.tar", _use_new_zipfile_serialization=False)
    torch.save({"model": state_dict(same)}, folder / "under_model.pth")
    torch.save({"meta": {"text": "\u00e9"}, "state_dict": state_dict(MMACTION2)}, folder / "mmaction2.pth")
    torch.save(state_dict(FEATURES), folder / "features.pth")
    torch.save(all_types(), folder / "types_zip.pth")
    torch.save(all_types(), folder / "types_legacy.pth", _use_new_zipfile_serialization=False)
    packed = zipfile.ZipFile(folder / "deflated.pth", "w", zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(folder / "features.pth") as stored:
        for entry in stored.namelist():
            packed.writestr(entry, stored.read(entry))
    packed.close()


# ---- hostile pickles: opcodes by hand ------------------------------------------------------------------------------------

def text(word):
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def long8(number):
    return b"\x8a\x08" + struct.pack("<q", number)


def numbers(*all_numbers):
    return b"(" + b"".join(long8(n) for n in all_numbers) + b"t"


def tensor(shape, strides, elements, offset=0, key="0", storage=b"ctorch\nFloatStorage\n"):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + storage + text(key) + text("cpu") + long8(elements) +
            b"tQ" + long8(offset) + numbers(*shape) + numbers(*strides) + b"\x89ccollections\nOrderedDict\n)RtR")


def dict_of(*items):
    return b"\x80\x02}(" + b"".join(text(name) + value for name, value in items) + b"u."


def archive(pickled, storage=b"\0" * 16, byte_order=b"little", extra=(), packing=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as zipped:
        zipped.writestr("a/data.pkl", pickled)
        zipped.writestr("a/byteorder", byte_order)
        zipped.writestr("a/data/0", storage)
        for name, content in extra:
            zipped.writestr(name, content)
        zipped.writestr("a/version", b"3\n")
    return file.getvalue()


class Legacy:
    MAGIC = pickle.dumps(0x1950a86a20f9469cfc6c, 2)

    @staticmethod
    def stream(little_endian=True, pickled=None, keys=("0",), storage=b"\0" * 16, elements=4):
        good = dict_of(("w", tensor((4,), (1,), 4)))
        facts = {"protocol_version": 1001, "little_endian": little_endian, "type_sizes": {"short": 2, "int": 4, "long": 4}}
        return (Legacy.MAGIC + pickle.dumps(1001, 2) + pickle.dumps(facts, 2) + (pickled or good) +
                pickle.dumps(list(keys), 2) + struct.pack("<q", elements) + storage)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1:]


def hostile():
    good = ("w", tensor((4,), (1,), 4))
    fine = archive(dict_of(good))
    big = 2 ** 60
    yield "os_system", archive(b"\x80\x02cos\nsystem\n" + text("true") + b"\x85R.")
    yield "builtin_eval", archive(b"\x80\x02c__builtin__\neval\n" + text("1") + b"\x85R.")
    yield "stack_global", archive(b"\x80\x02" + text("os") + text("system") + b"\x93.")
    yield "inst", archive(b"\x80\x02(ios\nsystem\n.")
    yield "load_from_bytes", archive(b"\x80\x02ctorch.storage\n_load_from_bytes\n" + text("x") + b"\x85R.")
    yield "elements_2_60", archive(dict_of(("w", tensor((big,), (1,), big))))
    yield "elements_2_60_repeated", archive(dict_of(("w", tensor((big,), (0,), 4))))
    yield "shape_overflows", archive(dict_of(("w", tensor((big, big), (1, 1), 4))))
    yield "negative_extent", archive(dict_of(("w", tensor((-4,), (1,), 4))))
    yield "negative_stride", archive(dict_of(("w", tensor((4,), (-1,), 4))))
    yield "beyond_storage", archive(dict_of(("w", tensor((4,), (1,), 4, offset=1))))
    yield "stride_beyond_storage", archive(dict_of(("w", tensor((2, 2), (big, 1), 4))))
    yield "six_dimensions", archive(dict_of(("w", tensor((1,) * 6, (1,) * 6, 4))))
    yield "storage_too_small", archive(dict_of(good), storage=b"\0" * 8)
    yield "storage_missing", archive(dict_of(("w", tensor((4,), (1,), 4, key="1"))))
    yield "storage_outside", archive(dict_of(("w", tensor((4,), (1,), 4, key="../../etc/passwd"))))
    yield "self_list", archive(b"\x80\x02]q\0h\0a.")
    yield "self_dict", archive(b"\x80\x02}q\0(" + text("w") + b"h\0u.")
    yield "nested_deep", archive(b"\x80\x02" + b"]" * 1000 + b"a" * 999 + b".")
    yield "million_values", archive(b"\x80\x02" + b"N" * 1_000_000 + b".", packing=zipfile.ZIP_DEFLATED)
    yield "memo_missing", archive(b"\x80\x02h\x05.")
    yield "stack_empty", archive(b"\x80\x02a.")
    yield "mark_missing", archive(b"\x80\x02Nt.")
    yield "build_foreign", archive(b"\x80\x02N}b.")
    yield "duplicate_tensor", archive(dict_of(good, good))
    yield "duplicate_state_dict", archive(b"\x80\x02}(" + (text("state_dict") + b"}") * 2 + b"u.")
    yield "no_tensors", archive(b"\x80\x02}.")
    yield "protocol_4", archive(pickle.dumps({"a": 1}, 4))
    yield "pickle_cut", archive(dict_of(good)[:-40])
    yield "big_endian", archive(dict_of(good), byte_order=b"big")
    yield "zip_bomb", archive(dict_of(good), storage=b"\0" * (64 << 20), packing=zipfile.ZIP_DEFLATED)
    yield "zip_two_pickles", archive(dict_of(good), extra=[("b/data.pkl", dict_of(good))])
    yield "zip_script", archive(dict_of(good), extra=[("a/constants.pkl", b"\x80\x02).")])
    yield "zip_lzma", archive(dict_of(good), packing=zipfile.ZIP_LZMA)
    yield "zip_cut", fine[:len(fine) // 2]
    yield "zip_bit_flipped", flipped(fine, fine.index(b"a/data/0") + len("a/data/0") + 3)
    yield "zip_of_other_things", archive(dict_of(good)).replace(b"data.pkl", b"data.txt")
    duplicate = archive(dict_of(good), extra=[("a/data/1", b"\0" * 16)])
    yield "zip_duplicate_entry", duplicate.replace(b"a/data/1", b"a/data/0")
    yield "legacy_big_endian", Legacy.stream(little_endian=False)
    yield "legacy_cut", Legacy.stream(storage=b"\0" * 12)
    yield "legacy_elements_2_60", Legacy.stream(pickled=dict_of(("w", tensor((big,), (1,), big))), elements=big)
    yield "legacy_sizes_differ", Legacy.stream(elements=5, storage=b"\0" * 20)
    yield "legacy_duplicate_key", Legacy.stream(keys=("0", "0"), storage=b"\0" * 16 + struct.pack("<q", 4) + b"\0" * 16)
    yield "legacy_unknown_key", Legacy.stream(keys=("7",))
    yield "legacy_os_system", Legacy.stream(pickled=b"\x80\x02cos\nsystem\n" + text("true") + b"\x85R.")
    yield "plain_pickle", pickle.dumps({"w": [1, 2]}, 2)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("storages"))
    yield "old_tar", tar.getvalue()[:2048]
    yield "not_weights", b"RIFF\x10\x20\x30\x40AVI LIST"


def main():
    default = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/weights"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    (folder / "hostile").mkdir(parents=True, exist_ok=True)
    save_good(folder)
    for name, data in hostile():
        (folder / "hostile" / f"{name}.pth").write_bytes(data)


if __name__ == "__main__":
    main()
