"""The notebook of the Python package, executed on a video of the synthetic world and the weights that are shipped for it.

    notebook.py [OUT.ipynb]        keeps what it became
"""

import base64
import json
import os
import shutil
import subprocess
import sys

from checks import ROOT, Checks, tool


def main():
    with Checks() as checks:
        shutil.copy(ROOT / "weights/pretrained/c3d-motion-w025.safetensors", checks.folder / "best.safetensors")
        tool("c3d_synth", checks.folder / "world", "--world", "--class", "walk", "--per-class", 1)
        shutil.copy(next((checks.folder / "world").rglob("*.mp4")), checks.folder / "a.mp4")
        shutil.copy(ROOT / "python/examples/first_steps.ipynb", checks.folder / "first_steps.ipynb")
        done = subprocess.run([sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done.ipynb",
                               "first_steps.ipynb"], cwd=checks.folder, text=True, capture_output=True,
                              env={**os.environ, "IPYTHONDIR": str(checks.folder / "ipython"), "JUPYTER_NO_CONFIG": "1"})
        checks.check("the notebook runs to its end", done.returncode == 0, done.stderr.strip()[-1000:] if done.returncode else "")
        if done.returncode:
            return
        cells = json.loads((checks.folder / "done.ipynb").read_text())["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        checks.check("nothing is written to standard error", not [o for o in outputs if o.get("name") == "stderr"])
        pictures = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
        checks.check("it shows where the network looks", len(pictures) == 1 and len(base64.b64decode(pictures[0])) > 10_000)
        tables = ["".join(o["data"]["text/html"]) for o in outputs if "text/html" in o.get("data", {})]
        checks.check("it shows labels and their time line", len(tables) == 1 and "data:image/png;base64," in tables[0])
        if len(sys.argv) > 1:
            shutil.copy(checks.folder / "done.ipynb", sys.argv[1])


main()
