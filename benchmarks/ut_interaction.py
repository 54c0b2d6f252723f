#!/usr/bin/env python3
"""Trains C3D from scratch on UT-Interaction (6 classes) with several seeds and writes what the last snapshots reach.

Train: set 1, sequences 4 to 10; test: set 1, sequences 1 to 3; 10 clips a video. The settings are those of
benchmarks/ut_interaction.json; the test videos choose nothing: the last snapshot counts.

    ut_interaction.py FOLDER --out RUNS --json benchmarks/results/ut_interaction.json [--set key=value]
"""
import argparse
import pathlib
import subprocess
import sys

import seeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the dataset: one folder per class")
    parser.add_argument("--config", type=pathlib.Path, default=seeds.ROOT / "benchmarks/ut_interaction.json")
    args = seeds.arguments(parser)
    lists = args.out / "lists"
    subprocess.run([sys.executable, seeds.ROOT / "tools/scripts/make_ut_interaction_lists.py", args.folder, "--out", lists],
                   check=True, stdout=subprocess.DEVNULL)
    seeds.train_all(args, lists / "train.txt", lists / "test.txt")


if __name__ == "__main__":
    main()
