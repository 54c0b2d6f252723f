#!/bin/sh
# parallel.sh HOSTS: over ssh, a machine a line ("2/node1": two shards at a time; ":" is this one). Each shard is tried twice.
parallel --sshloginfile "$1" --workdir "$PWD" --env PATH --retries 2 \
  c3d_infer --weights best.safetensors --list videos.txt --plan fixed --json part.jsonl --resume --shard '{}/6' ::: 0 1 2 3 4 5
c3d_infer merge part.jsonl
