#!/bin/bash
# What a machine with a GPU must show: gpu_check.sh OUT [--bin DIR] first|second|PART...
# first, at most 580 s: tests, fp8, bench, videos, profile, sanitizer, in this order of worth.
# second, at most 300 s: peer, more.
# Parts, each with a limit of its own:
#   tests      60 s   parity of every op, recorded steps, bf16; the tests of fp8
#   fp8       150 s   the network in 8 bits, batches 64 and 1; each layer, with every plan of it timed and its bits compared
#                     (cuDNN compiles each plan, which takes some seconds)
#   bench      90 s   the network and each op in bf16, batches 64 and 1, with measured plans; batch 1 with cold caches too
#   videos     60 s   from video files to labels
#   profile    60 s   ncu on conv2's data gradient and on conv1 (skipped where ncu is missing)
#   sanitizer  60 s   compute-sanitizer's memcheck and racecheck over the small op tests
#   peer      150 s   PyTorch compiled, the same work on the same card, batch 64
#   more      130 s   tf32 and f32, batch 128
#   build     580 s   the gpu-box preset; by itself only where the programs in --bin do not start
# A part that fails or runs out of time does not stop the others. OUT gets LOG files, bench.json, peer.json, check.json and
# all.tar.gz with everything; the end is a table.
# --bin DIR: programs built elsewhere [build/gpu-box/bin]. C3D_HEADERS: folder of header-only fmt, nlohmann, CLI and catch2,
# for build where no packages are installed. C3D_PYTHON: a Python that has torch [python3].
set -u
script=$(realpath "$0")
cd "$(dirname "$script")/../.." || exit 1
all="tests fp8 bench videos profile sanitizer peer more build"
first="tests fp8 bench videos profile sanitizer"
second="peer more"
python=${C3D_PYTHON:-python3}

limit_of() {
  case $1 in build) echo 580 ;; peer | fp8) echo 150 ;; more) echo 130 ;; bench) echo 90 ;; *) echo 60 ;; esac
}

part_build() {
  cmake --preset gpu-box && cmake --build build/gpu-box -j "$(nproc)"
}

# Without tests that read files of the repository: programs may come from another place.
part_tests() {
  failed=0
  "$bin/c3d_test_parity" || failed=1
  "$bin/c3d_test_cuda_device" || failed=1
  "$bin/c3d_test_reference" "cuda*" || failed=1
  return $failed
}

# bench NAME ARGUMENTS: c3d_bench on the GPU, its numbers into NAME.json.
bench() {
  name=$1
  shift
  "$bin/c3d_bench" --device cuda "$@" --json "$parts/$name.json" || {
    echo "FAILED: $name"
    failed=1
  }
}

part_fp8() {
  failed=0
  # What comes first is what is wanted most: the heuristics' first plans, then the fastest.
  for batch in 64 1; do
    bench fp8.$batch --precision fp8 --net --inference --batch $batch --repeats 50 --plan fixed
  done
  for batch in 64 1; do
    bench fp8.ops.$batch --precision fp8 --ops --batch $batch --repeats 7 --plan measured
  done
  return $failed
}

# A second of work each: a cool card is up to a tenth faster.
part_bench() {
  failed=0
  for batch in 64 1; do
    bench bf16.$batch --precision bf16 --net --batch $batch --repeats 50 --plan measured
    [ $batch != 1 ] || bench cold.1 --precision bf16 --net --inference --batch 1 --repeats 50 --plan measured --cold
    bench ops.$batch --precision bf16 --ops --batch $batch --repeats 7 --plan measured
  done
  return $failed
}

part_videos() {
  failed=0
  "$bin/c3d_synth" "$parts/videos" --per-class 4 --seed 1 >/dev/null || return 77  # built without FFmpeg
  bench videos --precision bf16 --batch 64 --pipeline "$parts/videos"
  return $failed
}

part_profile() {
  command -v ncu >/dev/null || { echo "ncu is not installed"; return 77; }
  failed=0
  # Of each kernel the first launches are those of the self-check, on small tensors.
  profiled 'dgrad' 2
  profiled 'convolve_first' 2
  profiled 'first_conv_gradients' 1
  return $failed
}

# profiled REGEX SKIP: the two launches of such kernels after the first SKIP.
profiled() {
  ncu --clock-control none --kernel-name "regex:$1" --launch-skip "$2" --launch-count 2 --set detailed \
    "$bin/c3d_bench" --device cuda --precision bf16 --batch 64 --ops --repeats 1 || {
    echo "FAILED: a profile of $1"
    failed=1
  }
}

part_sanitizer() {
  command -v compute-sanitizer >/dev/null || { echo "compute-sanitizer is not installed"; return 77; }
  failed=0
  for tool in memcheck racecheck; do
    for case in 'cuda computes every op as the reference does in bf16' 'cuda updates parameters as the reference does in bf16' \
                'cuda computes every op as the reference does in f32'; do
      compute-sanitizer --tool $tool --error-exitcode 9 "$bin/c3d_test_parity" "$case" ||
        { echo "FAILED: $tool: $case"; failed=1; }
    done
  done
  return $failed
}

part_peer() {
  "$python" -c 'import torch' 2>/dev/null || { echo "$python has no torch"; return 77; }
  "$python" benchmarks/peers/pytorch.py --device cuda --batch 64 --repeats 50 --compile --seconds 130 --json "$parts/64.json"
}

part_more() {
  failed=0
  bench bf16.128 --precision bf16 --net --batch 128 --repeats 30
  for batch in 64 1; do
    bench tf32.$batch --precision tf32 --net --batch $batch --repeats 20
    bench f32.$batch --precision f32 --net --batch $batch --repeats 7
  done
  return $failed
}

# One part, in a process of its own that a time limit can end.
if [ "${1:-}" = --part ]; then
  parts=$3
  bin=$4
  # Tests skip where there is no GPU: here that is a failure.
  [ "$2" = build ] || nvidia-smi -L || exit 1
  "part_$2"
  exit
fi

usage() { sed -n '2,20s/^# \{0,1\}//p' "$script"; exit 2; }
[ $# -ge 2 ] || usage
out=$1
shift
bin=build/gpu-box/bin
if [ "$1" = --bin ]; then
  [ $# -ge 3 ] || usage
  bin=$2
  shift 2
fi
limit=580
case $* in
  first) chosen=$first ;;
  second) chosen=$second limit=300 ;;
  *) chosen=$* ;;
esac
for part in $chosen; do
  case " $all " in *" $part "*) ;; *) echo "there is no part $part; there are: first second $all" >&2; exit 2 ;; esac
done
mkdir -p "$out" || exit 1
out=$(realpath "$out")
bin=$(realpath -m "$bin")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
start=$SECONDS

# run PART: within its limit, and what is left of the whole.
run() {
  part=$1
  remaining=$((limit - SECONDS + start))
  if [ $remaining -lt 10 ]; then
    echo "$part left 0" >>"$work/results"
    return
  fi
  own=$(limit_of "$part")
  own=${C3D_PART_SECONDS:-$own}  # shorter, where this script is tested
  [ "$own" -le $remaining ] || own=$remaining
  echo "== $part (at most $own s)"
  mkdir -p "$work/$part"
  part_start=$SECONDS
  timeout --kill-after=10 "$own" "$script" --part "$part" "$work/$part" "$bin" >"$out/$part.log" 2>&1
  status=$?
  case $status in 0) said=ok ;; 77) said=skipped ;; 124 | 137) said=out-of-time ;; *) said=failed ;; esac
  [ $said = ok ] || tail -n 15 "$out/$part.log"
  echo "$part $said $((SECONDS - part_start))" >>"$work/results"
}

if ! "$bin/c3d_bench" --version >/dev/null 2>&1; then
  echo "$bin/c3d_bench does not start here: it is built"
  run build
  bin=$(realpath -m build/gpu-box/bin)
fi
for part in $chosen; do run "$part"; done
python3 tools/scripts/gpu_report.py "$work" "$out"
status=$?
(cd "$out" && tar -czf all.tar.gz --exclude=all.tar.gz .)
echo "everything: $out/all.tar.gz"
exit $status
