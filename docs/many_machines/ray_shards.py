"""ray_shards.py SHARDS ARGUMENTS ...: c3d_infer with these arguments as tasks of a Ray cluster, a shard each."""
import os, subprocess, sys
import ray

shards, command, folder = int(sys.argv[1]), ["c3d_infer", *sys.argv[2:], "--resume"], os.getcwd()

@ray.remote(num_cpus=1, max_retries=2)
def label(index):
    return subprocess.run([*command, "--shard", f"{index}/{shards}"], cwd=folder).returncode

ray.init()  # RAY_ADDRESS says which cluster; without it, this machine
sys.exit(max(ray.get([label.remote(index) for index in range(shards)])))
