#!/usr/bin/env python3
"""clang-tidy over the sources of a configured and built folder.

In a unity build it reads the joined sources: four times as fast, because the headers that many share are read once
for up to 32. With --since COMMIT it reads those alone that differ from COMMIT, and of each header that does one source that
includes it, joined anew where a unity build joins them. Tests are then left out, a run over all of them takes half an
hour of two cores, and so are checks that cost much and seldom find anything. Checks of speed do not apply to tests, nor those
that a REQUIRE or a table of small numbers answers.

Each source has a line with its seconds when it is read; one that takes longer than --patience seconds is an error.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READ = re.compile(r"(engine|kernels|model|data|weights|c3d|tools|tests)/.*\.(cpp|cxx)$")
# Messages of protobuf, and Catch's own main.
NOT_OURS = ("c3d_weights_proto.dir", "c3d_test_main.dir", "catch2_v2/main.cpp", "catch2_v3/main.cpp")
OF_TESTS = [
    f"--header-filter={ROOT}/tests/.*\\.(h|cpp)$",
    "--checks=-performance-*,-cppcoreguidelines-owning-memory,-bugprone-unchecked-optional-access,"
    "-bugprone-implicit-widening-of-multiplication-result",
]
# A quarter of the time: a run over all sources has them. That of optionals goes through values in the order of their addresses
# and now and then comes to no end (https://github.com/llvm/llvm-project/issues/69369).
COSTLY = ",".join(f"-bugprone-{check}" for check in (
    "stringview-nullptr", "undelegated-constructor", "infinite-loop", "standalone-empty", "suspicious-string-compare",
    "multiple-statement-macro", "unchecked-optional-access", "assert-side-effect", "unused-raii", "not-null-terminated-result", "sizeof-expression"))
# The analyzer's paths through one function: by default four times as many, with which it took ten minutes for one source that
# takes twelve seconds so.
PATHS = [word for text in ("-analyzer-config", "max-nodes=60000") for word in ("--extra-arg=-Xclang", f"--extra-arg={text}")]
# GCC's precompiled headers are none of clang's, nor are its parameters.
OF_GCC = re.compile(r" -Winvalid-pch -include \S+/cmake_pch\.hxx(?= )| --param=\S+")
# What decides about all of them.
RULES = ".clang-tidy"


def output(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def entries(build):
    """How each source is compiled, for clang-tidy too: in a file of its own, whose folder is the other result."""
    made = json.loads((build / "compile_commands.json").read_text())
    for entry in made:
        entry["command"] = OF_GCC.sub("", entry["command"])
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    return made, folder


def sources(build, made):
    """Each source as compiled."""
    for entry in made:
        source = Path(entry["directory"], entry["file"]).resolve()
        home = build if build in source.parents else ROOT
        if (
            ROOT in source.parents
            and READ.match(str(source.relative_to(home)))
            and not any(part in str(source) for part in NOT_OURS)
        ):
            yield source


def made_of_one(source):
    """The source, or those that a joined one includes."""
    joined = re.findall(r'#include "(/\S+)"', source.read_text()) if source.suffix == ".cxx" else []
    return [Path(path) for path in joined] or [source]


def included_by(path, known):
    """The project's files that a source is made of, itself too."""
    files, left = set(), [path]
    while left:
        file = left.pop()
        if file in files:
            continue
        files.add(file)
        if file not in known:
            known[file] = [ROOT / name for name in re.findall(r'^#include "([^"/][^"]*)"', file.read_text(), re.MULTILINE)]
        left += [name for name in known[file] if name.exists()]
    return files


def is_test(source, build):
    return source.relative_to(build if build in source.parents else ROOT).parts[0] == "tests"


def changed_since(commit):
    return set(output("git", "diff", "--name-only", commit, "--").split("\n")) - {""}


def cover(touched):
    """Sources that between them read every changed file: those that changed, then those with most headers left."""
    chosen = [source for source, files in touched.items() if source in files]
    left = set().union(*touched.values()).difference(*(touched[source] for source in chosen))
    while left:
        best = max(touched, key=lambda source: len(touched[source] & left))
        chosen.append(best)
        left -= touched[best]
    return chosen


def join(compiled, paths, made, folder):
    """Of the joined sources what reads the changed `paths`, as sources of their own, which are added to `made`."""
    known = {}
    home = {source: joined for joined in compiled for source in made_of_one(joined)}
    chosen = cover({source: included_by(source, known) & paths for source in home})
    names = {}
    for joined in dict.fromkeys(home[source] for source in chosen):
        parts = [source for source in chosen if home[source] == joined]
        if len(parts) == len(made_of_one(joined)):
            names[joined] = joined
            continue
        name = folder / f"changed_{len(names)}.cxx"
        name.write_text("".join(f'#include "{source}"\n' for source in parts))
        names[joined] = name
        entry = next(entry for entry in made if Path(entry["directory"], entry["file"]).resolve() == joined)
        made.append({**entry, "file": str(name), "command": entry["command"].replace(entry["file"], str(name))})
    return list(names.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", default="build")
    parser.add_argument("--since", metavar="COMMIT", help="only what differs from it")
    parser.add_argument("--patience", metavar="SECONDS", type=float, default=900, help="of one source (900)")
    args = parser.parse_args()
    build = (ROOT / args.build).resolve()
    if not (build / "compile_commands.json").exists():
        sys.exit(f"{build} is no built folder: make builds one")
    made, commands = entries(build)
    chosen = list(dict.fromkeys(sources(build, made)))
    total = sum(len(made_of_one(source)) for source in chosen)
    if args.since:
        changed = changed_since(args.since)
        chosen = [source for source in chosen if not is_test(source, build)]
        if RULES not in changed:
            chosen = join(chosen, {ROOT / name for name in changed}, made, commands)
    (commands / "compile_commands.json").write_text(json.dumps(made))
    read = sum(len(made_of_one(source)) for source in chosen)
    print(f"clang-tidy reads {read} sources of {total}, joined to {len(chosen)}", flush=True)

    def tidy(source):
        extra = OF_TESTS if is_test(source, build) else [f"--checks={COSTLY}"] if args.since else []
        start = time.monotonic()
        try:
            done = subprocess.run(["clang-tidy-16", "-p", str(commands), "--quiet", "--warnings-as-errors=*", *PATHS, *extra,
                                   str(source)],
                                  cwd=ROOT, capture_output=True, text=True, timeout=args.patience)
        except subprocess.TimeoutExpired:
            return source, args.patience, f"not read in {args.patience:.0f} s: a check that does not end? --patience gives more"
        return source, time.monotonic() - start, done.stdout + done.stderr if done.returncode != 0 else ""

    # Those of most bytes first: none of them is left at the end with one core at work.
    order = sorted(chosen, key=lambda source: sum(map(os.path.getsize, made_of_one(source))), reverse=True)
    failed = False
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for future in as_completed(pool.submit(tidy, source) for source in order):
            source, seconds, problems = future.result()
            print(f"{seconds:6.1f} s  {source.relative_to(build if build in source.parents else ROOT)}", flush=True)
            if problems:
                failed = True
                print(problems, flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
