#!/usr/bin/env python3
"""The model of a link (ranks_model.py) against a network: the sum of C3D's gradient by two ranks, each on a host of its own, over links
of known rates.

    rank_links.py --json benchmarks/results/rank_links.json [--rates 1000 200] [--repeats 3]        (as root, on Linux)

A host is a network namespace. A pair of veth joins the two, and a token bucket (tc tbf) bounds what each sends to so many 10^6 bits a
second; MPI goes over TCP. The rate of a plain TCP stream over the same link is measured first, by a socket: the model takes that rate
and the time of a message there and back, and predicts the sum.
"""
import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import ranks_model

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/support"))
import provenance  # noqa: E402

ADDRESSES = ("10.78.0.1", "10.78.0.2")
PORT = 5001
STREAM_SECONDS = 4  # of a plain stream; the bucket's first tokens are gone long before
# A socket that counts what comes, and one that sends; then a byte there and back, again and again.
RECEIVE = """import socket, sys, time
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
print("ready", flush=True)
with server.accept()[0] as one:
    total, start, buffer = 0, None, bytearray(1 << 20)
    while got := one.recv_into(buffer):
        now = time.monotonic()
        start = start or now
        if now - start > 0.5:  # without the bucket's first tokens
            begin = begin if total else now
            total += got
            last = now
    print(total / (last - begin), flush=True)
with server.accept()[0] as one:
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while byte := one.recv(1):
        one.sendall(byte)
"""
SEND = """import socket, sys, time
address = (sys.argv[1], int(sys.argv[2]))
with socket.create_connection(address) as one:
    end = time.monotonic() + float(sys.argv[3])
    while time.monotonic() < end:
        one.sendall(bytes(1 << 18))
time.sleep(0.2)
with socket.create_connection(address) as one:
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(200):
        start = time.monotonic()
        one.sendall(b"x")
        one.recv(1)
        times.append(time.monotonic() - start)
print(sorted(times)[100])
"""


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


@contextlib.contextmanager
def two_hosts():
    """The names of two namespaces and of their ends of the link."""
    names = [f"c3d-{end}-{os.getpid()}" for end in "ab"]
    ends = [f"v{end}{os.getpid()}" for end in "ab"]
    made = []
    try:
        for name in names:
            run("ip", "netns", "add", name)
            made.append(name)
        run("ip", "link", "add", ends[0], "netns", names[0], "type", "veth", "peer", "name", ends[1], "netns", names[1])
        for name, end, address in zip(names, ends, ADDRESSES):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", end)
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", end, "up")
        yield names, ends
    finally:
        for name in made:
            subprocess.run(["ip", "netns", "del", name], check=False)


def limit(names, ends, megabits):
    for name, end in zip(names, ends):
        run("tc", "-n", name, "qdisc", "replace", "dev", end, "root", "tbf", "rate", f"{megabits}mbit", "burst", "256kb", "latency", "50ms")


def measure_stream(names):
    """Bytes a second of a TCP stream, and seconds of a message there and back."""
    receiver = subprocess.Popen(["ip", "netns", "exec", names[1], sys.executable, "-c", RECEIVE, str(PORT)], stdout=subprocess.PIPE, text=True)
    try:
        receiver.stdout.readline()
        sent = run("ip", "netns", "exec", names[0], sys.executable, "-c", SEND, ADDRESSES[1], PORT, STREAM_SECONDS, capture_output=True, text=True)
        return float(receiver.stdout.readline()), float(sent.stdout)
    finally:
        receiver.terminate()
        receiver.wait()


def measure_sum(names, folder, binary, repeats):
    agent = folder / "agent"
    agent.write_text(f'#!/bin/sh\nshift\nexec ip netns exec {names[1]} unshare --uts sh -c "hostname c3d-b; $*"\n')
    agent.chmod(0o755)
    words = ["mpirun", "--quiet", "--allow-run-as-root", "--bind-to", "none", "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self",
             "--mca", "btl_tcp_if_include", "10.78.0.0/24", "--mca", "oob_tcp_if_include", "10.78.0.0/24", "--host",
             f"{ADDRESSES[0]}:1,{ADDRESSES[1]}:1", "-np", "2", str(binary), str(repeats)]
    start = 'hostname c3d-a; exec "$@"'
    done = run("ip", "netns", "exec", names[0], "unshare", "--uts", "sh", "-c", start, "sh", *words, capture_output=True, text=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin")
    parser.add_argument("--rates", type=int, nargs="+", default=[1000, 200], help="10^6 bits a second")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    report = {"command": "benchmarks/rank_links.py " + " ".join(sys.argv[1:]), "machine": provenance.machine(), "commit": provenance.commit(ROOT),
              "load_before": round(os.getloadavg()[0], 2), "links": []}
    with tempfile.TemporaryDirectory() as folder, two_hosts() as (names, ends):
        for megabits in args.rates:
            limit(names, ends, megabits)
            rate, there_and_back = measure_stream(names)
            result = measure_sum(names, pathlib.Path(folder), args.bin / "c3d_rank_sums", args.repeats)
            link = {"rate": rate, "latency": there_and_back / 2}
            predicted = sum(ranks_model.bucket_seconds(size, 2, link) for _, size, _ in ranks_model.BUCKETS)
            measured = statistics.median(result["seconds"])
            report["links"].append({"megabits": megabits, "stream_bytes_per_second": round(rate), "message_seconds": round(there_and_back / 2, 6),
                                    "bytes": result["bytes"], "seconds": result["seconds"], "median_seconds": measured,
                                    "predicted_seconds": round(predicted, 4), "ratio": round(measured / predicted, 4)})
            print(f"{megabits} Mbit/s: a stream {rate / 1e6:.1f} MB/s, a message {there_and_back / 2 * 1e6:.0f} us; the sum of {result['bytes'] / 1e6:.0f} MB "
                  f"{measured:.2f} s, by the model {predicted:.2f}: {measured / predicted:.3f}", flush=True)
            if args.json:
                args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
