#!/bin/sh
# Wheels of the Python package that install anywhere with this Debian's libc or a newer one, into build/wheel/wheels:
#   wheel.sh [JOBS]
# One for Python 3.11, and one for 3.12 and newer, built with the interpreter and headers of Debian 13 (wheel_python.sh), and this
# system's compiler and libc. FFmpeg, Cairo and HDF5 are built for them (wheel_libraries.sh), other libraries are taken along as
# Debian has them (auditwheel). Licences of all of them lie in the wheel. Where this machine has nvcc and cuDNN's headers, the library
# can compute on NVIDIA's GPUs: it brings CUDA's runtime and opens driver, cuDNN and cuBLAS when a GPU is wanted, so that the wheel
# has none of these and loads without them. WHEEL_CUDA_ARCHITECTURES: the GPUs, as -DC3D_CUDA_ARCHITECTURES takes them.
set -eu
cd "$(dirname "$0")/../.."
jobs=${1:-$(nproc)}
work=$PWD/build/wheel
prefix=$work/libraries/prefix
library=${WHEEL_LIBRARY_BUILD:-$work/library}
most_bytes=40000000
fonts='/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf;/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf'

CC_LAUNCHER=$(command -v ccache || true)
export CC_LAUNCHER
tools/scripts/wheel_libraries.sh "$work/libraries" "$jobs"
tools/scripts/python_venv.sh python/requirements-wheel.txt "$work/venv"

# The library and the tools, once for all wheels.
PKG_CONFIG_PATH="$prefix/lib/pkgconfig" CMAKE_CXX_COMPILER_LAUNCHER="$CC_LAUNCHER" cmake -S . -B "$library" -G Ninja \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=16 -DC3D_TESTS=OFF -DC3D_WITH_PYTHON=OFF -DC3D_WITH_MPI=OFF \
  -DC3D_WITH_CUDA=AUTO -DC3D_CUDA_ARCHITECTURES="${WHEEL_CUDA_ARCHITECTURES:-90}" -DCMAKE_CUDA_COMPILER_LAUNCHER="$CC_LAUNCHER" \
  -DC3D_TOOLS_IN_LIBRARY=ON -DC3D_FFMPEG_SUFFIX=-c3d -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_RPATH="\$ORIGIN/../lib" \
  >"$work/configure.log" || { cat "$work/configure.log"; exit 1; }
if grep -q 'kernels/cuda: ON' "$work/configure.log"; then
  cuda=$(sed -n 's|^set(CMAKE_CUDA_COMPILER "\(.*\)/bin/[^/"]*")$|\1|p' "$library"/CMakeFiles/*/CMakeCUDACompiler.cmake)
  echo "the wheels compute on GPUs, too, by the CUDA of $cuda"
else
  cuda=''
  echo "the wheels compute on the CPU alone: there is no nvcc here, or no cuDNN 9"
fi
cmake --build "$library" --target tools -j "$jobs"
cmake --install "$library" --prefix "$prefix" --strip >"$work/install.log"
PATH=$work/venv/bin:$PATH  # with a CMake that knows Python's stable interface

# With this Python. Libraries of the system that manylinux does not name are taken along.
build_for() {
  rm -rf "$work/plain" "$work/repaired"
  "$1" -m pip wheel . --quiet --disable-pip-version-check --no-build-isolation --no-deps -w "$work/plain" \
    --config-settings=build-dir="$work/{wheel_tag}" --config-settings=build.targets="_c3d;_c3d_stub" \
    --config-settings=cmake.define.C3D_INSTALLED="$prefix" --config-settings=cmake.define.C3D_WHEEL_FONTS="$fonts"
  LD_LIBRARY_PATH="$prefix/lib" "$work/venv/bin/auditwheel" repair --strip --wheel-dir "$work/repaired" "$work"/plain/*.whl
  "$work/venv/bin/python" tools/scripts/wheel_licences.py "$work"/repaired/*.whl --built "$prefix/licenses" --python "$work/venv" \
    --cuda "$cuda" --out "$work/wheels"
}

rm -rf "$work/wheels"
build_for "$work/venv/bin/python"
build_for "$(tools/scripts/wheel_python.sh "$work/python" python/requirements-wheel.txt)"
for wheel in "$work"/wheels/*.whl; do
  bytes=$(stat -c %s "$wheel")
  echo "$wheel: $((bytes / 1000000)) MB"
  [ "$bytes" -le $most_bytes ] || { echo "more than $most_bytes bytes" >&2; exit 1; }
done
