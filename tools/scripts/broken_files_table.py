#!/usr/bin/env python3
"""Writes the table of weights in docs/broken_files.md: what c3d_weights says of each hostile file of the tests, how long it takes and how
much memory.

    broken_files_table.py [BUILD]
"""
import datetime
import pathlib
import resource
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))

from provenance import commit, machine

DOCUMENT = ROOT / "docs/broken_files.md"
RUNS = 3
BEGIN, END = "<!-- weights: tools/scripts/broken_files_table.py writes this -->", "<!-- /weights -->"


def processor_seconds():
    """Of the children that have ended: other work of the machine does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    tool = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build") / "bin/c3d_weights"
    table = ["| file | error | processor ms |", "|---|---|---:|"]
    for file in sorted((ROOT / "tests/golden/weights/hostile").iterdir()):
        took = float("inf")
        for _ in range(RUNS):
            start = processor_seconds()
            result = subprocess.run([tool, "inspect", file.name], cwd=file.parent, text=True, capture_output=True)
            took = min(took, 1e3 * (processor_seconds() - start))
        if result.returncode != 1:
            sys.exit(f"{file.name}: exit code {result.returncode}, not 1")
        lines = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        table.append(f"| {file.name} | {lines[0].removeprefix('c3d_weights: ').replace('|', chr(92) + '|')} | {took:.0f} |")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    day = datetime.date.today()
    table += ["", f"Most memory of any of these runs: {most} MB. `tools/scripts/broken_files_table.py`, the best of {RUNS} times; "
              f"{day.day} {day:%B %Y}, commit {commit(ROOT)}, {machine()}."]
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    DOCUMENT.write_text("\n".join([before + BEGIN, *table, END]) + rest.partition(END)[2])


if __name__ == "__main__":
    main()
