#!/bin/sh
# clang-tidy over every source of the configured build in BUILD (default: build). In a unity build it reads the joined sources: four times
# as fast, because the headers that many share are read once for eight. Tests are spared what is about speed, and what a REQUIRE or a
# table of small numbers answers.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build}
floors='engine|kernels|model|data|weights|c3d|tools'
test_checks='-performance-*,-cppcoreguidelines-owning-memory,-bugprone-unchecked-optional-access,-bugprone-implicit-widening-of-multiplication-result'
sources() {
  sed -n 's/^ *"file": "\(.*\)",*$/\1/p' "$build/compile_commands.json" | sort -u |
    grep -E "^$PWD/($build/)?($1)/.*\.(cpp|cxx)\$" | grep -v '/c3d_weights_proto.dir/'
}
sources "$floors" | xargs -P "$(nproc)" -n 1 clang-tidy-16 -p "$build" --quiet --warnings-as-errors='*'
# Not Catch's own main.
sources tests | grep -v '/c3d_test_main.dir/\|/catch2_v[23]/main.cpp' |
  xargs -P "$(nproc)" -n 1 clang-tidy-16 -p "$build" --quiet --warnings-as-errors='*' --header-filter="$PWD/tests/.*\.(h|cpp)\$" \
    --checks="$test_checks"
