"""The types of the Python package, its stubs too, by mypy and by pyright.

pyright comes as basedpyright, whose package on PyPI has the Node.js that it runs by; its own rules are off.
"""

import json
import pathlib
import subprocess
import sys

import c3d

from checks import ROOT, Checks

# What an editor shows who uses the package: the types that it knows, and the mistake in the last line.
USER = """import c3d

model = c3d.load("best.safetensors", device="cpu")
result = model.predict("a.mp4", top=3)
label: str = result.label
probabilities = result.probabilities.tolist()
rows = model.features("a.mp4", layer="fc6")
print(label, probabilities, rows.shape, [clip.start for clip in result.clips])
wrong: int = result.label
"""


def pyright(checks, name, mode, files):
    """What it finds in the files: places and words."""
    project = checks.folder / f"{name}.json"
    project.write_text(json.dumps({"typeCheckingMode": mode, "include": [str(file) for file in files]}))
    done = subprocess.run([sys.executable, "-m", "basedpyright", "--project", project, "--pythonpath", sys.executable, "--outputjson"],
                          text=True, capture_output=True)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"it does not run: {done.stdout}{done.stderr}"]
    if report["summary"]["filesAnalyzed"] < len(files):
        return [f"{report['summary']['filesAnalyzed']} files were read of {len(files)}"]
    return [f"{pathlib.Path(found['file']).name}:{found['range']['start']['line'] + 1}: {found['message']}"
            for found in report["generalDiagnostics"]]


with Checks() as checks:
    package = pathlib.Path(c3d.__file__).parent
    done = subprocess.run([sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", checks.folder / "cache", package],
                          text=True, capture_output=True)
    checks.check("mypy --strict finds nothing", done.returncode == 0, done.stdout + done.stderr if done.returncode else "")
    found = pyright(checks, "package", "standard", [*package.glob("*.py"), package / "_c3d.pyi"])
    checks.check("pyright finds nothing", not found, "; ".join(found))
    user = checks.folder / "user.py"
    user.write_text(USER)
    found = pyright(checks, "user", "strict", [user, ROOT / "python/examples/live_camera.py"])
    checks.check("pyright knows all types of a strict program that uses the package, and finds its mistake",
                 len(found) == 1 and found[0].startswith("user.py:9:"), "; ".join(found))
    checks.check("the package says that it is typed", (package / "py.typed").exists() and (package / "_c3d.pyi").exists())
