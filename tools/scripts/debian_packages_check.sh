#!/bin/sh
# What who has only the .deb packages meets: installs them into a Debian of this machine's release, makes videos, trains
# for a moment, labels a video with the tool and with a program that is built against libc3d-dev, and removes them.
# Makes the packages, and the system in FOLDER if there is none. Wants root, debootstrap and Debian's archive: without them
# it says so and exits with 77.
#   debian_packages_check.sh FOLDER
set -eu
cd "$(dirname "$0")/../.."
root=$1
packages=build/debian/packages
skip() {
  echo "SKIPPED: $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip "a system in a folder wants root"
command -v debootstrap >/dev/null || skip "there is no debootstrap"
suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
if ! [ -e "$root/etc/debian_version" ]; then
  apt-get update -qq 2>&1 | grep -q . && skip "Debian's archive cannot be reached"
  debootstrap "$suite" "$root"
fi
make packages
rm -rf "$root/root/packages" "$root/root/work"
mkdir -p "$root/root/packages" "$root/root/work" "$root/proc" "$root/dev/shm"
cp "$packages"/*.deb "$root/root/packages"
cp tests/c3d/install/label.cpp "$root/root/work"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  sh -eux <<'END'
apt-get update -qq
apt-get install -y -qq --no-install-recommends /root/packages/*.deb bash-completion g++ pkg-config >/dev/null
cd /root/work
c3d_infer --version
c3d_synth videos --per-class 4
c3d_check videos
c3d_train --data videos --out run --recipe none --set width=0.1 --set epochs=1
c3d_infer --weights run/last.safetensors videos/left/left_0001.mp4
g++ -std=c++20 label.cpp -o label $(pkg-config --cflags --libs c3d)
./label run/last.safetensors videos/left/left_0002.mp4
[ -e /usr/share/man/man1/c3d_infer.1 ]
bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader c3d_infer; complete -p c3d_infer'
apt-get purge -y -qq c3d-tools libc3d-dev 'libc3d[0-9]*' >/dev/null
if [ -e /usr/bin/c3d_infer ] || [ -e /usr/include/c3d ]; then exit 1; fi
END
echo "the packages install, work and go"
