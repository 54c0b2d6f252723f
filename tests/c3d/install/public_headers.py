"""public_headers.py HEADERS COMPILER: each public header compiles by itself with these alone on the path, and takes in
no other headers than the standard library's and those beside it."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

headers, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
problems = []
with tempfile.TemporaryDirectory() as folder:
    public = pathlib.Path(folder) / "include/c3d"
    public.mkdir(parents=True)
    for header in headers.glob("*.h"):
        shutil.copy(header, public)
    for header in sorted(public.glob("*.h")):
        source = pathlib.Path(folder) / "one.cpp"
        source.write_text(f"#include <c3d/{header.name}>\n")
        done = subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-H",
                               f"-I{public.parent}", source], text=True, capture_output=True)
        if done.returncode != 0:
            problems.append(f"{header.name}: does not compile\n{done.stderr}")
        for line in done.stderr.splitlines():
            for library in ("/fmt/", "/nlohmann/", "/CLI/", "/libav", "/cairo/", "/cuda", "/google/"):
                if line.startswith(".") and library in line:
                    problems.append(f"{header.name}: takes in {line.lstrip('. ')}")
print("\n".join(problems) or f"{len(list(headers.glob('*.h')))} headers, each by itself")
sys.exit(1 if problems else 0)
