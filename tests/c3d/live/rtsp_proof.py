"""rtsp_proof.py C3D_INFER WEIGHTS [--seconds N] [--slow-seconds N] [--slow-weights FILE]: c3d_infer --live against a real RTSP server
(GStreamer's) on loopback. For N seconds (600) the server is killed and started again three times: each loss is said and mended, memory
does not grow, Ctrl-C ends with exit code 0. Then a network that is slower than the camera: one thread, 30 frames a second: windows
are dropped and counted, and the delay does not grow. Prints what it measured as JSON. 77: GStreamer is not there."""
import argparse
import json
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).parent
RATE = 30
STEP = 8
DARK_SECONDS = 3  # between a server's end and the next one's start

parser = argparse.ArgumentParser()
parser.add_argument("tool")
parser.add_argument("weights")
parser.add_argument("--seconds", type=float, default=600)
parser.add_argument("--slow-seconds", type=float, default=60)
parser.add_argument("--slow-weights", help="of a wide network [WEIGHTS on plain loops]")
arguments = parser.parse_args()
if arguments.seconds < 60:
    parser.error("--seconds: three restarts and what they take need 60")
problems = []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def start_server(port):
    system_python = "/usr/bin/python3"  # whose packages Debian's are
    server = subprocess.Popen([system_python, HERE / "rtsp_server.py", port, str(RATE)], stdout=subprocess.PIPE, text=True)
    if server.stdout.readline().strip() != "ready":
        code = server.wait()
        sys.exit(77 if code == 77 else f"the RTSP server ended with {code}")
    return server


def rss_megabytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


class Tool:
    """c3d_infer --live --json -, its lines as they come, and its memory."""

    def __init__(self, *more):
        self.started = time.monotonic()
        self.process = subprocess.Popen([arguments.tool, "--json", "-", *more], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.lines = []  # (seconds since the start, line)
        self.rss = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append((time.monotonic() - self.started, json.loads(line)))

    def watch(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            self.rss.append(rss_megabytes(self.process.pid))
            time.sleep(min(1, max(end - time.monotonic(), 0)))

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self.reader.join()
        return code

    def events(self, kind):
        return [line for _, line in self.lines if line.get("event") == kind]

    def windows(self):
        return [line for _, line in self.lines if "labels" in line]


def expect(condition, text):
    if not condition:
        problems.append(text)


def end(server, tool):
    for process in server, tool.process:
        process.kill()
        process.wait()


def endurance():
    port = free_port()
    server = start_server(port)
    tool = Tool("--weights", arguments.weights, "--live", f"rtsp://127.0.0.1:{port}/live", "--step", str(STEP), "--read-timeout", "5",
                "--top", "1")
    part = arguments.seconds / 4
    tool.watch(part)
    try:
        for _ in range(3):
            server.kill()
            server.wait()
            tool.watch(DARK_SECONDS)
            server = start_server(port)
            tool.watch(part - DARK_SECONDS)
        code = tool.interrupt()
    finally:
        end(server, tool)
    ended = (tool.events("ended") or [{}])[-1]
    settled = tool.rss[min(15, len(tool.rss) // 4):]
    expect(code == 0, f"Ctrl-C: exit code {code}")
    expect(len(tool.events("lost")) == 3, f"{len(tool.events('lost'))} losses were said, not 3")
    expect(ended.get("connections") == 4, f"{ended.get('connections')} connections, not 4")
    expect(max(settled) - settled[0] < 30, f"memory grew from {settled[0]:.0f} to {max(settled):.0f} MB")
    # The stream is away for the dark, for a delay of up to 4 s after it, and until the next key frame.
    least = RATE / STEP * (arguments.seconds - 3 * (DARK_SECONDS + 8)) * 0.9
    labelled = ended.get("windows", 0) + ended.get("dropped_windows", 0)
    expect(labelled > least, f"{labelled} windows, of {least:.0f} at least")
    return {"seconds": arguments.seconds, "exit_code": code, "rss_megabytes": {"settled": settled[0], "most": max(settled)},
            "windows_that_came": labelled, **{key: value for key, value in ended.items() if key not in ("time", "event", "error")}}


def slow():
    port = free_port()
    server = start_server(port)
    device = ["--device", "cpu", "--isa", "portable"] if arguments.slow_weights is None else ["--device", "cpu"]
    tool = Tool("--weights", arguments.slow_weights or arguments.weights, "--live", f"rtsp://127.0.0.1:{port}/live", "--threads", "1",
                "--step", "1", "--top", "1", *device)
    try:
        tool.watch(arguments.slow_seconds)
        code = tool.interrupt()
    finally:
        end(server, tool)
    ended = (tool.events("ended") or [{}])[-1]
    windows = tool.windows()
    expect(code == 0, f"slow: exit code {code}")
    expect(ended.get("dropped_windows", 0) > 0, "slow: no window was dropped")
    expect(len(windows) >= 4, f"slow: {len(windows)} windows")
    delays = [window["delay_seconds"] for window in windows]
    half = len(delays) // 2
    first, second = max(delays[:half], default=0), max(delays[half:], default=0)
    # A window waits for the one in work, then is in work itself; nothing adds up.
    expect(second < 2 * first + 0.2, f"slow: the delay grew from {first:.2f} to {second:.2f} s")
    return {"seconds": arguments.slow_seconds, "exit_code": code, "longest_delay_first_half": first, "longest_delay_second_half": second,
            "rss_megabytes": max(tool.rss), **{key: value for key, value in ended.items() if key not in ("time", "event", "error")}}


result = {"endurance": endurance(), "slow": slow()}
print(json.dumps(result, indent=2))
print("\n".join(problems) or "ok")
sys.exit(1 if problems else 0)
