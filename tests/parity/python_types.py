"""The types of the Python package, its stubs too, by mypy."""

import pathlib
import subprocess
import sys

import c3d

from checks import ROOT, Checks

with Checks() as checks:
    package = pathlib.Path(c3d.__file__).parent
    done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", checks.folder / "cache", package],
                          text=True, capture_output=True)
    checks.check("mypy --strict finds nothing", done.returncode == 0, done.stdout + done.stderr if done.returncode else "")
    checks.check("the package says that it is typed", (package / "py.typed").exists() and (package / "_c3d.pyi").exists())
