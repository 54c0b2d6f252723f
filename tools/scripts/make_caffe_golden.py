#!/usr/bin/env python3
"""Writes tests/golden/weights/: small Caffe files of both numberings, means, and broken ones, for the tests of weights/.

    python3 tools/scripts/make_caffe_golden.py [FOLDER]        needs numpy and protobuf (the runtime alone)
    python3 tools/scripts/make_caffe_golden.py --seeds FOLDER  the same files as seeds for fuzzing

The messages are declared here, apart from weights/proto, so that a wrong number there shows. Values are
value(name, i) = ((i * 7 + sum of the name's bytes) % 101 - 50) / 64: exact in float32, and the tests compute them again.
"""

import pathlib
import struct
import sys

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
STRING, BYTES, INT32, INT64, FLOAT, DOUBLE, BOOL = (FIELD.TYPE_STRING, FIELD.TYPE_BYTES, FIELD.TYPE_INT32, FIELD.TYPE_INT64,
                                                    FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE, FIELD.TYPE_BOOL)
# field: (number, type or message name, repeated, packed)
SHAPE = {"dim": (1, INT64, True, True)}
BLOBS = {
    "v10": {"num": (1, INT32), "channels": (2, INT32), "length": (3, INT32), "height": (4, INT32), "width": (5, INT32),
            "data": (6, FLOAT, True, True), "diff": (7, FLOAT, True, True)},
    "bvlc": {"num": (1, INT32), "channels": (2, INT32), "height": (3, INT32), "width": (4, INT32),
             "data": (5, FLOAT, True, True), "diff": (6, FLOAT, True, True), "shape": (7, "BlobShape"),
             "double_data": (8, DOUBLE, True, True), "double_diff": (9, DOUBLE, True, True)},
}
OLDEST = {"name": (1, STRING), "type": (2, STRING), "num_output": (3, INT32), "blobs": (50, "BlobProto", True),
          "blobs_lr": (51, FLOAT, True)}
OLD = {"layer": (1, "OldestLayer"), "bottom": (2, STRING, True), "top": (3, STRING, True), "name": (4, STRING),
       "type": (5, INT32), "blobs": (6, "BlobProto", True), "blobs_lr": (7, FLOAT, True), "weight_decay": (8, FLOAT, True)}
NEW = {"name": (1, STRING), "type": (2, STRING), "bottom": (3, STRING, True), "top": (4, STRING, True),
       "blobs": (7, "BlobProto", True), "phase": (10, INT32)}
NET = {"name": (1, STRING), "layers": (2, "OldLayer", True), "input": (3, STRING, True), "input_dim": (4, INT32, True),
       "force_backward": (5, BOOL), "layer": (100, "NewLayer", True)}


def messages(numbering, packed=True):
    """The message classes of one numbering, by name."""
    package = f"golden_{numbering}_{packed}"
    file = descriptor_pb2.FileDescriptorProto(name=package + ".proto", package=package, syntax="proto2")
    tables = {"BlobShape": SHAPE, "BlobProto": BLOBS[numbering], "OldestLayer": OLDEST, "OldLayer": OLD, "NewLayer": NEW,
              "NetParameter": NET}
    for name, fields in tables.items():
        message = file.message_type.add(name=name)
        for field, (number, kind, *rest) in fields.items():
            added = message.field.add(name=field, number=number,
                                      label=FIELD.LABEL_REPEATED if rest and rest[0] else FIELD.LABEL_OPTIONAL)
            if isinstance(kind, str):
                added.type, added.type_name = FIELD.TYPE_MESSAGE, f".{package}.{kind}"
            else:
                added.type = kind
            if len(rest) > 1 and rest[1]:
                added.options.packed = packed
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in tables}


def value_array(name, count):
    return (((np.arange(count, dtype=np.int64) * 7 + sum(name.encode())) % 101 - 50) / 64).astype(np.float32)


# A net that no one trained, with the names of C3D: a convolution, a matrix, biases.
TENSORS = [("conv1a", (2, 3, 3, 3, 3), (2,)), ("conv2a", (3, 2, 3, 3, 3), (3,)), ("fc6-1", (4, 6), (4,)), ("fc8", (2, 4), (2,))]


def fill(blob, numbering, shape, values, style):
    if numbering == "v10":
        five = (1,) * (5 - len(shape)) + tuple(shape)
        for field, extent in zip(("num", "channels", "length", "height", "width"), five):
            setattr(blob, field, extent)
        blob.data.extend(values)
    elif style == "legacy":  # four dimensions, no shape
        four = (1,) * (4 - len(shape)) + tuple(shape)
        for field, extent in zip(("num", "channels", "height", "width"), four):
            setattr(blob, field, extent)
        blob.data.extend(values)
    else:
        blob.shape.dim.extend(shape)
        (blob.double_data if style == "double" else blob.data).extend(values)


def net(numbering, layers, packed=True, style="shape", tensors=TENSORS):
    """layers: old, new or oldest, the list that holds them."""
    made = messages(numbering, packed)
    result = made["NetParameter"](name="golden")
    for name, *shapes in tensors:
        if layers == "new":
            layer = result.layer.add(name=name, type="Convolution3D", bottom=["data"], top=[name])
        else:
            layer = result.layers.add(bottom=["data"], top=[name])
            if layers == "oldest":
                layer.layer.name, layer.layer.type = name, "conv"
                layer = layer.layer
            else:
                layer.name, layer.type = name, 30
        for suffix, shape in zip((".weight", ".bias"), shapes):
            fill(layer.blobs.add(), numbering, shape, value_array(name + suffix, int(np.prod(shape))), style)
    return result


FLAT = [(name, shapes[0] if len(shapes[0]) == 2 else (shapes[0][0], shapes[0][1] * 3, 3, 3), shapes[1])
        for name, *shapes in TENSORS]  # what fits four dimensions


def models():
    yield "v10.caffemodel", net("v10", "old").SerializeToString()
    yield "v10_unpacked.caffemodel", net("v10", "old", packed=False).SerializeToString()
    yield "v10_oldest_layers.caffemodel", net("v10", "oldest").SerializeToString()
    yield "bvlc.caffemodel", net("bvlc", "new").SerializeToString()
    yield "bvlc_unpacked.caffemodel", net("bvlc", "new", packed=False).SerializeToString()
    yield "bvlc_old_layers.caffemodel", net("bvlc", "old").SerializeToString()
    yield "bvlc_double.caffemodel", net("bvlc", "new", style="double").SerializeToString()
    yield "bvlc_legacy.caffemodel", net("bvlc", "new", style="legacy", tensors=FLAT).SerializeToString()


def npy(array, **replaced):
    fields = {"descr": array.dtype.str, "fortran_order": bool(array.flags.f_contiguous and not array.flags.c_contiguous),
              "shape": array.shape, **replaced}
    text = repr(fields).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + array.tobytes("A")


def mean_blob(numbering, shape, style="shape"):
    blob = messages(numbering)["BlobProto"]()
    fill(blob, numbering, shape, value_array("mean", int(np.prod(shape))), style)
    return blob.SerializeToString()


def means():
    cube = value_array("mean", 3 * 2 * 4 * 5).reshape(3, 2, 4, 5)
    yield "v10_cube.binaryproto", mean_blob("v10", (1, 3, 2, 4, 5))
    yield "bvlc_cube.binaryproto", mean_blob("bvlc", (1, 3, 2, 4, 5))
    yield "bvlc_picture.binaryproto", mean_blob("bvlc", (1, 3, 4, 5), "legacy")
    yield "cube_f4.npy", npy(cube)
    yield "cube_f8.npy", npy(cube.astype("<f8")[None])
    yield "cube_fortran.npy", npy(np.asfortranarray(cube))
    yield "colours.npy", npy(value_array("mean", 3))


def hostile():
    """Each breaks one promise; the tests know what must be said of it."""
    v10, bvlc = net("v10", "old").SerializeToString(), net("bvlc", "new").SerializeToString()
    yield "truncated.caffemodel", v10[:len(v10) * 2 // 3]

    def changed(numbering, change):
        made = net(numbering, "old")
        change(made.layers[0].blobs[0])
        return made.SerializeToString()

    def huge(blob):
        blob.num = blob.channels = blob.length = blob.height = 2**15
        blob.width = 1

    def dims(*extents):
        def change(blob):
            del blob.shape.dim[:]
            blob.shape.dim.extend(extents)
        return change

    yield "v10_2_60.caffemodel", changed("v10", huge)
    yield "v10_one_value_less.caffemodel", changed("v10", lambda blob: blob.data.pop())
    yield "v10_negative.caffemodel", changed("v10", lambda blob: setattr(blob, "num", -2))
    yield "v10_no_values.caffemodel", changed("v10", lambda blob: blob.ClearField("data"))
    yield "bvlc_2_60.caffemodel", changed("bvlc", dims(2**60))
    yield "bvlc_overflow.caffemodel", changed("bvlc", dims(2**40, 2**40))
    yield "bvlc_negative.caffemodel", changed("bvlc", dims(-2, 3, 3, 3, 3))
    yield "bvlc_zero.caffemodel", changed("bvlc", dims(0, 3))
    yield "bvlc_six_dimensions.caffemodel", changed("bvlc", dims(2, 3, 3, 3, 3, 1))
    yield "bvlc_1000_dimensions.caffemodel", changed("bvlc", lambda blob: blob.shape.dim.extend([1] * 1000))

    # A blob of v1.0 in a file of the other numbering, and one of neither.
    mixed = net("bvlc", "old")
    raw = mixed.SerializeToString() + v10[v10.index(b"\x12"):]
    yield "both_numberings.caffemodel", raw
    made = net("v10", "old")
    for layer in made.layers:
        for blob in layer.blobs:
            blob.ClearField("width")
    yield "neither_numbering.caffemodel", made.SerializeToString()

    twice = net("bvlc", "new")
    twice.layer.add().CopyFrom(twice.layer[0])
    yield "layer_twice.caffemodel", twice.SerializeToString()
    nameless = net("bvlc", "new")
    nameless.layer[0].ClearField("name")
    yield "nameless.caffemodel", nameless.SerializeToString()
    bare = net("bvlc", "new")
    for layer in bare.layer:
        del layer.blobs[:]
    yield "no_weights.caffemodel", bare.SerializeToString()
    flipped = bytearray(bvlc)
    flipped[9] ^= 0x80
    yield "flipped.caffemodel", bytes(flipped)
    yield "group.caffemodel", b"\x0a\x01a\x13\x14"
    yield "length_2_60.caffemodel", b"\x12" + b"\xff" * 8 + b"\x0f"

    cube = value_array("mean", 3 * 2 * 4 * 5).reshape(3, 2, 4, 5)
    yield "mean_no_colours.npy", npy(cube.reshape(2, 3, 4, 5))
    yield "mean_short.npy", npy(cube)[:-4]
    yield "mean_2_60.npy", npy(cube, shape=(3, 2**20, 2**20, 2**20))
    yield "mean_big_endian.npy", npy(cube.astype(">f4"))
    yield "mean_object.npy", npy(cube, descr="|O")
    yield "mean_unclosed.npy", npy(cube).replace(b"}", b" ")
    yield "mean_short.binaryproto", mean_blob("v10", (1, 3, 2, 4, 5))[:-4]
    yield "mean_no_colours.binaryproto", mean_blob("v10", (1, 2, 2, 4, 5))


def main():
    arguments = sys.argv[1:]
    seeds = "--seeds" in arguments
    folders = [a for a in arguments if a != "--seeds"]
    folder = pathlib.Path(folders[0] if folders else "tests/golden/weights")
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for kind, files in (("", models()), ("", means()), ("hostile/", hostile())):
        for name, content in files:
            path = folder / (name if seeds else kind + name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            total += len(content)
            assert len(content) < 50_000, path
    print(f"{folder}: {total} bytes")


if __name__ == "__main__":
    main()
