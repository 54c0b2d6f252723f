#!/bin/sh
# Wheels of the Python package that install anywhere with this Debian's libc or a newer one, into build/wheel/wheels:
#   wheel.sh [JOBS]
# One for Python 3.11, and one for 3.12 and newer, built with the interpreter and headers of Debian 13 (wheel_python.sh), and this
# system's compiler and libc. FFmpeg, Cairo and HDF5 are built for them
# (wheel_libraries.sh), other libraries are taken along as Debian has them (auditwheel). Licences of all of them lie in the wheel.
set -eu
cd "$(dirname "$0")/../.."
jobs=${1:-$(nproc)}
work=$PWD/build/wheel
prefix=$work/libraries/prefix
most_bytes=40000000
fonts='/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf;/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf'

CC_LAUNCHER=$(command -v ccache || true)
export CC_LAUNCHER
tools/scripts/wheel_libraries.sh "$work/libraries" "$jobs"
tools/scripts/python_venv.sh python/requirements-wheel.txt "$work/venv"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib" CMAKE_BUILD_PARALLEL_LEVEL="$jobs" CMAKE_GENERATOR=Ninja
export CMAKE_CXX_COMPILER_LAUNCHER="$CC_LAUNCHER" PATH="$work/venv/bin:$PATH"

# With this Python: one folder for all, so that ccache finds what they share.
build_for() {
  python=$1
  shift
  rm -rf "$work/plain"
  "$python" -m pip wheel . --quiet --disable-pip-version-check --no-build-isolation --no-deps -w "$work/plain" \
    --config-settings=build-dir="$work/build" \
    --config-settings=cmake.define.C3D_WITH_CUDA=OFF --config-settings=cmake.define.C3D_WITH_MPI=OFF \
    --config-settings=cmake.define.C3D_FFMPEG_SUFFIX=-c3d --config-settings=cmake.define.C3D_WHEEL_FFMPEG="$prefix/lib" \
    --config-settings=cmake.define.C3D_WHEEL_FONTS="$fonts" --config-settings=install.strip=true "$@"
  rm -rf "$work/repaired"
  "$work/venv/bin/auditwheel" --quiet repair --wheel-dir "$work/repaired" "$work"/plain/*.whl
  "$work/venv/bin/python" tools/scripts/wheel_licences.py "$work"/repaired/*.whl --built "$prefix/licenses" --python "$work/venv" --out "$work/wheels"
}

rm -rf "$work/wheels"
build_for "$work/venv/bin/python"
build_for "$(tools/scripts/wheel_python.sh "$work/python" python/requirements-wheel.txt)"
for wheel in "$work"/wheels/*.whl; do
  bytes=$(stat -c %s "$wheel")
  echo "$wheel: $((bytes / 1000000)) MB"
  [ "$bytes" -le $most_bytes ] || { echo "more than $most_bytes bytes" >&2; exit 1; }
done
