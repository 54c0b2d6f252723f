#!/bin/sh
# make demo: writes videos whose class is a motion and nothing else, trains a narrow C3D on them from scratch, measures it on
# videos with other seeds, shapes and textures, and labels three of those. Leaves everything in BUILD/demo. Fails unless
# the network sees motion, and motion only: see the table it prints.
#   tools/scripts/demo.sh [BUILD]
set -eu

source=$(cd "$(dirname "$0")/../.." && pwd)
build=${1:-build}
bin=$build/bin
demo=$build/demo
videos=$demo/videos
start=$(date +%s)

step() { printf '\n== %s\n' "$1"; }

# label FOLDER: what the trained network says of each video in it, as JSON lines.
label() {
  "$bin/c3d_infer" --weights "$weights" --clips 3 --top 3 --json "$demo/labels_$1.jsonl" "$videos/$1" >"$demo/labels_$1.txt"
}

rm -rf "$demo"
mkdir -p "$videos"

step 'Writing videos: eight motions, textured shapes over a drifting ground'
"$bin/c3d_synth" "$videos/train" --per-class 100 --seed 1 --look train
"$bin/c3d_synth" "$videos/val" --per-class 6 --seed 2 --look train
for play in forward still backward; do
  "$bin/c3d_synth" "$videos/test_$play" --per-class 14 --seed 3 --look test --play "$play"
done
"$bin/c3d_synth" "$videos/unseen" --per-class 1 --seed 4 --look test --frames 48 --width 384 --height 288

step 'Training from scratch'
"$bin/c3d_train" --data "$videos/train" --val "$videos/val" --config "$source/tools/demo/config.json" --out "$demo/run"
weights=$demo/run/last.safetensors

step 'Labelling test videos, their middle frames, and the videos played backwards'
for play in forward still backward; do label "test_$play"; done

step 'Labelling videos it never saw'
# From the folder of the videos, so that their copies lie in folders of the same names.
at=$(cd "$demo" && pwd)
(cd "$videos/unseen" && "$at/../bin/c3d_infer" --weights "$at/run/last.safetensors" --window 16 --step 4 --top 3 \
  --overlay "$at/labelled" left/left_0001.mp4 growing/growing_0001.mp4 turning_right/turning_right_0001.mp4)

step 'What it learned'
status=0
"$bin/c3d_synth" score "$demo/labels_test_forward.jsonl" "$demo/labels_test_still.jsonl" \
  "$demo/labels_test_backward.jsonl" --json "$demo/results.json" --seconds "$(($(date +%s) - start))" || status=$?
printf '\n'
printf 'labelled video   %s\n' "$demo"/labelled/*/*.mp4
printf 'loss, accuracy   %s\n' "$demo/run/curves.png"
printf 'numbers          %s\n' "$demo/results.json"
printf 'report           %s\n' "$demo/run/report.html"
exit "$status"
