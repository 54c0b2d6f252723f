"""exported_symbols.py LIBRARY HEADERS: the library shows what its headers mark with C3D_API, and nothing else."""
import pathlib
import re
import subprocess
import sys

library, headers = sys.argv[1], pathlib.Path(sys.argv[2])
classes, functions = set(), set()
for header in headers.glob("*.h"):
    text = re.sub(r"//.*", "", header.read_text())
    classes |= set(re.findall(r"\b(?:class|struct)\s+C3D_API\s+(\w+)", text))
    for declaration in re.findall(r"^C3D_API\s+([^;{]+)\(", text, re.MULTILINE):
        functions.add(re.split(r"[\s&*>]+", declaration.split("(")[0].strip())[-1])
lines = subprocess.run(["nm", "-D", "--defined-only", "--demangle", library], check=True, text=True,
                       capture_output=True).stdout.splitlines()
symbols = [line.split(" ", 2)[2].split("@@")[0] for line in lines]
problems, seen = [], set()
for symbol in symbols:
    about = re.fullmatch(r"(?:(?:typeinfo(?: name)?|vtable) for )?c3d::(\w+)\b.*", symbol)
    if about is None or about[1] not in classes | functions:
        problems.append(f"{symbol}: no header of c3d/ declares it")
    else:
        seen.add(about[1])
problems += [f"{name}: a header declares it and the library does not have it" for name in (classes | functions) - seen]
print("\n".join(problems) or f"{len(symbols)} symbols, all of {', '.join(sorted(seen))}")
sys.exit(1 if problems else 0)
