#!/usr/bin/env python3
"""Checks that the linker cannot mix instruction sets: isolation.py NM OBJECT...

A function that several object files define (weak, as inline functions and templates are) is taken from any one of them.
So each such symbol of an object compiled for one instruction set must carry that set in its name: the vector type of
kernels/cpu/isa, or the InstructionSet of engine/core.
"""
import pathlib
import re
import subprocess
import sys

TYPES = {"portable": "Portable", "avx2": "Avx2", "avx512": "Avx512", "avx512_bf16": "Avx512Bf16", "amx": "Amx",
         "neon": "Neon"}
NUMBERS = {name: number for number, name in enumerate(TYPES)}  # of engine/core/instruction_set.h
# The linker picks one of many: weak symbols (W, V), unique ones (u) and common ones (C).
PICKED = re.compile(r"^[0-9a-f]+ ([WVuC]) (.*)$")
# The sanitizers' own, the same for every file.
IGNORED = re.compile(r"^(__asan|__ubsan|__odr_asan|\.L|DW\.ref\.)")


def main():
    nm, *objects = sys.argv[1:]
    problems, picked = [], 0
    for name in objects:
        kind = pathlib.Path(name).name.split(".")[0]
        named = re.compile(rf"\b{TYPES[kind]}\b|\(c3d::InstructionSet\){NUMBERS[kind]}\b")
        lines = subprocess.run([nm, "--demangle", name], check=True, text=True, capture_output=True).stdout.splitlines()
        for match in filter(None, map(PICKED.match, lines)):
            picked += 1
            if not IGNORED.match(match[2]) and not named.search(match[2]):
                problems.append(f"{name}: {match[1]} {match[2]}: its name lacks {TYPES[kind]}")
    print("\n".join(problems) or f"isolation: {len(objects)} files, {picked} shared symbols, each named by its set")
    return 1 if problems or not objects else 0


if __name__ == "__main__":
    sys.exit(main())
