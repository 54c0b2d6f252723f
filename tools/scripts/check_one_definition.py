#!/usr/bin/env python3
"""Checks that no two files define types of one name in one namespace.

The linker keeps one of two functions of equal names that are made of a type, such as std::vector<Axis>'s, and does not say so: where
two types share the name, memory is then read as what it is not. Types within functions and in unnamed namespaces, which no other file
sees, may share names; so may the parts of a class that a stand-in defines in place of its other source.
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAND_IN = re.compile(r"(^|_|/)(absent|portable)\.cpp$")
NOT_CODE = re.compile(r'//[^\n]*|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])\'', re.DOTALL)
OPENING = re.compile(
    r"\bnamespace\s*(?P<space>[\w:]*)\s*\{"
    r"|\b(?:struct|class|enum)\s+(?:class\s+)?(?:C3D_API\s+)?(?P<type>[\w:]+)(?:\s+final)?\s*(?::[^;{}()=]*)?\{"
    r"|\busing\s+(?P<alias>\w+)\s*=|(?P<open>\{)|(?P<close>\})")


def types_of(text):
    """(name with its namespaces and classes, whether it is an alias) of what other files could see."""
    inside = []
    for found in OPENING.finditer(NOT_CODE.sub('""', text)):
        visible = None not in inside
        if found["space"] is not None:
            inside.append(found["space"] or None)
        elif found["type"]:
            if visible:
                yield "::".join([*inside, found["type"]]), False
            inside.append(found["type"])
        elif found["alias"]:
            if visible:
                yield "::".join([*inside, found["alias"]]), True
        elif found["open"]:
            inside.append(None)
        elif inside:
            inside.pop()


def main():
    files = subprocess.run(["git", "ls-files", "*.h", "*.cpp", "*.cu", "*.cuh"], cwd=ROOT, check=True, text=True,
                           capture_output=True).stdout.split()
    homes = collections.defaultdict(dict)
    for name in files:
        if name.startswith("tests/") or STAND_IN.search(name):
            continue
        for type_name, is_alias in types_of((ROOT / name).read_text()):
            homes[type_name].setdefault(name, is_alias)
    # An alias may be said twice; that of a source ends with it.
    problems = [f"{name}: defined in {' and in '.join(sorted(places))}: two types need two names"
                for name, places in sorted(homes.items())
                if len(places) > 1 and not all(places.values())]
    print("\n".join(problems) or f"one definition: {len(homes)} types, each in one file")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
