"""Who takes part in the table of peers, and the command of each: one process, one measurement or one set of answers."""
import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
OURS = "c3d"
WORKS = [("inference", 1), ("inference", 4), ("training", 8)]  # of the full network
NARROW_WORKS = [("inference", 16), ("training", 16)]
PRECISIONS = ["f32", "bf16"]
ISAS = {"avx512": "AVX512_CORE_BF16", "avx2": "AVX2"}  # in our words and in oneDNN's, which PyTorch and OpenVINO compute with


@dataclasses.dataclass(frozen=True)
class Contestant:
    family: str  # a row of the chart; the fastest variant stands for it
    precision: str
    variant: str = ""
    options: tuple = ()
    works: tuple = ("inference",)
    quick: bool = True  # takes part in --quick ...
    quick_batches: tuple = (1, 4, 8, 16)  # ... at these batches

    @property
    def name(self):
        return f"{self.family}{', ' if self.variant else ''}{self.variant}, {self.precision}"

    def takes_part(self, work, batch, quick):
        return work in self.works and (not quick or (self.quick and batch in self.quick_batches))

    def command(self, settings, work, batch, repeats):
        shared = ["--precision", self.precision, "--batch", batch, "--threads", settings.threads, "--repeats", repeats]
        if self.family == OURS:
            held = ["--isa", settings.isa] if settings.isa else []
            return [settings.bench, "--device", "cpu", *held, *shared, "--net", f"--{work}", "--weights",
                    settings.case / "weights.safetensors", "--clips", settings.case / "clips.safetensors"]
        if self.family.startswith("PyTorch"):
            return [sys.executable, HERE / "pytorch.py", "--device", "cpu", *shared, "--work", work, "--case", settings.case,
                    "--width", settings.width, *self.options]
        return [sys.executable, HERE / "onnx_file.py", *self.options, *shared, "--case", settings.case]


def pytorch(family, precision, layout, *more, both=True, quick=True, quick_batches=(1, 4, 8, 16)):
    words = ["channels last" if layout == "channels_last_3d" else "contiguous"]
    words += {"f32": [], "bf16": ["bf16 weights" if "--whole-bf16" in more else "autocast"]}[precision]
    return Contestant(family, precision, " ".join(words), ("--layout", layout, *more),
                      ("inference", "training") if both else ("inference",), quick, quick_batches)


def all_contestants():
    """Whole bf16 is for inference only: SGD on bf16 weights loses its updates."""
    compiled = ("--compile", "--no-eager")
    result = []
    for p in PRECISIONS:
        result.append(Contestant(OURS, p, works=("inference", "training")))
        for layout in ("channels_last_3d", "contiguous"):
            last = layout == "channels_last_3d"
            result.append(pytorch("PyTorch", p, layout, quick=last))
            result.append(pytorch("PyTorch compiled", p, layout, *compiled, quick=last, quick_batches=(4, 16)))
    result.append(pytorch("PyTorch", "bf16", "channels_last_3d", "--whole-bf16", both=False, quick=False))
    result.append(pytorch("PyTorch compiled", "bf16", "channels_last_3d", "--whole-bf16", *compiled, both=False, quick=False))
    result.append(Contestant("ONNX Runtime", "f32", options=("onnxruntime",)))
    result += [Contestant("OpenVINO", p, options=("openvino",)) for p in PRECISIONS]
    return result


class Failed(Exception):
    pass


def run(command, seconds, environment):
    """Ends with the process and all that it started, at the latest after `seconds`."""
    process = subprocess.Popen([str(part) for part in command], env=environment, text=True, start_new_session=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise Failed(f"not done within {seconds:.0f} s") from None
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode != 0:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        raise Failed(lines[-1][:200] if lines else f"exit code {process.returncode}")


def measure(settings, contestant, work, batch):
    """{"seconds_per_clip", "version"} and what else is worth keeping; Failed with one line that says why."""
    out = settings.folder / "measurement.json"
    out.unlink(missing_ok=True)
    start = time.monotonic()
    run([*contestant.command(settings, work, batch, settings.repeats), "--json", out], settings.seconds, settings.environment)
    report = json.loads(out.read_text())
    took = {"process_seconds": round(time.monotonic() - start, 1)}
    if contestant.family == OURS:
        kept = {key: report[key] for key in ("machine", "instruction_sets", "device", "commit")}
        for whose in ("", "onednn_"):
            if alone := report.get(f"{whose}convolutions_alone"):
                kept[f"{whose}convolutions_seconds_per_clip"] = (
                    sum(alone.values()) if work == "training" else alone["forward_seconds_per_clip"])
        return {"seconds_per_clip": report["net"][work]["seconds_per_clip"], "version": report["commit"], **kept, **took}
    if contestant.family.startswith("PyTorch"):
        if report["failed"]:
            raise Failed(report["failed"][0]["error"][:200])
        return {"seconds_per_clip": report["variants"][0][work]["seconds_per_clip"], "version": report["torch"],
                "bf16_conv5_gradient_error": report["bf16_conv5_gradient_error"], **took}
    return {"seconds_per_clip": report["seconds_per_clip"], "version": report["version"], **took}


def answer(settings, contestant, work, batch):
    """The path of a safetensors file with the logits, or with the gradients where the work is training."""
    out = settings.folder / "answers.safetensors"
    out.unlink(missing_ok=True)
    extra = [] if contestant.family == OURS or contestant.family.startswith("PyTorch") else [
        "--json", settings.folder / "answers.json"]
    run([*contestant.command(settings, work, batch, 1), "--answers", out, *extra], settings.seconds, settings.environment)
    return out
