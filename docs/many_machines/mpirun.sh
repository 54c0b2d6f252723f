#!/bin/sh
# mpirun.sh HOSTFILE: a process for each slot of each host ("node1 slots=2"). Rank and size say which shard each is.
mpirun --hostfile "$1" --map-by slot \
  c3d_infer --weights best.safetensors --list videos.txt --plan fixed --json part.jsonl --resume
c3d_infer merge part.jsonl
