#!/bin/bash
# Builds every fuzz target and runs each for MINUTES, FUZZ_JOBS (as there are cores) at a time. Prints a line each, in the end the counts;
# exit code 1 if any found something, whose input then lies in build/fuzz/findings/TARGET. The counts of all that ran since the build
# folder was made are kept in build/fuzz/result.json.
#   tests/fuzz/run.sh [MINUTES] [TARGET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
minutes=${1:-10}
shift || true

if ! command -v clang++-16 >/dev/null || ! ls /usr/lib/llvm-16/lib/clang/16/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clang-16 libclang-rt-16-dev >/dev/null
fi
[ -e build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
python3 tools/scripts/make_fuzz_seeds.py build/fuzz/seeds

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for binary in build/fuzz/bin/fuzz_*; do targets+=("${binary##*fuzz_}"); done
fi

fuzz() {
  local corpus=build/fuzz/corpus/$1 findings=build/fuzz/findings/$1
  mkdir -p "$corpus" "$findings"
  local dictionary=()
  [ ! -e "tests/fuzz/$1.dict" ] || dictionary=("-dict=tests/fuzz/$1.dict")
  # -detect_leaks stays on; -timeout: no input of 64 KB takes seconds, but a busy machine has made eleven of a half.
  # A busy machine gives few of the seconds.
  local TIMEFORMAT='processor seconds: %U'
  { time "build/fuzz/bin/fuzz_$1" -max_total_time=$((minutes * 60)) -rss_limit_mb=1024 -timeout=60 -max_len=65536 \
    -print_final_stats=1 "${dictionary[@]}" -artifact_prefix="$findings/" "$corpus" "build/fuzz/seeds/$1"; } \
    >"build/fuzz/$1.log" 2>&1 || return 1
}

status=0
jobs=${FUZZ_JOBS:-$(nproc)}
export TMPDIR=/dev/shm
running=()
finish() {
  local name=${running[0]%%:*} process=${running[0]##*:}
  running=("${running[@]:1}")
  local word=clean
  wait "$process" || { word="FINDING in build/fuzz/findings/$name, see build/fuzz/$name.log"; status=1; }
  local runs
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$name.log")
  printf '%-12s %12s runs  %s\n' "$name" "${runs:-?}" "$word"
}
echo "${#targets[@]} targets, $minutes minutes each, $jobs at a time: $(((${#targets[@]} + jobs - 1) / jobs * minutes)) minutes"
for target in "${targets[@]}"; do
  [ ${#running[@]} -lt "$jobs" ] || finish
  fuzz "$target" &
  running+=("$target:$!")
done
while [ ${#running[@]} -gt 0 ]; do finish; done
python3 tests/fuzz/result.py build/fuzz "$minutes"
exit $status
