#!/bin/sh
# What who has only the wheel meets: Debian 12 with the wheel of Python 3.11 and Debian 13 with that of 3.12 and newer, both with
# Python and pip alone; NVIDIA's wheels beside it, a gigabyte; and PyTorch in one process with it, where C3D_TORCH_PYTHON names a
# Python 3.11 that has it. Makes the wheels, unless C3D_WHEELS names a folder of them, and the systems in FOLDER where there are none.
# Wants root, debootstrap, Debian's archive and PyPI: without them it says so and exits with 77.
#   wheel_check.sh FOLDER
set -eu
cd "$(dirname "$0")/../.."
mkdir -p "$1"
folder=$(realpath "$1")
wheels=${C3D_WHEELS:-$PWD/build/wheel/wheels}
videos=${C3D_TEST_VIDEOS:-$PWD/../../shared/videos}
skip() {
  echo "SKIPPED: $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip "a system in a folder wants root"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
[ "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" = bookworm ] || skip "wheels are made on Debian 12"

# SUITE: a Debian with Python and pip alone.
bare_system() {
  root=$folder/$1
  if ! [ -e "$root/made" ]; then
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3,python3-pip,python3-venv "$1" "$root" >"$folder/$1.log" 2>&1 ||
      skip "Debian's archive cannot be reached: $(tail -1 "$folder/$1.log")"
    touch "$root/made"
  fi
}

# SUITE VERSION WHEEL: in a system of its own, without a network.
check_in() {
  echo "Debian's $1:"
  bare_system "$1"
  rm -rf "$root/root/check"
  mkdir -p "$root/root/check/wheels" "$root/proc" "$root/dev/shm"
  cp "$3" "$root/root/check/wheels"
  python3 -m pip download -q --disable-pip-version-check --only-binary :all: --python-version "$2" -d "$root/root/check/wheels" 'numpy>=1.26' ||
    skip "PyPI cannot be reached"
  cp tests/wheel/bare_system.py tests/wheel/gpu_or_not.py "$root/root/check"
  # Of each kind of file one, by format and codec.
  mkdir -p "$root/root/check/shared"
  for video in h265_video.mp4 av1_video.mkv nasa_13013.mp4 h264_10bits.mp4 newtonscradle.gif; do
    [ ! -d "$videos" ] || find "$videos" -name $video -exec cp {} "$root/root/check/shared" ';'
  done
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  trap 'umount "$root/proc"' EXIT
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 sh -eu <<'IN'
cd /root/check
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check --no-index --find-links wheels c3d
venv/bin/python bare_system.py shared
venv/bin/python gpu_or_not.py "$(find videos -name '*.mp4' | head -1)"
IN
  umount "$root/proc"
  trap - EXIT
}

[ -n "${C3D_WHEELS:-}" ] || make wheel
check_in bookworm 3.11 "$wheels"/c3d-*-cp311-cp311-*.whl
check_in trixie 3.13 "$wheels"/c3d-*-cp312-abi3-*.whl
video=$(find "$folder/bookworm/root/check/videos" -name '*.mp4' | head -1)
echo "cuDNN and cuBLAS from PyPI beside it:"
if ! [ -e "$folder/nvidia/made" ]; then
  rm -rf "$folder/nvidia"
  python3.11 -m venv "$folder/nvidia"
  "$folder/nvidia/bin/python" -m pip install -q --disable-pip-version-check 'numpy>=1.26' nvidia-cudnn-cu13 nvidia-cublas ||
    skip "PyPI cannot be reached"
  touch "$folder/nvidia/made"
fi
"$folder/nvidia/bin/python" -m pip install -q --disable-pip-version-check --no-deps --force-reinstall "$wheels"/c3d-*-cp311-cp311-*.whl
"$folder/nvidia/bin/python" tests/wheel/gpu_or_not.py "$video"
if [ -n "${C3D_TORCH_PYTHON:-}" ]; then
  echo "PyTorch in the same process:"
  rm -rf "$folder/beside_torch"
  "$C3D_TORCH_PYTHON" -m pip install -q --disable-pip-version-check --no-deps --target "$folder/beside_torch" "$wheels"/c3d-*-cp311-cp311-*.whl
  PYTHONPATH="$folder/beside_torch" timeout 600 "$C3D_TORCH_PYTHON" tests/wheel/beside_torch.py \
    weights/pretrained/c3d-motion-w025.safetensors "$video"
else
  echo "PyTorch in the same process: not tested, as C3D_TORCH_PYTHON names no Python with it"
fi
echo "the wheels install, work and are alone"
