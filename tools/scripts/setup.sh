#!/bin/sh
# Installs what the build needs and this machine lacks, from Debian's packages. Where there is no apt-get, prints the list
# and stops. Does nothing where everything is there.
#   setup.sh onednn   what benchmarks against it want, too
#   setup.sh packages what Debian packages are made with, too
#   setup.sh wheel    what wheels of the Python package are made with, too
#   setup.sh docs     what the reference of the library wants, too
#   setup.sh tidy     what the checks of style want, too
#   setup.sh browser  what the tests of pages want, too
#   setup.sh rtsp     what the proof of live video wants, too: an RTSP server
#   setup.sh clusters what runs the scripts of docs/many_machines, too: Slurm, Open MPI, GNU parallel, sshd
#   setup.sh aarch64  what builds for 64-bit ARM processors and runs their programs, too
set -eu

# package : how to see that it is there (a command, or a header the compiler must find).
needs='
g++:command g++
cmake:command cmake
ninja-build:command ninja
pkg-config:command pkg-config
libfmt-dev:header fmt/format.h
nlohmann-json3-dev:header nlohmann/json.hpp
libcli11-dev:header CLI/CLI.hpp
libavformat-dev:header libavformat/avformat.h
libavcodec-dev:header libavcodec/avcodec.h
libavutil-dev:header libavutil/version.h
libswscale-dev:header libswscale/swscale.h
libavdevice-dev:header libavdevice/version.h
libzip-dev:header zip.h
zlib1g-dev:header zlib.h
libre2-dev:header re2/re2.h
libutf8proc-dev:header utf8proc.h
libssl-dev:header openssl/evp.h
libprotobuf-dev:header google/protobuf/message_lite.h
protobuf-compiler:command protoc
libhdf5-dev:header hdf5/serial/hdf5.h
libcairo2-dev:header cairo/cairo.h
libfontconfig-dev:header fontconfig/fontconfig.h
libpng-dev:header png.h
libopenmpi-dev:command mpicxx
openmpi-bin:command mpirun
fonts-dejavu-core:file /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
catch2:header catch2/catch.hpp catch2/catch_all.hpp
ffmpeg:command ffmpeg
python3:command python3
python3-venv:file /usr/share/doc/python3-venv/copyright
python3-dev:file /usr/share/doc/python3-dev/copyright
help2man:command help2man
'
# OpenCL is asked for by oneDNN's CMake package, not by us.
[ "${1:-}" != onednn ] || needs="$needs
libdnnl-dev:header dnnl.hpp
ocl-icd-opencl-dev:header CL/cl.h
"

[ "${1:-}" != packages ] || needs="$needs
dpkg-dev:command dpkg-shlibdeps
"
[ "${1:-}" != wheel ] || needs="$needs
ccache:command ccache
dpkg-dev:command dpkg-source
patchelf:command patchelf
nasm:command nasm
libdav1d-dev:header dav1d/dav1d.h
libopenh264-dev:header wels/codec_api.h
"
[ "${1:-}" != docs ] || needs="$needs
doxygen:command doxygen
"
# libomp-16-dev: the omp.h that clang-tidy reads; GCC's own would bring GCC's intrinsics.
[ "${1:-}" != tidy ] || needs="$needs
clang-format-16:command clang-format-16
clang-tidy-16:command clang-tidy-16
libomp-16-dev:file /usr/lib/llvm-16/lib/clang/16/include/omp.h
"
[ "${1:-}" != browser ] || needs="$needs
chromium:command chromium
"
# Libraries, known by the licence that comes with each package.
[ "${1:-}" != rtsp ] || needs="$needs
gir1.2-gst-rtsp-server-1.0:file /usr/share/doc/gir1.2-gst-rtsp-server-1.0/copyright
python3-gi:file /usr/share/doc/python3-gi/copyright
gstreamer1.0-plugins-base:file /usr/share/doc/gstreamer1.0-plugins-base/copyright
gstreamer1.0-plugins-good:file /usr/share/doc/gstreamer1.0-plugins-good/copyright
gstreamer1.0-plugins-bad:file /usr/share/doc/gstreamer1.0-plugins-bad/copyright
gstreamer1.0-plugins-ugly:file /usr/share/doc/gstreamer1.0-plugins-ugly/copyright
"
[ "${1:-}" != clusters ] || needs="$needs
slurm-wlm:command sbatch
munge:command munged
openmpi-bin:command mpirun
parallel:command parallel
openssh-server:file /usr/sbin/sshd
openssh-client:command ssh
"
[ "${1:-}" != aarch64 ] || needs="$needs
g++-aarch64-linux-gnu:command aarch64-linux-gnu-g++
qemu-user:command qemu-aarch64
"

has_header() {
  for header in "$@"; do
    if echo "#if !__has_include(<$header>)
#error
#endif" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

find_missing() {
  missing=''
  old_ifs=$IFS
  IFS='
'
  for line in $needs; do
    package=${line%%:*}
    probe=${line#*:}
    IFS=' '
    set -- $probe
    kind=$1
    shift
    case $kind in
      command) command -v "$1" >/dev/null 2>&1 || missing="$missing $package" ;;
      file) [ -e "$1" ] || missing="$missing $package" ;;
      header) has_header "$@" || missing="$missing $package" ;;
    esac
  done
  IFS=$old_ifs
}

find_missing
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: please install what these Debian packages hold, then run make again:" >&2
  echo "  $missing" >&2
  exit 1
fi
echo "setup: installing$missing"
if [ "$(id -u)" -eq 0 ]; then sudo=''; else sudo='sudo'; fi
$sudo apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
