#!/bin/bash
# What a machine with a GPU must show: gpu_check.sh OUT [PART...]
# Parts, each within 8 minutes:
#   build      the gpu-box preset: engine, kernels, model, c3d_bench, c3d_train, tests
#   tests      every test of the kernels, the models and the resource report
#   bench      c3d_bench: bf16, tf32, f32 x batches 64, 128, 32, 8, 1, inference and training; each op at 32 and 128
#   peer       PyTorch doing the same work on the same card
#   sanitizer  compute-sanitizer's memcheck and racecheck over the small op tests
# Named parts run in the order given. Without names all run, in order of worth, until 8 minutes are over. A part
# that fails does not stop the others. OUT gets LOG files, bench.json, peer.json and check.json; the end is a table.
# C3D_HEADERS: folder of header-only fmt, nlohmann, CLI and catch2, where no packages are installed.
# C3D_BUILD: the build folder [build/gpu-box]. C3D_PYTHON: a Python that has torch [python3].
set -u
script=$(realpath "$0")
cd "$(dirname "$script")/../.."
limit=480
build=${C3D_BUILD:-build/gpu-box}
python=${C3D_PYTHON:-python3}
tests='parity|cuda|golden|model|resource_usage'

part_build() {
  cmake --preset gpu-box -B "$build" && cmake --build "$build" -j "$(nproc)"
}

part_tests() {
  ctest --test-dir "$build" --output-on-failure -R "$tests"
}

part_bench() {
  failed=0
  for batch in 64 128 32 8 1; do
    for precision in bf16 tf32 f32; do
      what=--net
      repeats=50  # a second of work: a cool card is up to a tenth faster
      [ $precision = f32 ] && repeats=7
      if [ $precision = bf16 ] && { [ $batch = 32 ] || [ $batch = 128 ]; }; then what=; fi
      "$build/bin/c3d_bench" --device cuda --precision $precision --batch $batch $what --repeats $repeats \
        --json "$parts/$batch.$precision.json" ||
        { echo "FAILED: $precision at batch $batch"; failed=1; }
    done
  done
  return $failed
}

part_peer() {
  for batch in 64 128; do
    "$python" benchmarks/peers/pytorch.py --device cuda --batch $batch --repeats 50 --compile --seconds 150 \
      --json "$parts/$batch.json" || return 1
  done
}

part_sanitizer() {
  failed=0
  for tool in memcheck racecheck; do
    for case in 'cuda computes every op as the reference does in bf16' 'cuda updates parameters as the reference does in bf16' \
                'cuda computes every op as the reference does in f32'; do
      compute-sanitizer --tool $tool --error-exitcode 9 "$build/bin/c3d_test_parity" "$case" ||
        { echo "FAILED: $tool: $case"; failed=1; }
    done
  done
  return $failed
}

# One part, in a process of its own that a time limit can end.
if [ "${1:-}" = --part ]; then
  parts=$3
  # Tests skip where there is no GPU: here that is a failure.
  [ "$2" = build ] || nvidia-smi -L || exit 1
  "part_$2"
  exit
fi

[ $# -ge 1 ] || { sed -n '2,14s/^# \{0,1\}//p' "$script"; exit 2; }
out=$1
shift
all="build tests bench peer sanitizer"
chosen=${*:-$all}
for part in $chosen; do
  case " $all " in *" $part "*) ;; *) echo "there is no part $part; there are: $all" >&2; exit 2 ;; esac
done
mkdir -p "$out"
out=$(realpath "$out")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
start=$SECONDS
for part in $chosen; do
  remaining=$limit
  [ $# -gt 0 ] || remaining=$((limit - SECONDS + start))
  if [ $remaining -lt 15 ]; then
    echo "$part left 0" >>"$work/results"
    continue
  fi
  echo "== $part (at most $remaining s)"
  mkdir -p "$work/$part"
  part_start=$SECONDS
  timeout --kill-after=10 $remaining "$script" --part "$part" "$work/$part" >"$out/$part.log" 2>&1
  status=$?
  case $status in 0) said=ok ;; 124 | 137) said="out-of-time" ;; *) said=failed ;; esac
  [ $said = ok ] || tail -n 15 "$out/$part.log"
  echo "$part $said $((SECONDS - part_start))" >>"$work/results"
done
python3 tools/scripts/gpu_report.py "$work" "$out"
