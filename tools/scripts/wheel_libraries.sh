#!/bin/sh
# The libraries of a wheel that cannot be taken as Debian builds them, from Debian's source packages, into FOLDER/prefix:
#   wheel_libraries.sh FOLDER [JOBS]
#   ffmpeg   Debian's is under the GPL, and needs a hundred libraries. This one holds the LGPL's parts: all decoders of pictures,
#            what reads files, RTSP, HTTP(S) and cameras, and what the tools write. AV1 comes by dav1d, H.264 is written by OpenH264.
#   cairo    without X11, which a server does not have.
#   hdf5     without what reads from a cloud, which brings curl.
# A library that is there is not built again.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "$1"
folder=$(realpath "$1")
jobs=${2:-$(nproc)}
prefix=$folder/prefix
mkdir -p "$prefix"

# An apt of its own: the machine's sources stay as they are.
apt_get() {
  apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources" \
    -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" "$@"
}

sources_are_known() {
  [ -e "$folder/apt/known" ] && return
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial"
  for line in "debian $suite" "debian-security $suite-security"; do
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/$line main"
  done >"$folder/apt/sources/source.list"
  apt_get update
  touch "$folder/apt/known"
}

# Ends in the package's folder, which is new.
unpack() {
  sources_are_known
  mkdir -p "$folder/sources"
  cd "$folder/sources"
  rm -rf "$1" "$1"_*
  apt_get source --download-only "$1"
  dpkg-source --no-check -x "$1"_*.dsc "$1" >"$folder/$1.log"
  cd "$1"
}

# The name of the package that is built, with its version, for people; its licences into prefix/licenses.
is_built() {
  mkdir -p "$prefix/licenses"
  for file in "$@"; do cp "$file" "$prefix/licenses/$(basename "$PWD")-$(basename "$file")"; done
  basename "$(ls ../"$(basename "$PWD")"_*.dsc)" .dsc >"$prefix/$(basename "$PWD").built"
  cd "$folder"
}

step() { "$@" >>"$folder/$(basename "${PWD%/build}").log" 2>&1 || { tail -20 "$folder/$(basename "${PWD%/build}").log" >&2; exit 1; }; }

if ! [ -e "$prefix/ffmpeg.built" ]; then
  echo "building FFmpeg"
  unpack ffmpeg
  # Decoders of pictures stand first in this list.
  decoders=$(sed -n '1,/^\/\* audio codecs/s/^extern const FFCodec ff_\(.*\)_decoder;/\1/p' libavcodec/allcodecs.c | paste -sd,)
  # The suffix: a process may hold another FFmpeg, that of PyAV or torchcodec, and each library's names are its own.
  step ./configure --prefix="$prefix" --build-suffix=-c3d --cc="${CC_LAUNCHER:-} gcc" --enable-shared --disable-static --disable-programs \
    --disable-doc --disable-debug --disable-autodetect --disable-everything --disable-avfilter --disable-swresample \
    --enable-zlib --enable-openssl --enable-libdav1d --enable-libopenh264 \
    --enable-demuxers --enable-parsers --enable-bsfs --enable-decoder="$decoders,libdav1d" \
    --enable-encoder=mjpeg,mpeg4,libopenh264 --enable-muxer=mp4,mov,ipod,matroska,avi,mpegts,flv,h264,m4v \
    --enable-protocol=file,tcp,udp,rtp,tls,http,https,httpproxy --enable-indev=v4l2
  step make -j "$jobs"
  step make install
  # Each finds the others where it lies itself.
  for library in "$prefix"/lib/lib*-c3d.so.*.*.*; do patchelf --set-rpath "\$ORIGIN" "$library"; done
  is_built COPYING.LGPLv2.1 LICENSE.md
fi
if ! [ -e "$prefix/cairo.built" ]; then
  echo "building Cairo"
  unpack cairo
  step ./configure --prefix="$prefix" CC="${CC_LAUNCHER:-} gcc" --disable-static --disable-xlib --disable-xcb --disable-gobject --disable-trace \
    --disable-interpreter --disable-script --disable-ps --disable-pdf --disable-svg --enable-ft --enable-fc --enable-png \
    ACLOCAL=true AUTOCONF=true AUTOMAKE=true AUTOHEADER=true  # what they made is there, and only looks old beside Debian's patches
  step make -C src -j "$jobs" install
  is_built COPYING COPYING-LGPL-2.1
fi
if ! [ -e "$prefix/hdf5.built" ]; then
  echo "building HDF5"
  unpack hdf5
  mkdir -p build
  cd build
  step cmake .. -G Ninja -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER_LAUNCHER="${CC_LAUNCHER:-}" \
    -DBUILD_TESTING=OFF -DONLY_SHARED_LIBS=ON -DHDF5_BUILD_TOOLS=OFF -DHDF5_BUILD_EXAMPLES=OFF -DHDF5_BUILD_HL_LIB=OFF \
    -DHDF5_BUILD_CPP_LIB=OFF -DHDF5_ENABLE_Z_LIB_SUPPORT=ON -DHDF5_ENABLE_SZIP_SUPPORT=OFF
  step cmake --build . -j "$jobs"
  step cmake --install .
  cd ..
  is_built COPYING
fi
