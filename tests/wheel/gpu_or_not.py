"""gpu_or_not.py VIDEO: what a wheel that has CUDA's code says and does where there is a GPU, and where there is none.

Where one can be used, a video's labels are those of the CPU. Elsewhere `auto` takes the CPU and says why once, by logging, and
`cuda` is one error of one line; nothing is printed, and nothing of NVIDIA's is loaded for it.
"""
import logging
import sys

import c3d

said: list[str] = []


class Kept(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        said.append(record.getMessage())


log = logging.getLogger("c3d")
log.setLevel(logging.INFO)
log.addHandler(Kept())
video = sys.argv[1]
by_cpu = c3d.load("motion", device="cpu").predict(video, clips=2)
assert not said, said
by_auto = c3d.load("motion").predict(video, clips=2)
assert by_auto.label == by_cpu.label, (by_auto, by_cpu)
choice, = said
(_, usable, why), = (device for device in c3d.devices() if device[0] == "cuda:0")
if usable:
    assert "because there is a GPU" in choice, choice
    difference = abs(by_auto.probabilities - by_cpu.probabilities).max()
    assert difference < 1e-3, difference
    print(f"  a GPU computes what the CPU does, to {difference:.1e}: {why}")
else:
    assert "because no GPU can be used" in choice, choice
    try:
        c3d.load("motion", device="cuda")
    except c3d.ArgumentError as error:
        text = str(error)
    else:
        sys.exit("device='cuda' was taken where no GPU can be used")
    assert text.startswith("device 'cuda' cannot be used: ") and "\n" not in text, text
    with open("/proc/self/maps") as maps:
        loaded = sorted({line.split()[-1] for line in maps if "cudnn" in line or "cublas" in line})
    if "no NVIDIA driver" in text:
        assert not loaded, loaded
    print(f"  {text}")
