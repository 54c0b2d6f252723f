"""man_pages.py FOLDER TOOL ...: each tool's page has a name, options and, where the tool has commands, theirs; man can set
it without a warning."""
import pathlib
import shutil
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
problems = []
for tool in sys.argv[2:]:
    page = (folder / f"{tool}.1").read_text(encoding="utf-8")
    for part in (".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", r"\fB\-\-version\fR"):
        if part not in page:
            problems.append(f"{tool}: no {part}")
    for one, option in (("c3d_weights", r"\fB\-\-reinit\fR"), ("c3d_infer", r"\fB\-\-reliability\fR"), ("c3d_infer", r"\fB\-\-recipe\-out\fR")):
        if tool == one and option not in page:
            problems.append(f"{tool}: its commands' options are missing")
    if shutil.which("man"):
        done = subprocess.run(["man", "--warnings", "-l", folder / f"{tool}.1"], text=True, capture_output=True)
        if done.returncode != 0 or done.stderr:
            problems.append(f"man: {tool}: {done.stderr}")
    else:
        print("the pages are not set: there is no man")
print("\n".join(problems) or f"{len(sys.argv) - 2} pages")
sys.exit(1 if problems else 0)
