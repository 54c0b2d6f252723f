"""wheel_licences.py WHEEL --built FOLDER --python VENV --cuda FOLDER --out FOLDER: the licences of all inside, into dist-info/licenses.

Of libraries that auditwheel took along, from Debian's /usr/share/doc; of those that were built, from --built; of what headers
left behind, from Debian and from the packages of VENV; of CUDA's runtime, from the toolkit's folder (--cuda "": it is not inside).
A library without one ends the work.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HEADERS = ("libcli11-dev", "nlohmann-json3-dev", "fonts-dejavu-core")  # and the fonts, which are files

parser = argparse.ArgumentParser()
parser.add_argument("wheel", type=pathlib.Path)
parser.add_argument("--built", type=pathlib.Path, required=True)
parser.add_argument("--python", type=pathlib.Path, required=True)
parser.add_argument("--cuda", required=True)
parser.add_argument("--out", type=pathlib.Path, required=True)
arguments = parser.parse_args()


def package_of(library: str) -> str:
    """Debian's package of a library that auditwheel renamed: libpng16-0123abcd.so.16.39.0."""
    name = re.sub(r"-[0-9a-f]{8}(?=\.so)", "", library)
    found = subprocess.run(["dpkg", "-S", f"*/{name}"], capture_output=True, text=True).stdout
    packages = {line.split(":")[0] for line in found.splitlines()}
    if not packages:
        sys.exit(f"{library}: dpkg knows no package that has it")
    return sorted(packages, key=len)[0]


def licence_of_cuda(toolkit: pathlib.Path) -> pathlib.Path:
    """NVIDIA's installer and its packages leave an EULA.txt, its Python wheels a License.txt for each part."""
    found = [toolkit / "EULA.txt", *toolkit.glob("**/nvidia_cuda_runtime-*.dist-info/**/License.txt")]
    return next((file for file in found if file.exists()), found[0])


def keep(file: pathlib.Path, name: str) -> None:
    if not file.exists():
        sys.exit(f"{file}: the licence of {name} is not there")
    shutil.copyfile(file, licences / name)


with tempfile.TemporaryDirectory() as temporary:
    wheel_tool = [sys.executable, "-m", "wheel"]
    subprocess.run([*wheel_tool, "unpack", "--dest", temporary, arguments.wheel], check=True, stdout=subprocess.DEVNULL)
    folder, = pathlib.Path(temporary).iterdir()
    info, = folder.glob("*.dist-info")
    licences = info / "licenses"
    licences.mkdir(exist_ok=True)
    built = {file.name.split("-")[0] for file in arguments.built.iterdir()}
    for file in arguments.built.iterdir():
        keep(file, file.name)
    for library in sorted(path.name for path in folder.glob("*.libs/*")):
        if any(library.startswith(f"lib{name}") for name in built):
            continue
        package = package_of(library)
        keep(pathlib.Path("/usr/share/doc") / package / "copyright", f"{package}-copyright")
    for package in HEADERS:
        keep(pathlib.Path("/usr/share/doc") / package / "copyright", f"{package}-copyright")
    if arguments.cuda:
        keep(licence_of_cuda(pathlib.Path(arguments.cuda)), "cuda-runtime-EULA.txt")
    nanobind = next(arguments.python.glob("lib/python*/site-packages/nanobind-*.dist-info/licenses/LICENSE*"))
    keep(nanobind, "nanobind-LICENSE")
    arguments.out.mkdir(parents=True, exist_ok=True)
    subprocess.run([*wheel_tool, "pack", "--dest-dir", arguments.out, folder], check=True, stdout=subprocess.DEVNULL)
