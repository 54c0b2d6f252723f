"""Where a result comes from: machine and commit."""

import os
import pathlib
import platform
import subprocess


def machine():
    name = platform.processor() or platform.machine()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return f"{name}, {os.cpu_count()} cores"


def commit(folder):
    """As the tools say it of themselves: "-dirty" behind it where tracked files differ."""
    done = subprocess.run(["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=10"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
