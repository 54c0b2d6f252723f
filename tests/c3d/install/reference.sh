#!/bin/sh
# reference.sh FOLDER: the reference of the public headers, as `make docs` makes it, has no warnings and names every header.
set -eu
folder=$1
if ! command -v doxygen >/dev/null; then
  echo "SKIPPED: there is no doxygen"
  exit 77
fi
cd "$(dirname "$0")/../../.."
rm -rf "$folder"
mkdir -p "$folder"
{
  cat docs/Doxyfile
  echo "OUTPUT_DIRECTORY = $folder"
} | doxygen -
for header in c3d/*.h; do
  name=$(basename "$header" .h | sed 's/_/__/g')
  [ -e "$folder/html/${name}_8h.html" ] || {
    echo "the reference lacks $header"
    exit 1
  }
done
