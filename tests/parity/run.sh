#!/bin/sh
# make parity: our tools against PyTorch, ONNX Runtime, OpenCV, scikit-learn, pytorch-grad-cam, protobuf, TensorBoard, h5py and Hugging Face's hub. Each proof is a script of its own, prints PASS or
# FAIL for each thing it checks, and fails if one does.
#   tests/parity/run.sh [BUILD] [PROOF.py ...]       all proofs without names
# PARITY_PYTHON names a Python that has the packages of requirements.txt; without it one is made in BUILD/parity-venv.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-build}
[ $# -eq 0 ] || shift
proofs=${*:-stranger.py pytorch_files.py caffe_files.py exports.py preprocess.py training.py tensorboard_files.py evaluation.py explanation.py feature_match.py python_package.py python_types.py notebook.py}

python=${PARITY_PYTHON:-}
if [ -z "$python" ]; then
  venv=$build/parity-venv
  python=$venv/bin/python
  "$here/../../tools/scripts/python_venv.sh" "$here/requirements.txt" "$venv"
fi

videos=${C3D_TEST_VIDEOS:-$here/../../../shared/videos}
failed=''
for proof in $proofs; do
  if [ "$proof" = preprocess.py ] || [ "$proof" = feature_match.py ]; then
    [ -d "$videos" ] || { printf '\n== %s SKIPPED: no real videos; C3D_TEST_VIDEOS names a folder of them\n' "$proof"; continue; }
    [ "$proof" = preprocess.py ] && set -- --build "$build" "$videos" || set -- "$videos"
  elif [ "$proof" = explanation.py ] && [ -d "$videos" ]; then
    set -- "$videos"
  else
    set --
  fi
  printf '\n== %s\n' "$proof"
  start=$(date +%s)
  PYTHONPATH=$(cd "$build" && pwd)/python C3D_BIN=$(cd "$build" && pwd)/bin "$python" "$here/$proof" "$@" || failed="$failed $proof"
  echo "   $(($(date +%s) - start)) s"
done
if [ -n "$failed" ]; then
  printf '\nparity: FAIL:%s\n' "$failed"
  exit 1
fi
printf '\nparity: PASS\n'
