#!/bin/sh
# make parity: our tools against PyTorch, ONNX Runtime, OpenCV and protobuf. Each proof is a script of its own, prints PASS or
# FAIL for each thing it checks, and fails if one does.
#   tests/parity/run.sh [BUILD] [PROOF.py ...]       all proofs without names
# PARITY_PYTHON names a Python that has the packages of requirements.txt; without it one is made in BUILD/parity-venv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-build}
[ $# -eq 0 ] || shift
proofs=${*:-stranger.py pytorch_files.py caffe_files.py exports.py preprocess.py training.py}

python=${PARITY_PYTHON:-}
if [ -z "$python" ]; then
  venv=$build/parity-venv
  python=$venv/bin/python
  if ! cmp -s "$here/requirements.txt" "$venv/installed.txt"; then
    echo "parity: installing into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$python" -m pip install -q --disable-pip-version-check --extra-index-url https://download.pytorch.org/whl/cpu \
      "$(sed -n 's/^\(torch==.*\)/\1+cpu/p' "$here/requirements.txt")" || {
      echo "parity: no torch without CUDA to be had; taking the plain one"
      "$python" -m pip install -q --disable-pip-version-check "$(grep '^torch==' "$here/requirements.txt")"
    }
    grep -v '^torch==' "$here/requirements.txt" >"$venv/others.txt"
    "$python" -m pip install -q --disable-pip-version-check -r "$venv/others.txt"
    cp "$here/requirements.txt" "$venv/installed.txt"
  fi
fi

videos=${C3D_TEST_VIDEOS:-$here/../../../shared/videos}
failed=''
for proof in $proofs; do
  if [ "$proof" = preprocess.py ]; then
    [ -d "$videos" ] || { printf '\n== %s SKIPPED: no real videos; C3D_TEST_VIDEOS names a folder of them\n' "$proof"; continue; }
    set -- --build "$build" "$videos"
  else
    set --
  fi
  printf '\n== %s\n' "$proof"
  start=$(date +%s)
  C3D_BIN=$(cd "$build" && pwd)/bin "$python" "$here/$proof" "$@" || failed="$failed $proof"
  echo "   $(($(date +%s) - start)) s"
done
if [ -n "$failed" ]; then
  printf '\nparity: FAIL:%s\n' "$failed"
  exit 1
fi
printf '\nparity: PASS\n'
