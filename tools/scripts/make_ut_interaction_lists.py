#!/usr/bin/env python3
"""Writes c3d_train's lists for the UT-Interaction dataset.

FOLDER holds one folder per class, with videos named by set and sequence:
    hand_shaking/set1_seq01_4_0.avi
The six classes of the dataset are used; a folder no_interaction (crops that are not part of it) is left out.

Written into --out, one `path label` line a video:
    train.txt          set 1, sequences 4 to 10
    test.txt           set 1, sequences 1 to 3
    set2.txt           set 2, all of it
    fold04_train.txt   train.txt without sequence 4      (and so on for each of its sequences:
    fold04_val.txt     sequence 4 alone                   settings are chosen on these, never on test.txt)
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

CLASSES = ["hand_shaking", "hugging", "kicking", "pointing", "punching", "pushing"]
TEST_SEQUENCES = range(1, 4)
NAME = re.compile(r"set(?P<set>[12])_seq(?P<sequence>\d+)_.*\.avi")


def find_videos(folder):
    """(set, sequence, class, path) of every video, sorted by class and name."""
    videos = []
    for label in CLASSES:
        paths = sorted((folder / label).glob("*.avi"))
        if not paths:
            sys.exit(f"{folder / label}: no .avi files; FOLDER must hold one folder for each of {', '.join(CLASSES)}")
        for path in paths:
            match = NAME.fullmatch(path.name)
            if not match:
                sys.exit(f"{path}: the name does not say set and sequence, as set1_seq01_4_0.avi does")
            videos.append((int(match["set"]), int(match["sequence"]), label, path))
    return videos


def make_lists(videos):
    """Name of a list -> its videos."""
    set1 = [video for video in videos if video[0] == 1]
    train = [video for video in set1 if video[1] not in TEST_SEQUENCES]
    lists = {
        "train": train,
        "test": [video for video in set1 if video[1] in TEST_SEQUENCES],
        "set2": [video for video in videos if video[0] == 2],
    }
    for left_out in sorted({video[1] for video in train}):
        lists[f"fold{left_out:02}_train"] = [video for video in train if video[1] != left_out]
        lists[f"fold{left_out:02}_val"] = [video for video in train if video[1] == left_out]
    return lists


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the dataset: one folder per class")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="where the lists go; made if absent")
    parser.add_argument(
        "--root",
        metavar="DIR",
        type=Path,
        help="write paths relative to DIR, which c3d_train then takes as --root (default: absolute paths)",
    )
    options = parser.parse_args()

    folder = options.folder.resolve()
    root = options.root.resolve() if options.root else None
    if root and not folder.is_relative_to(root):
        parser.error(f"--root {root} does not contain {folder}")
    lists = make_lists(find_videos(folder))
    options.out.mkdir(parents=True, exist_ok=True)
    for name, videos in lists.items():
        lines = [f"{path.relative_to(root) if root else path} {label}\n" for _, _, label, path in videos]
        (options.out / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
        counts = Counter(video[2] for video in videos)
        print(f"{options.out / name}.txt: {len(videos)} videos ({', '.join(f'{c} {n}' for c, n in counts.items())})")


if __name__ == "__main__":
    main()
