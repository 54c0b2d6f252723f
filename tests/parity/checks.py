"""Our tools, and the tally of checks: what a proof needs that takes no PyTorch."""

import os
import pathlib
import subprocess
import sys
import tempfile
import traceback

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("C3D_BIN", ROOT / "build/bin"))


class ToolFailed(Exception):
    pass


def tool(name, *arguments):
    """Runs one of ours; what it wrote to standard output."""
    command = [str(BIN / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise ToolFailed(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def relative_error(ours, reference):
    """The largest of the rows: ||a - b|| / ||b||."""
    ours, reference = np.asarray(ours, np.float64), np.asarray(reference, np.float64)
    if ours.shape != reference.shape:
        return float("inf")
    ours, reference = ours.reshape(len(ours), -1), reference.reshape(len(reference), -1)
    return float(np.max(np.linalg.norm(ours - reference, axis=1) / np.linalg.norm(reference, axis=1)))


class Checks:
    """Counts what holds. Used as `with Checks() as checks`: leaves the script with 1 if anything failed."""

    def __enter__(self):
        self.passed = self.failed = 0
        self._scratch = tempfile.TemporaryDirectory(prefix="c3d_parity_")
        self.folder = pathlib.Path(self._scratch.name)
        return self

    def __exit__(self, kind, error, trace):
        self._scratch.cleanup()
        if kind is not None and not issubclass(kind, SystemExit):
            traceback.print_exception(kind, error, trace)
            self.check("the proof runs to its end", False, str(error).splitlines()[0] if str(error) else kind.__name__)
        print(f"{'FAIL' if self.failed else 'PASS'}: {self.passed} of {self.passed + self.failed} checks")
        sys.exit(1 if self.failed or not self.passed else 0)

    def check(self, what, holds, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"{'PASS' if holds else 'FAIL'} {what}{': ' + detail if detail else ''}", flush=True)

    def near(self, what, ours, reference, limit):
        error = relative_error(ours, reference)
        detail = f"relative error {error:.2e}, at most {limit:g}"
        if np.shape(ours) != np.shape(reference):
            detail = f"shape {np.shape(ours)}, not {np.shape(reference)}"
        self.check(what, error <= limit, detail)

    def attempt(self, what, work):
        """work()'s result; None, and a failed check, where it raises."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001: whatever it was, the other checks go on
            self.check(what, False, str(error).replace("\n", " | "))
            return None
