#!/usr/bin/env python3
"""No kernel of ours spills, uses local memory or a stack; and none is missing from the report that says so.

The report is cuobjdump's, of the built library. Where the toolkit came without cuobjdump it is ptxas's, of the same
sources compiled once more as the build compiled them, but for the host's code.
"""
import argparse
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

KERNEL = re.compile(r"__global__\s+void\s+(?:__launch_bounds__\s*\([^()]*\)\s*)?(\w+)\s*\(")


def kernels_in(folder):
    sources = [path for ending in ("*.cu", "*.cuh") for path in sorted(folder.glob(ending))]
    return {name for path in sources for name in KERNEL.findall(path.read_text(encoding="utf-8"))}


def run(command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options)


def report_of_library(cuobjdump, library):
    """{mangled name: {what: number}} of every kernel in the library."""
    text = run([cuobjdump, "--dump-resource-usage", library]).stdout
    found = re.findall(r"Function (\S+):\s*\n\s*(REG:.*)", text)
    wanted = ("REG", "STACK", "LOCAL")
    return {name: {what: int(number) for what, number in re.findall(r"(\w+):(\d+)", line) if what in wanted}
            for name, line in found}


def report_of_sources(compile_commands, folder):
    report = {}
    with tempfile.TemporaryDirectory() as scratch:
        for entry in json.loads(pathlib.Path(compile_commands).read_text(encoding="utf-8")):
            source = pathlib.Path(entry["file"])
            if source.suffix != ".cu" or source.parent != folder:
                continue
            command = shlex.split(entry["command"])
            command[command.index("-o") + 1] = f"{scratch}/{source.stem}.fatbin"
            command[command.index("-c")] = "-fatbin"
            text = run(command + ["-Xptxas", "-v"], cwd=entry["directory"]).stderr
            pattern = (r"Function properties for (\S+)\s*\n\s*(\d+) bytes stack frame, (\d+) bytes spill stores, "
                       r"(\d+) bytes spill loads\s*\n.*Used (\d+) registers")
            for name, stack, stores, loads, registers in re.findall(pattern, text):
                report[name] = {"REG": int(registers), "STACK": int(stack), "spill stores": int(stores),
                                "spill loads": int(loads)}
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", help="the built library")
    parser.add_argument("folder", type=pathlib.Path, help="where the .cu files are")
    parser.add_argument("compile_commands", help="compile_commands.json of the build")
    parser.add_argument("--cuobjdump", default="", help="the program; without it the sources are compiled again")
    args = parser.parse_args()
    report = (report_of_library(args.cuobjdump, args.archive) if args.cuobjdump
              else report_of_sources(args.compile_commands, args.folder.resolve()))

    problems = []
    for name, usage in sorted(report.items()):
        used = [f"{number} {what}" for what, number in usage.items() if what != "REG" and number > 0]
        if used:
            problems.append(f"{name} uses {', '.join(used)}")
    names = kernels_in(args.folder)
    for name in sorted(names):  # a mangled name holds each part after its length
        if not any(f"{len(name)}{name}" in mangled for mangled in report):
            problems.append(f"{name} is missing from the report")
    if not names:
        problems.append(f"{args.folder} holds no kernel")
    print("\n".join(problems) or f"{len(names)} kernels in {len(report)} forms: no spills, no stack, no local memory, at "
          f"most {max(usage['REG'] for usage in report.values())} registers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
