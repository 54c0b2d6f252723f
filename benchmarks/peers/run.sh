#!/bin/sh
# make peers: benchmarks/peers/table.py in an environment of its own, BUILD/peers-venv.
#   benchmarks/peers/run.sh [BUILD] [OPTION ...]       options: table.py --help
# PEERS_PYTHON names a Python that has the packages of requirements.txt (those it lacks are left out of the table, but for
# numpy and safetensors).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-build}
[ $# -eq 0 ] || shift
python=${PEERS_PYTHON:-}
if [ -z "$python" ]; then
  python=$build/peers-venv/bin/python
  "$here/../../tools/scripts/python_venv.sh" "$here/requirements.txt" "$build/peers-venv"
fi
exec "$python" "$here/table.py" --build "$build" "$@"
