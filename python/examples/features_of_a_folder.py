"""Features of all videos of a folder, in one .npz: an array of rows for each video, by its name.

    python features_of_a_folder.py WEIGHTS FOLDER OUT.npz [LAYER]
"""
import pathlib
import sys

import numpy as np

import c3d


def main(weights: str, folder: str, out: str, layer: str = "fc6") -> None:
    model = c3d.load(weights)
    rows = {}
    for video in sorted(pathlib.Path(folder).rglob("*.*")):
        try:
            rows[video.relative_to(folder).as_posix()] = model.features(video, layer)
        except c3d.Error as error:
            print(f"left out: {error}", file=sys.stderr)
    np.savez(out, **rows)
    print(f"{len(rows)} videos, {sum(map(len, rows.values()))} rows of {layer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
