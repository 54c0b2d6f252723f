"""Runs the tools under limits, and judges what they said."""

import os
import pathlib
import re
import signal
import subprocess
import time
from dataclasses import dataclass

MEMORY = 4 << 30  # bytes of address space
SECONDS = 20.0

# What never stands in a tool's output: texts of libraries, of the run-time system and of sanitizers, and bytes that steer a terminal.
FORBIDDEN = [b"terminate called", b"json.exception", b"basic_filebuf", b"vector::", b"std::", b"Assertion", b"AddressSanitizer",
             b"ThreadSanitizer", b"LeakSanitizer", b"runtime error", b"\x1b", b"Success", b"bad_alloc", b"regex_error"]


@dataclass
class Outcome:
    argv: list
    code: int  # negative: ended by that signal
    timed_out: bool
    out: bytes
    err: bytes
    seconds: float

    @property
    def text(self):
        return self.out + b"\n" + self.err

    def errors(self):
        """The lines of stderr that a tool's own error begins with."""
        return [line for line in self.err.splitlines() if re.match(rb"c3d_\w+: ", line)]


@dataclass
class Tools:
    """Where the tools are, and what every process of theirs gets."""
    bin: pathlib.Path
    patience: float = 1  # factor on every time limit: sanitizers and busy machines are slow

    def __post_init__(self):
        binary = (self.bin / "c3d_infer").read_bytes()
        self.sanitized = any(name in binary for name in (b"__asan_init", b"__tsan_init"))
        if self.sanitized:
            self.patience *= 8
        self.sanitizer_library = self._sanitizer_library()
        self.base = {name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "XDG_CACHE_HOME", "OMP_NUM_THREADS")}

    def _sanitizer_library(self):
        """Where the sanitizer is a library of its own, it wants to be loaded first."""
        listed = subprocess.run(["ldd", self.bin / "c3d_infer"], capture_output=True, text=True, check=False).stdout
        found = re.search(r"lib[at]san\S* => (\S+)", listed)
        return found.group(1) if found else ""

    def start(self, argv, cwd, env=None, preload="", stdout=subprocess.PIPE, stderr=subprocess.PIPE):
        environment = dict(self.base)
        environment.update(env or {})
        loaded = f"{self.sanitizer_library} {preload}".strip() if preload else ""
        # A sanitizer's shadow has no place in a bounded address space. Each of these becomes the next: the process stays the same.
        command = ["prlimit", "--core=0", *([] if self.sanitized else [f"--as={MEMORY}"]),
                   "env", "--default-signal=INT,TERM,HUP", *([f"LD_PRELOAD={loaded}"] if loaded else []), self.bin / argv[0]]
        command += [a if isinstance(a, bytes) else str(a) for a in argv[1:]]
        return subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                                start_new_session=True)

    def run(self, argv, cwd, env=None, seconds=SECONDS, preload=""):
        begin = time.monotonic()
        process = self.start(argv, cwd, env, preload)
        timed_out = False
        try:
            out, err = process.communicate(timeout=seconds * self.patience)
        except subprocess.TimeoutExpired:
            timed_out = True
            process.kill()
            out, err = process.communicate()
        return Outcome(list(argv), process.returncode, timed_out, out, err, time.monotonic() - begin)


def complaint(outcome, codes=(0, 1)):
    """What is wrong with how a tool ended and what it said; empty: nothing."""
    if outcome.timed_out:
        return f"no end within {outcome.seconds:.0f} s"
    for text in FORBIDDEN:
        at = outcome.text.find(text)
        if at >= 0:
            near = outcome.text[max(0, at - 60):at + 100].decode("utf-8", "backslashreplace").replace("\n", " | ")
            return f"says {text.decode('latin1')!r}: {near!a}"
    if outcome.code < 0:
        return f"ended by {signal.Signals(-outcome.code).name}"
    if outcome.code not in codes:
        return f"exit code {outcome.code}: {last_line(outcome)}"
    if outcome.code == 1 and len(outcome.errors()) > 1:
        return f"{len(outcome.errors())} errors for one: {outcome.errors()[1][:120]!r}"
    return ""


def last_line(outcome):
    lines = [line for line in outcome.err.splitlines() if line.strip()] or [b"(nothing on stderr)"]
    return lines[-1][:200].decode("utf-8", "backslashreplace")
