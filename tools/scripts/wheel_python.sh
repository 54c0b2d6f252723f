#!/bin/sh
# A Python of Debian 13 with its headers, in FOLDER of an older Debian, for extensions of the stable interface that came with Python
# 3.12: wheel_python.sh FOLDER REQUIREMENTS. Prints the path of an interpreter that runs here, by that system's own libc, with the
# packages of REQUIREMENTS. What is there is not fetched again.
set -eu
mkdir -p "$1"
folder=$(realpath "$1")
requirements=$(realpath "$2")
root=$folder/root
python=$root/usr/bin/python-here

apt_get() {
  apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources" \
    -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o Dir::State::Status="$folder/apt/status" "$@" >&2
}

fetch() {
  mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/packages" "$root"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
    >"$folder/apt/sources/trixie.list"
  : >"$folder/apt/status"
  apt_get update
  cd "$folder/packages"
  apt_get download python3.13-minimal libpython3.13-minimal libpython3.13-stdlib libpython3.13-dev libpython3.13 libc6 libgcc-s1 \
    libexpat1 zlib1g libssl3t64 libffi8 libbz2-1.0 liblzma5 libzstd1
  # Debian 13 has one /usr.
  for name in bin lib lib64 sbin; do mkdir -p "$root/usr/$name" && ln -sfn "usr/$name" "$root/$name"; done
  for package in *.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink; done
  cd "$OLDPWD"
  # Its own leads into the multiarch folder, where a compiler of this system does not look.
  cp "$root/usr/include/x86_64-linux-gnu/python3.13/pyconfig.h" "$root/usr/include/python3.13/pyconfig.h"
}

if ! [ -e "$python" ]; then
  fetch
  # By the place of its program Python sees where its standard library is.
  cat >"$python.new" <<END
#!/bin/sh
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$python" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/python3.13" "\$@"
END
  chmod +x "$python.new"
  mv "$python.new" "$python"
fi
if ! cmp -s "$requirements" "$folder/installed.txt"; then
  # By this system's pip: Debian's Python has none of its own.
  python3 -m pip install -q --disable-pip-version-check --no-warn-script-location --only-binary :all: --python-version 3.13 \
    --implementation cp --target "$root/usr/local/lib/python3.13/dist-packages" --upgrade -r "$requirements" pip >&2
  cp "$requirements" "$folder/installed.txt"
fi
echo "$python"
