#!/bin/sh
# The README's `make test` on Debian 13: its compiler, FFmpeg 7, Catch2 3. Makes the system in FOLDER if there is none,
# clones the last commit into it and runs there. Wants root and debootstrap.
#   debian13_check.sh FOLDER [GOAL OR ARGUMENT OF make ...]
set -eu
cd "$(dirname "$0")/../.."
root=$1
shift
if ! [ -e "$root/etc/debian_version" ]; then
  debootstrap --include=ca-certificates,git,make trixie "$root"
fi
rm -rf "$root/root/c3d"
git clone -q . "$root/root/c3d"
mkdir -p "$root/proc" "$root/dev/shm"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
  make -C /root/c3d "${@:-test}"
