"""Counts what was tried, keeps the input of each failure, and says how far the campaign is."""

import json
import pathlib
import shutil
import sys
import threading
import time


class Part:
    """One part's counts. Safe to use from several threads."""

    def __init__(self, name, campaign):
        self.name, self.campaign = name, campaign
        self.tried = self.ok = self.refused = 0
        self.counts, self.failures = {}, []
        self.lock = threading.Lock()
        self.begin = time.monotonic()
        self.seconds = 0.0

    def add(self, kind):
        """kind: 'ok', or 'refused' (an error as it should be)."""
        with self.lock:
            self.tried += 1
            setattr(self, kind, getattr(self, kind) + 1)

    def count(self, name, number=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + number

    def fail(self, why, case, files=(), outcome=None, tried=1):
        """case: what repeats it, as JSON; files: copied beside it."""
        with self.lock:
            self.tried += tried
            number = len(self.failures) + 1
            folder = self.campaign.failures / f"{self.name}-{number:03}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            case = dict(case, part=self.name, seed=self.campaign.seed)
            for file in files:
                if pathlib.Path(file).is_file():
                    shutil.copy(file, folder)
            if outcome is not None:
                (folder / "stdout").write_bytes(outcome.out[-100000:])
                (folder / "stderr").write_bytes(outcome.err[-100000:])
            (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n")
            self.failures.append({"what": why, "repeat": f"python3 tests/campaign --repeat {folder / 'case.json'}"})
            self.campaign.progress.say(f"{self.name}: FAULT {number}: {why}")

    def json(self):
        return {"tried": self.tried, "ok": self.ok, "refused": self.refused, **self.counts,
                "failed": len(self.failures), "seconds": round(self.seconds, 1), "failures": self.failures}


class Progress:
    """One line that moves on a terminal; a line every ten seconds elsewhere."""

    def __init__(self):
        self.terminal = sys.stdout.isatty()
        self.said = 0.0
        self.width = 0
        self.lock = threading.RLock()

    def say(self, text):
        with self.lock:
            self.clear()
            print(text, flush=True)

    def clear(self):
        if self.terminal and self.width:
            sys.stdout.write("\r" + " " * self.width + "\r")
            self.width = 0

    def update(self, part, target, share_left):
        """target: cases wanted at least; share_left: seconds of the part's share that are left."""
        with self.lock:
            now = time.monotonic()
            if now - self.said < (0.2 if self.terminal else 10):
                return
            self.said = now
            rate = part.tried / max(1e-9, now - part.begin)
            left = max(share_left, (target - part.tried) / rate if rate > 0 else 0)
            text = (f"{part.name}: {part.tried} of {target} or more, {part.ok} ok, {part.refused} refused, "
                    f"{len(part.failures)} failed; {rate:.1f}/s, {left:.0f} s left")
            if self.terminal:
                self.clear()
                sys.stdout.write(text)
                sys.stdout.flush()
                self.width = len(text)
            else:
                print(text, flush=True)
