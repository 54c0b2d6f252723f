#!/bin/sh
# clang-tidy over every source of the build in BUILD (default: build), tests apart. Needs a configured build.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
git ls-files 'engine/*.cpp' 'kernels/*.cpp' 'model/*.cpp' 'data/*.cpp' 'tools/*.cpp' 'weights/*.cpp' |
  while read -r file; do
    if grep -q "\"file\": \".*/$file\"" "$build/compile_commands.json"; then echo "$file"; fi
  done |
  xargs -P "$(nproc)" -n 4 clang-tidy-16 -p "$build" --quiet --warnings-as-errors='*'
