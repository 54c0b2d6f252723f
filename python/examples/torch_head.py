"""A PyTorch head, trained on our features of a folder with a folder for each class.

    python torch_head.py WEIGHTS FOLDER
"""
import pathlib
import sys

import torch

import c3d


def main(weights: str, folder: str) -> float:
    model = c3d.load(weights)
    videos = sorted(path for path in pathlib.Path(folder).glob("*/*") if path.is_file())
    classes = sorted({video.parent.name for video in videos})
    rows = torch.cat([torch.from_dlpack(model.features(video, "fc6", pool="mean", l2=True)) for video in videos])
    truth = torch.tensor([classes.index(video.parent.name) for video in videos])

    torch.manual_seed(0)
    head = torch.nn.Linear(rows.shape[1], len(classes))
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(300):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(head(rows), truth).backward()
        optimizer.step()
    accuracy = (head(rows).argmax(1) == truth).float().mean().item()
    print(f"{len(videos)} videos of {len(classes)} classes, {accuracy:.0%} right in training")
    return accuracy


if __name__ == "__main__":
    main(*sys.argv[1:])
