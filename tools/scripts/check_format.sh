#!/bin/sh
# Fails, and says where, if a source file is not as .clang-format wants it. `check_format.sh --fix` rewrites them.
set -eu
cd "$(dirname "$0")/../.."
files=$(git ls-files '*.h' '*.cpp' '*.cu' '*.cuh')
if [ "${1:-}" = --fix ]; then
  clang-format-16 -i $files
else
  clang-format-16 --dry-run --Werror $files
fi
