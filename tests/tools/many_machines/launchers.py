"""launchers.py BIN SOURCE [NAME ...]: the scripts of docs/many_machines, each run by what it is for: slurm (one node, set up for it as
root), mpirun and parallel, on this machine and over ssh (an sshd of its own on loopback, as root), ray, spark. Each must give the bytes of
one run. What is not there is said and left out; 77: nothing is there.
C3D_CLUSTER_PYTHON names a Python that has ray and pyspark [python3]."""
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

binaries, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
scripts = source / "docs/many_machines"
python = os.environ.get("C3D_CLUSTER_PYTHON", "python3")
VIDEOS = 9
LABEL = ["--weights", "best.safetensors", "--list", "videos.txt", "--plan", "fixed"]
PATIENCE = 180  # seconds for a cluster to start, and for a job


class Absent(Exception):
    """What a launcher needs is not on this machine."""


class Failed(Exception):
    """A launcher's run did not do what it should."""


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def need(*commands):
    for command in commands:
        if not shutil.which(command):
            raise Absent(f"there is no {command}")


def need_module(name):
    if subprocess.run([python, "-c", f"import {name}"], capture_output=True).returncode != 0:
        raise Absent(f"{python} has no {name}")


def wait_for(what, is_there):
    end = time.monotonic() + PATIENCE
    while not is_there():
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {PATIENCE} s")
        time.sleep(0.2)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def one_node_cluster(folder):
    """Slurm with munge on this machine alone, all of whose files are in the folder."""
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    config = folder / "slurm.conf"
    config.write_text(f"""ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={host} NodeAddr=127.0.0.1 CPUs={max(2, os.cpu_count())} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
""")
    environment = {**os.environ, "SLURM_CONF": str(config)}
    started = []

    def start(*command):
        log = open(folder / f"{command[0]}.out", "w", encoding="utf-8")
        started.append(subprocess.Popen([str(word) for word in command], env=environment, stdout=log, stderr=log))

    try:
        start("munged", "--foreground", "--force", "--key-file", key, "--socket", folder / "munge.socket", "--pid-file",
              folder / "munged.pid", "--log-file", folder / "munged.log", "--seed-file", folder / "munge.seed")
        wait_for("munged", lambda: (folder / "munge.socket").exists())
        start("slurmctld", "-D", "-c")
        start("slurmd", "-D", "-N", host)
        wait_for("Slurm", lambda: "idle" in subprocess.run(
            ["sinfo", "-h", "-o", "%T"], text=True, capture_output=True, env=environment).stdout)
        yield environment
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def slurm(folder, environment):
    need("slurmctld", "slurmd", "munged", "sbatch", "sinfo")
    if os.geteuid() != 0:
        raise Absent("only root can start Slurm")
    with tempfile.TemporaryDirectory() as cluster, one_node_cluster(pathlib.Path(cluster)) as slurm_environment:
        there = {**environment, "SLURM_CONF": slurm_environment["SLURM_CONF"]}
        run("sbatch", "--wait", scripts / "slurm.sh", cwd=folder, env=there)
        # One shard again, as the page says, of which nothing is left to do.
        run("sbatch", "--wait", "--array=3", scripts / "slurm.sh", cwd=folder, env=there)
        if "videos were done before" not in (folder / "label-3.log").read_text():
            raise Failed("the shard that ran again did not resume")
        run("sbatch", "--wait", "--wrap", "c3d_infer merge part.jsonl", cwd=folder, env=there)
        # Without --shard: the array itself, and the tasks of one srun.
        label = "c3d_infer " + " ".join(LABEL)
        run("sbatch", "--wait", "--array=1-5:2", "--wrap", label + " --json array.jsonl", cwd=folder, env=there)
        expect_same(folder, "array.jsonl", "array.2-of-3.jsonl")
        run("sbatch", "--wait", "--ntasks=2", "--wrap", f"srun {label} --json srun.jsonl", cwd=folder, env=there)
        expect_same(folder, "srun.jsonl", "srun.1-of-2.jsonl")
        run("sbatch", "--wait", "--ntasks=2", "--wrap", f"{label} --json batch.jsonl", cwd=folder, env=there)
        if (folder / "batch.jsonl").read_bytes() != (folder / "whole.jsonl").read_bytes():
            raise Failed("a batch script, which is no task of srun, was taken for a shard")


def expect_same(folder, merged, shard):
    if not (folder / shard).exists():
        raise Failed(f"there is no {shard}")
    run("c3d_infer", "merge", merged, cwd=folder)
    if (folder / merged).read_bytes() != (folder / "whole.jsonl").read_bytes():
        raise Failed(f"{merged} is not what one run writes")


@contextlib.contextmanager
def ssh_nodes(folder, names):
    """sshd on loopback, with keys and a port of its own; each name leads to it. Yields the ssh that knows the names."""
    server = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if server is None or not shutil.which("ssh-keygen") or not shutil.which("ssh"):
        raise Absent("there is no sshd and ssh (openssh-server, openssh-client)")
    if os.geteuid() != 0:
        raise Absent("only root can start sshd")
    port = free_port()
    for name in ("host_key", "user_key"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name)
    (folder / "sshd_config").write_text(f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/sshd.pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH={os.environ['PATH']}
""")
    public_key = (folder / "host_key.pub").read_text().split()[:2]
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {' '.join(public_key)}\n")
    (folder / "ssh_config").write_text(f"""Host {' '.join(names)}
HostName 127.0.0.1
Port {port}
User root
IdentityFile {folder}/user_key
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
StrictHostKeyChecking yes
""")
    os.makedirs("/run/sshd", exist_ok=True)
    with open(folder / "sshd.out", "w", encoding="utf-8") as log:
        daemon = subprocess.Popen([server, "-D", "-e", "-f", str(folder / "sshd_config")], stdout=log, stderr=log)
    try:
        ssh = ["ssh", "-F", str(folder / "ssh_config")]
        wait_for("sshd", lambda: subprocess.run([*ssh, names[0], "true"], capture_output=True).returncode == 0)
        yield " ".join(ssh)
    finally:
        daemon.terminate()
        daemon.wait()


def mpirun_ssh(folder, environment):
    need("mpirun")
    with tempfile.TemporaryDirectory() as keys, ssh_nodes(pathlib.Path(keys), ["c3d-node1", "c3d-node2"]) as ssh:
        (folder / "hosts").write_text("c3d-node1 slots=2\nc3d-node2 slots=1\n")
        run("sh", scripts / "mpirun.sh", "hosts", cwd=folder,
            env={**environment, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_plm_rsh_agent": ssh})
        expect_logins(pathlib.Path(keys))


def parallel_ssh(folder, environment):
    need("parallel")
    with tempfile.TemporaryDirectory() as keys, ssh_nodes(pathlib.Path(keys), ["c3d-node1", "c3d-node2"]) as ssh:
        (folder / "hosts").write_text("2/c3d-node1\n1/c3d-node2\n")
        run("sh", scripts / "parallel.sh", "hosts", cwd=folder, env={**environment, "PARALLEL_SSH": ssh})
        expect_logins(pathlib.Path(keys))


def expect_logins(keys):
    logins = (keys / "sshd.out").read_text().count("Accepted publickey")
    if logins < 3:  # the first only looks whether sshd is there
        raise Failed(f"{logins} logins by ssh: the work was done without them")


def mpirun(folder, environment):
    need("mpirun")
    (folder / "hosts").write_text("localhost slots=3\n")
    run("sh", scripts / "mpirun.sh", "hosts", cwd=folder,
        env={**environment, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})


def parallel(folder, environment):
    need("parallel")
    (folder / "hosts").write_text("2/:\n")
    run("sh", scripts / "parallel.sh", "hosts", cwd=folder, env=environment)


def by_python(script, module):
    def start(folder, environment):
        need_module(module)
        run(python, scripts / script, 6, *LABEL, "--json", "part.jsonl", cwd=folder, env=environment)
        run("c3d_infer", "merge", "part.jsonl", cwd=folder)
    return start


LAUNCHERS = {"slurm": slurm, "mpirun": mpirun, "mpirun_ssh": mpirun_ssh, "parallel": parallel, "parallel_ssh": parallel_ssh, "ray": by_python("ray_shards.py", "ray"),
             "spark": by_python("spark_shards.py", "pyspark")}


def prepare(folder, environment):
    names = []
    for number in range(VIDEOS):
        names.append(f"video {number}.mp4")
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=size=160x120:rate=25:duration={1 + number % 3}", "-pix_fmt", "yuv420p",
            names[-1], cwd=folder)
    (folder / "videos.txt").write_text("\n".join(names) + "\n")
    shutil.copy(source / "weights/pretrained/c3d-motion-w025.safetensors", folder / "best.safetensors")
    run("c3d_infer", *LABEL, "--json", "whole.jsonl", cwd=folder, env=environment)


os.environ["PATH"] = f"{binaries}{os.pathsep}{os.environ['PATH']}"
results = {}
for name in sys.argv[3:] or LAUNCHERS:
    with tempfile.TemporaryDirectory() as scratch:
        work = pathlib.Path(scratch)
        own = {**os.environ, "XDG_CACHE_HOME": str(work / "cache")}
        try:
            prepare(work, own)
            LAUNCHERS[name](work, own)
            same = (work / "part.jsonl").read_bytes() == (work / "whole.jsonl").read_bytes()
            results[name] = "PASS" if same else "FAIL: part.jsonl is not what one run writes"
        except Absent as why:
            results[name] = f"SKIPPED: {why}"
        except Failed as why:
            results[name] = f"FAIL: {why}"
    print(f"{name}: {results[name]}", flush=True)
if any(result.startswith("FAIL") for result in results.values()):
    sys.exit(1)
sys.exit(0 if "PASS" in results.values() else 77)
