#!/bin/sh
# A Python environment with the packages of REQUIREMENTS, made or renewed in FOLDER where they are not there yet:
#   python_venv.sh REQUIREMENTS FOLDER
# torch comes without CUDA where that is to be had.
set -eu
requirements=$1
venv=$2
cmp -s "$requirements" "$venv/installed.txt" && exit 0
echo "installing $requirements into $venv"
rm -rf "$venv"
python3 -m venv "$venv"
pip() { "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"; }
torch=$(grep '^torch==' "$requirements")
pip --extra-index-url https://download.pytorch.org/whl/cpu "$torch+cpu" || {
  echo "no torch without CUDA to be had; taking the plain one"
  pip "$torch"
}
grep -v '^torch==' "$requirements" >"$venv/others.txt"
pip -r "$venv/others.txt"
cp "$requirements" "$venv/installed.txt"
