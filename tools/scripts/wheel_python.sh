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

if ! [ -e "$python" ]; then
  packages='python3.13-minimal libpython3.13-minimal libpython3.13-stdlib libpython3.13-dev libpython3.13 libc6 libgcc-s1 libexpat1 zlib1g
    libssl3t64 libffi8 libbz2-1.0 liblzma5 libzstd1'
  mkdir -p "$folder/apt/sources" "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/packages" "$root"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main" \
    >"$folder/apt/sources/trixie.list"
  : >"$folder/apt/status"
  apt_get() {
    apt-get -qq -o APT::Sandbox::User=root -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$folder/apt/sources" \
      -o Dir::State::Lists="$folder/apt/lists" -o Dir::Cache="$folder/apt/cache" -o Dir::State::Status="$folder/apt/status" "$@" >&2
  }
  apt_get update
  cd "$folder/packages"
  # shellcheck disable=SC2086 # a list of packages
  apt_get download $packages
  # Debian 13 has one /usr.
  for name in bin lib lib64 sbin; do mkdir -p "$root/usr/$name" && ln -sfn "usr/$name" "$root/$name"; done
  for package in *.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x -C "$root" --keep-directory-symlink; done
  # Where its standard library is, Python sees by the place of its program.
  cat >"$python.new" <<END
#!/bin/sh
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "$python" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/python3.13" "\$@"
