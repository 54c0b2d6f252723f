#!/usr/bin/env python3
"""Draws what transfer.py measured with few videos a class: right videos and clips, from the shipped start and from scratch.

    learning_curve.py [benchmarks/results/transfer.json] [docs/learning_curve.svg]

Lines are means over seeds, points are runs. From scratch means the same width, stride and clips, and twice the steps.
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
VIDEOS = {"set1x2": 2, "set1x4": 4, "set1x7": 7}
WIDE, HIGH, LEFT, TOP, BOTTOM = 640, 360, 60, 24, 50
PLOT = 400  # pixels from the axis to the last point
SERIES = [("small", "video_accuracy", "#1f5fa8", "", "shipped start, videos"),
          ("small", "clip_accuracy", "#1f5fa8", "6 4", "shipped start, clips"),
          ("scratch", "video_accuracy", "#a8461f", "", "from scratch, videos"),
          ("scratch", "clip_accuracy", "#a8461f", "6 4", "from scratch, clips")]


def x_of(videos):
    return LEFT + PLOT * (videos - 1) / 6.5


def y_of(accuracy):
    return TOP + (1 - accuracy) * (HIGH - TOP - BOTTOM)


def text(x, y, words, anchor="middle", colour="#333"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'


def axes():
    yield f'<rect width="{WIDE}" height="{HIGH}" fill="white"/>'
    for percent in range(0, 101, 20):
        y = y_of(percent / 100)
        yield f'<path d="M{LEFT} {y:.1f}H{LEFT + PLOT + 12}" stroke="#ddd"/>'
        yield text(LEFT - 8, y + 4, f"{percent} %", "end")
    for videos in VIDEOS.values():
        yield text(x_of(videos), HIGH - BOTTOM + 20, videos)
    chance = y_of(1 / 6)
    yield f'<path d="M{LEFT} {chance:.1f}H{LEFT + PLOT + 12}" stroke="#888" stroke-dasharray="2 4"/>'
    yield text(LEFT + PLOT + 18, chance + 4, "chance", "start", "#666")
    yield text(LEFT + PLOT / 2, HIGH - 8, "training videos a class, of six classes (UT-Interaction, set 1)")


def line(found, way, number, colour, dashes, name):
    rows = [(VIDEOS[row["set"]], row) for row in found if row["way"] == way]
    means = [(x_of(videos), y_of(row["mean"][number])) for videos, row in rows]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in means)
    yield f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
    for videos, row in rows:
        for run in row["runs"]:
            filled = "none" if dashes else colour
            yield f'<circle cx="{x_of(videos):.1f}" cy="{y_of(run[number]):.1f}" r="3" fill="{filled}" stroke="{colour}"/>'
    yield text(means[-1][0] + 18, means[-1][1] + (12 if dashes else 0), name, "start", colour)


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "benchmarks/results/transfer.json")
    out = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ROOT / "docs/learning_curve.svg")
    # Of two ways from scratch, that of the same network.
    found = [row for row in json.loads(source.read_text())["results"]
             if row["set"] in VIDEOS and (row["way"] != "scratch" or "--set width=0.25" in row["command"])]
    found.sort(key=lambda row: VIDEOS[row["set"]])
    parts = [*axes(), *(part for series in SERIES for part in line(found, *series))]
    out.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" height="{HIGH}" '
                   'font-family="sans-serif" font-size="13">\n' + "\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    main()
