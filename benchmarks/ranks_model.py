"""A model of what exchanging gradients costs, for benchmarks/ranks.py: predictions, not measurements, from a few numbers that were
measured and some that are assumed, all of which stand here.

Bytes: of N ranks each sends and each receives 2 (N - 1) / N of the gradient's bytes.

On one host ranks share the processors with what carries the bytes, so that nothing hides: the work of all ranks is
    W(N) = S (2 (N - 1) a + N b)
with S the gradient's bytes, a the processor seconds to carry a byte to another process, b those to add one. a and b follow from what
2 and 3 ranks need; what 4 need is predicted.

On a link of B bytes a second in each direction, a bucket of s bytes takes
    c(s) = 2 (N - 1) / N s / B + 2 (N - 1) l
with l the latency of a message (of a ring's steps). A bucket starts when backward is done with it and the one before is through; a
step takes as long as the later of its arithmetic and its last bucket.
"""
import json
import pathlib
import statistics

MB = 1e6
# Of f32 gradients, as training exchanges them (engine/train/gradient_buckets.h), with the share of a step's multiplications that is
# done when each is whole: forward is a third; backward is twice as much, and goes from fc8 to conv1.
LAYERS = {"conv1": 1.041, "conv2": 11.100, "conv3": 16.650, "conv4": 8.325, "conv5": 1.387, "fc": 0.051}  # 10^9 multiply-adds a clip
BUCKETS = [("fc6-8", 52326887 * 4, ["fc"]), ("conv4-5", 24778752 * 4, ["conv5", "conv4"]), ("rest", 2888512 * 4, ["conv3", "conv2", "conv1"])]

# Assumed. Rates are of one direction, and a part of the link's nominal one that collectives usually reach.
LINKS = {
    "NVSwitch": {"rate": 0.8 * 450e9, "latency": 5e-6, "nominal": "450 GB/s"},
    "PCIe 4.0 x16": {"rate": 0.7 * 32e9, "latency": 10e-6, "nominal": "32 GB/s"},
    "25 GbE": {"rate": 0.85 * 25e9 / 8, "latency": 50e-6, "nominal": "25 Gbit/s"},
    "100 GbE": {"rate": 0.85 * 100e9 / 8, "latency": 50e-6, "nominal": "100 Gbit/s"},
}
CPU_HOST = {"threads": 32, "batch": 32}  # as many times as fast as peers_epyc.json's two threads as it has more


def ready_shares():
    total = 3 * sum(LAYERS.values()) - LAYERS["conv1"]  # conv1 has no gradient of its input
    done, shares = sum(LAYERS.values()), []
    for _, _, layers in BUCKETS:
        done += sum((1 if layer == "conv1" else 2) * LAYERS[layer] for layer in layers)
        shares.append(done / total)
    return shares


def bucket_seconds(size, ranks, link):
    return 2 * (ranks - 1) / ranks * size / link["rate"] + 2 * (ranks - 1) * link["latency"]


def step_seconds(arithmetic, ranks, link):
    """Of a step whose arithmetic takes so long: with the exchange beside it, and after it."""
    end, alone = 0.0, 0.0
    for (_, size, _), share in zip(BUCKETS, ready_shares()):
        cost = bucket_seconds(size, ranks, link)
        end = max(end, share * arithmetic) + cost
        alone += cost
    return max(end, arithmetic), arithmetic + alone


def fitted(sums):
    """Processor seconds to carry, and to add, a byte."""
    work = {entry["ranks"]: entry["processor_seconds"] / entry["bytes"] for entry in sums}
    # W(2) = 2a + 2b, W(3) = 4a + 3b
    carry = work[3] - 1.5 * work[2]
    return carry, work[2] / 2 - carry


def model(report):
    carry, add = fitted(report["sums"])
    checks = []
    for entry in report["sums"]:
        ranks = entry["ranks"]
        predicted = entry["bytes"] * (2 * (ranks - 1) * carry + ranks * add)
        checks.append({"ranks": ranks, "measured_processor_seconds": entry["processor_seconds"],
                       "predicted_processor_seconds": round(predicted, 4), "fitted": ranks < 4,
                       "measured_seconds": round(statistics.median(entry["seconds"]), 4),
                       "bytes_sent_by_each": round(2 * (ranks - 1) / ranks * entry["bytes"])})
    result = {"carry_ns_per_byte": round(1e9 * carry, 4), "add_ns_per_byte": round(1e9 * add, 4), "sums": checks, "training": {},
              "predictions": []}
    two = report["sums"][0]
    for precision, measured in report["training"].items():
        clips = statistics.median(r["one_process"] for r in measured["rounds"])
        arithmetic = report["global_batch"] / clips
        exchange = two["processor_seconds"] / 2
        result["training"][precision] = {"predicted_ratio": round(arithmetic / (arithmetic + exchange), 4),
                                         "measured_ratio": measured["median_ratio"]}
    cases = [("8 cards of one host", 8, name, card_seconds()) for name in ("NVSwitch", "PCIe 4.0 x16")]
    cases += [(f"{ranks} hosts of {CPU_HOST['threads']} threads", ranks, name, host_seconds()) for ranks in (8, 64)
              for name in ("25 GbE", "100 GbE")]
    for what, ranks, name, arithmetic in cases:
        beside, after = step_seconds(arithmetic, ranks, LINKS[name])
        result["predictions"].append({"what": what, "ranks": ranks, "link": name, "rate": LINKS[name]["rate"],
                                      "arithmetic_seconds": round(arithmetic, 5), "step_seconds": round(beside, 5),
                                      "weak_scaling": round(arithmetic / beside, 4),
                                      "weak_scaling_without_overlap": round(arithmetic / after, 4)})
    return result


def stored(name):
    return json.loads((pathlib.Path(__file__).parent / "results" / name).read_text())


def card_seconds():
    cool = next(entry for entry in stored("h200.json")["cool"] if "bf16" in entry["command"])
    return cool["net"]["training"]["seconds_per_clip"] * cool["batch"]


def host_seconds():
    ours = next(row for row in stored("peers_epyc.json")["medians"]
                if row["family"] == "c3d" and row["work"] == "training" and row["precision"] == "f32")
    return CPU_HOST["batch"] * ours["seconds_per_clip"] * 2 / CPU_HOST["threads"]


def tables(report):
    lines = ["| ranks | each sends | processor seconds, measured | by the model |", "|---|---|---|---|"]
    for check in report["model"]["sums"]:
        note = " (fitted)" if check["fitted"] else ""
        lines.append(f"| {check['ranks']} | {check['bytes_sent_by_each'] / MB:.0f} MB | {check['measured_processor_seconds']:.2f} | "
                     f"{check['predicted_processor_seconds']:.2f}{note} |")
    if report["model"]["training"]:
        lines += ["", "| type | two ranks' clips/s, of one process's | by the model |", "|---|---|---|"]
    for precision, ratio in report["model"]["training"].items():
        lines.append(f"| {precision} | {ratio['measured_ratio']:.3f} | {ratio['predicted_ratio']:.3f} |")
    lines += ["", "| what | link | weak scaling | exchange after backward |", "|---|---|---|---|"]
    for case in report["model"]["predictions"]:
        lines.append(f"| {case['what']} | {case['link']}, {case['rate'] / 1e9:.1f} GB/s | {100 * case['weak_scaling']:.1f} % | "
                     f"{100 * case['weak_scaling_without_overlap']:.1f} % |")
    return "\n".join(lines)
