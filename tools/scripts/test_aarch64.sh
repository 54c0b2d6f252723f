#!/bin/sh
# Builds for 64-bit ARM processors with Debian's cross compiler and runs the tests of the engine, the kernels, the model, the
# pixel loops, augmentation and the synthetic world by qemu-user: test_aarch64.sh [BUILD_FOLDER [JOBS]]. Installs both where
# they are missing.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build/aarch64}
jobs=${2:-$(nproc)}
folders='engine kernels model data/pixel_loops data/augment data/synth'
# Minutes by emulation, and nothing of theirs is a processor's own: the first draws more of what all pairs of circumstances
# meet already, the others count bytes and allocations.
left_out='^random convolutions agree with float64|^transformed filters stay within|allocate nothing after their first run$'

tools/scripts/setup.sh aarch64
# Header libraries alone, which are the same for every processor: no second architecture of Debian's is asked for.
if ! [ -e /usr/include/catch2/catch.hpp ]; then
  echo "SKIPPED: aarch64: Catch2 2 is missing, which is headers alone, as in Debian 12's package catch2" >&2
  exit 0
fi
cmake -S . -B "$build" -G Ninja --toolchain tools/cmake/aarch64.cmake -DCMAKE_UNITY_BUILD=ON -DC3D_WERROR=ON \
  -DC3D_HEADERS=/usr/include -DCMAKE_MODULE_PATH=/usr/lib/cmake/Catch2 \
  -DC3D_WITH_CUDA=OFF -DC3D_WITH_MPI=OFF -DC3D_WITH_FFMPEG=OFF -DC3D_WITH_CAIRO=OFF -DC3D_WITH_WEIGHTS=OFF
# shellcheck disable=SC2086,SC2046 # lists of words
cmake --build "$build" -j "$jobs" --target $(printf 'tests/%s/all ' $folders)
# More threads than cores are in these tests: those that wait shall not spin.
export OMP_WAIT_POLICY=passive
for folder in $folders; do
  ctest --test-dir "$build/tests/$folder" --output-on-failure -j "$jobs" -E "$left_out"
done
