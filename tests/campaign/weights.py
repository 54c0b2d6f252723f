"""Damaged weights through c3d_weights and c3d_infer."""

import io
import json
import random
import shutil
import zipfile

import cases
from material import read_safetensors, safetensors_bytes
from mutate import NUMBERS, TEXTS, mutate

SHARE, LEAST, QUICK = 0.12, 2000, 20

GOOD = "@MATERIAL@/data/moving/0.mp4"


def seeds(campaign):
    """(ending, bytes): our own files, what our converter writes, and the golden files of other programs."""
    material = campaign.material
    header, body = read_safetensors(material.weights)
    header.pop("__metadata__")
    found = [(".safetensors", material.weights.read_bytes()), (".safetensors", safetensors_bytes(header, body))]
    for ending in (".pth", ".onnx"):
        out = material.folder / f"weights{ending}"
        done = campaign.tools.run(["c3d_weights", "convert", material.weights, out], material.folder)
        if done.code == 0:
            found.append((ending, out.read_bytes()))
    golden = campaign.source / "tests/golden/weights"
    for pattern in ("*.pth", "*.pth.tar", "*.caffemodel"):
        for path in sorted(golden.glob(pattern)):
            if path.stat().st_size < 4 << 20:
                found.append((path.suffix, path.read_bytes()))
    means = [(path.suffix, path.read_bytes()) for pattern in ("*.npy", "*.binaryproto") for path in sorted(golden.glob(pattern))]
    return found, means


def mutate_header(rng, data):
    """A safetensors file whose header says something else; the bytes of its tensors stay."""
    size = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8:8 + size]), data[8 + size:]
    for _ in range(rng.choice([1, 1, 2, 4])):
        strange = rng.choice(NUMBERS) if rng.random() < 0.5 else rng.choice(TEXTS)
        metadata = header.get("__metadata__")
        if metadata and rng.random() < 0.7:
            metadata[rng.choice(sorted(metadata))] = strange if rng.random() < 0.1 else str(strange)
            continue
        name = rng.choice([key for key in sorted(header) if key != "__metadata__"])
        entry = header[name]
        kind = rng.randrange(6)
        if not isinstance(entry, dict) or kind == 0:
            header[name] = strange
        elif kind == 1 and entry.get("shape"):
            entry["shape"][rng.randrange(len(entry["shape"]))] = strange
        elif kind == 2 and entry.get("data_offsets"):
            entry["data_offsets"][rng.randrange(len(entry["data_offsets"]))] = strange
        elif kind == 3:
            entry["dtype"] = rng.choice(["F16", "BF16", "F64", "I64", "U8", "BOOL", "F8_E4M3", strange])
        elif kind == 4:
            del header[name]
            if len(header) < 2:
                break
        else:
            header[str(strange)] = header.pop(name)
    return safetensors_bytes(header, body)


def mutate_zip(rng, data):
    """A .pth with one entry damaged inside a zip that is whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        names = source.namelist()
        pickles = [name for name in names if name.endswith("data.pkl")]
        chosen = rng.choice(pickles if pickles and rng.random() < 0.8 else names)
        for name in names:
            content = source.read(name)
            target.writestr(name, mutate(rng, content) if name == chosen else content)
    return out.getvalue()


def damaged(rng, ending, data):
    if ending == ".safetensors" and rng.random() < 0.7:
        return mutate_header(rng, data)
    if data[:2] == b"PK" and rng.random() < 0.7:
        return mutate_zip(rng, data)
    return mutate(rng, data)


def infer(*options):
    return ["c3d_infer", "--plan", "fixed", "--threads", "1", "--clips", "1", *options, GOOD]


def one(campaign, part, index, found, means):
    rng = random.Random(f"{campaign.seed} weights {index}")
    folder = campaign.work / f"weights-{index}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if means and index % 10 == 9:
        ending, data = rng.choice(means)
        file = folder / f"mean{ending}"
        file.write_bytes(mutate(rng, data))
        commands = [(["c3d_weights", "inspect", f"@CASE@/{file.name}"], (0, 1)),
                    (infer("--weights", "@MATERIAL@/weights.safetensors", "--mean", f"@CASE@/{file.name}"), (0, 1))]
    else:
        # Every other case is of our own files: they are read furthest.
        ending, data = found[index // 2 % min(4, len(found))] if index % 2 else rng.choice(found)
        file = folder / f"damaged{ending}"
        file.write_bytes(damaged(rng, ending, data))
        commands = [(["c3d_weights", "inspect", f"@CASE@/{file.name}"], (0, 1)), (infer("--weights", f"@CASE@/{file.name}"), (0, 1))]
        if rng.random() < 0.25:
            out = rng.choice(["out.safetensors", "out.pth", "out.onnx"])
            commands.insert(1, (["c3d_weights", "convert", f"@CASE@/{file.name}", f"@CASE@/{out}"], (0, 1)))
    cases.run_commands(campaign, part, folder, commands, [file])
    shutil.rmtree(folder, ignore_errors=True)


def run(campaign, part):
    found, means = seeds(campaign)
    part.counts["kinds"] = sorted({ending for ending, _ in found + means})
    campaign.each(part, lambda index: one(campaign, part, index, found, means))


repeat = cases.repeat
