#!/usr/bin/env python3
"""Checks that every #include stays inside what tests/layers.txt allows its folder.

A line of layers.txt is `folder: allowed ...`; a folder may always include itself. The longest matching folder counts.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
# Headers of libraries that only one folder may name.
LIBRARY = re.compile(r"^\s*#\s*include\s+<((?:cuda|cudnn|cublas|nvtx3|dnnl|omp\.h|libav|libsw|cairo|hdf5\.h|CLI/|zip\.h|zlib\.h|google/protobuf)[^>]*)>", re.MULTILINE)


def read_rules():
    rules, libraries = {}, {}
    for line in (ROOT / "tests/layers.txt").read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, _, allowed = line.partition(":")
        words = allowed.split()
        rules[folder] = [w for w in words if not w.startswith("<")]
        libraries[folder] = [w.strip("<>") for w in words if w.startswith("<")]
    return rules, libraries


def main():
    rules, libraries = read_rules()
    files = subprocess.run(["git", "ls-files", "*.h", "*.cpp", "*.cu", "*.cuh"], cwd=ROOT, check=True, text=True,
                           capture_output=True).stdout.split()
    problems = []
    for name in files:
        folder = max((f for f in rules if name.startswith(f)), key=len, default=None)
        if folder is None:
            problems.append(f"{name}: no rule in tests/layers.txt covers it")
            continue
        text = (ROOT / name).read_text()
        for included in INCLUDE.findall(text):
            if "/" in included and not any(included.startswith(a) for a in [folder, *rules[folder]]):
                problems.append(f"{name}: may not include {included} ({folder} may use: {' '.join(rules[folder])})")
        for library in LIBRARY.findall(text):
            if not any(library.startswith(a) for a in libraries[folder]):
                problems.append(f"{name}: may not include <{library}>")
    print("\n".join(problems) or f"layers: {len(files)} files, every include allowed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
