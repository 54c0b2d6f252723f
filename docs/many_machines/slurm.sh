#!/bin/sh
#SBATCH --job-name=label --array=0-5 --cpus-per-task=2 --output=label-%a.log
# sbatch slurm.sh: a task for each shard. sbatch --array=3 slurm.sh: this one again; what it had done stays.
exec c3d_infer --weights best.safetensors --list videos.txt --plan fixed \
  --json part.jsonl --resume --shard "$SLURM_ARRAY_TASK_ID/6"
