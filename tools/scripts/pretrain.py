#!/usr/bin/env python3
"""Trains the weights that `--init motion` starts from, from nothing, and writes them as bf16.

RECIPE (weights/pretrained/c3d-motion-w025.json) lists pieces: each has its data and settings, and starts from the best
weights of the piece before it. A piece that was interrupted goes on, one that is finished is kept.

    pretrain.py RECIPE [--bin build/bin] [--work build/pretrained] --out FILE.safetensors
"""
import argparse
import json
import pathlib
import subprocess
import sys

BEST = "best.safetensors"


def run(command):
    print("+", " ".join(command), flush=True)
    subprocess.run(command, check=True)


def is_finished(folder):
    """Whether the run's last event is of its last step."""
    events = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    steps = json.loads((folder / "config.json").read_text())["steps"]
    return any(event["event"] == "evaluation" and event["step"] == steps for event in events)


def train_piece(tools, folder, piece, start, defaults):
    train = str(tools / "c3d_train")
    if not (folder / "metrics.jsonl").exists():
        settings = {"recipe": "none"} | defaults | piece["settings"]
        if start is not None:
            settings["init"] = str(start)
        config = folder.with_suffix(".json")
        config.write_text(json.dumps(settings, indent=2) + "\n")
        run([train, "--data", piece["data"], "--config", str(config), "--out", str(folder)])
    elif not is_finished(folder):
        run([train, "--out", str(folder), "--resume"])
    return folder / BEST


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/bin"), help="folder of the tools")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("build/pretrained"), help="where the runs go")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    recipe = json.loads(args.recipe.read_text())
    args.work.mkdir(parents=True, exist_ok=True)
    best = None
    for number, piece in enumerate(recipe["pieces"], start=1):
        best = train_piece(args.bin, args.work / f"piece{number}", piece, best, recipe["settings"])
    run([str(args.bin / "c3d_weights"), "convert", "--type", "bf16", str(best), str(args.out)])


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as failed:
        sys.exit(failed.returncode)
