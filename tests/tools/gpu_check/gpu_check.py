#!/usr/bin/env python3
"""gpu_check.sh with programs that only pretend: order, limits, skips, failures, the table and the archive.

    gpu_check.py SCRIPT
"""
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

BENCH = """#!/bin/sh
[ "$1" = --version ] && exit 0
echo "$@" >>"$CALLS"
precision=none work=ops file= batch=4
while [ $# -gt 0 ]; do
  case $1 in --precision) precision=$2 ;; --json) file=$2 ;; --net) work=net ;; --batch) batch=$2 ;; esac
  shift
done
[ "$precision" = "$BROKEN" ] && exit 3
[ $work = net ] || { echo '{"ops": []}' >"$file"; exit 0; }
echo '{"precision": "'$precision'", "batch": '$batch', "net": {"inference": {"seconds_per_clip": 0.000125}}}' >"$file"
"""
PROGRAMS = {
    "c3d_bench": BENCH,
    "c3d_test_parity": "#!/bin/sh\necho parity >>\"$CALLS\"\n",
    "c3d_test_cuda_device": "#!/bin/sh\nexit 0\n",
    "c3d_test_reference": "#!/bin/sh\necho \"reference $*\" >>\"$CALLS\"\n",
    "c3d_synth": "#!/bin/sh\nexit 1\n",
}
COMMANDS = {
    "nvidia-smi": "#!/bin/sh\necho 'NVIDIA H200, 1, 2, 3'\n",
    "compute-sanitizer": "#!/bin/sh\nexec tail -f /dev/null\n",  # it never ends
    "absent-python": "#!/bin/sh\nexit 1\n",
}


class Machine:
    def __init__(self, script, folder):
        self.script, self.folder = script, folder
        self.calls = folder / "calls"
        for name, programs in (("bin", PROGRAMS), ("path", COMMANDS)):
            (folder / name).mkdir()
            for program, text in programs.items():
                (folder / name / program).write_text(text)
                (folder / name / program).chmod(0o755)

    def run(self, out, *words, broken="", seconds=""):
        self.calls.write_text("")
        environment = os.environ | {"PATH": f"{self.folder / 'path'}:/usr/bin:/bin", "CALLS": str(self.calls), "BROKEN": broken,
                                    "C3D_PYTHON": "absent-python"}
        if seconds:
            environment["C3D_PART_SECONDS"] = seconds
        done = subprocess.run([self.script, self.folder / out, "--bin", self.folder / "bin", *words], env=environment, text=True,
                              capture_output=True, check=False)
        return done, self.calls.read_text().splitlines()


def expect(holds, what, done):
    if not holds:
        sys.exit(f"{what}\n{done.stdout}{done.stderr}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(sys.argv[1], pathlib.Path(folder))
        done, calls = machine.run("a", "first", seconds="2")
        expect(done.returncode == 1, "a part that ran out of time is no success", done)
        order = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("== ")]
        expect(order == ["tests", "fp8", "bench", "videos", "profile", "sanitizer"], f"parts ran as {order}", done)
        expect(calls[:2] == ["parity", "reference cuda*"], f"tests ran as {calls[:2]}", done)
        expect(sum("--precision fp8" in call for call in calls) == 4 and sum("--ops" in call for call in calls) == 4,
               f"the bench was asked {calls}", done)
        check = json.loads((machine.folder / "a/check.json").read_text())
        results = {part["part"]: part["result"] for part in check["parts"]}
        expect(results == {"tests": "ok", "fp8": "ok", "bench": "ok", "videos": "skipped", "profile": "skipped",
                           "sanitizer": "out-of-time"}, f"results: {results}", done)
        row = [line.split() for line in done.stdout.splitlines() if line.startswith("inference") and " 64 " in line and "bf16" in line]
        expect(row == [["inference", "64", "bf16", "-", "8175", "8000", "10250", "-"]], f"the table has {row}", done)
        with tarfile.open(machine.folder / "a/all.tar.gz") as archive:
            names = set(archive.getnames())
        expect({"./check.json", "./bench.json", "./tests.log", "./sanitizer.log"} <= names, f"the archive has {names}", done)

        done, _ = machine.run("b", "fp8", "bench", broken="fp8")
        results = {part["part"]: part["result"] for part in json.loads((machine.folder / "b/check.json").read_text())["parts"]}
        expect(results == {"fp8": "failed", "bench": "ok"}, f"after a failure: {results}", done)
        expect(done.returncode == 1 and "FAILED: fp8.64" in done.stdout, "a failure is not said", done)

        done, _ = machine.run("c", "second")
        expect(done.returncode == 0, "what is not installed is a failure", done)
        done, _ = machine.run("d", "third")
        expect(done.returncode == 2 and "there is no part third" in done.stderr, "a part that there is not", done)
    print("gpu_check.sh keeps its order and its limits")


if __name__ == "__main__":
    main()
