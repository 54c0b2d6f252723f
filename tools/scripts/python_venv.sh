#!/bin/sh
# A Python environment with the packages of REQUIREMENTS, made or renewed in FOLDER where they are not there yet:
#   python_venv.sh REQUIREMENTS FOLDER
# torch and torchvision come without CUDA where that is to be had. A package whose line ends in
# `# alone` is installed without those that it asks for.
set -eu
requirements=$1
venv=$2
cmp -s "$requirements" "$venv/installed.txt" && exit 0
echo "installing $requirements into $venv"
rm -rf "$venv"
python3 -m venv "$venv"
pip() { "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"; }
torch=$(grep '^torch\(vision\)\{0,1\}==' "$requirements" || true)
# shellcheck disable=SC2086,SC2046 # a word for each package
[ -z "$torch" ] || pip --extra-index-url https://download.pytorch.org/whl/cpu $(printf '%s+cpu\n' $torch) || {
  echo "no torch without CUDA to be had; taking the plain one"
  pip $torch
}
grep -v '^torch\(vision\)\{0,1\}==' "$requirements" | grep -v '# alone$' >"$venv/others.txt"
pip -r "$venv/others.txt"
if grep "# alone\$" "$requirements" >"$venv/alone.txt"; then
  pip --no-deps -r "$venv/alone.txt"
fi
cp "$requirements" "$venv/installed.txt"
