"""c3d_infer evaluate against scikit-learn: its numbers follow from the predictions that it writes, for one label and for label
sets. The network is trained for a few steps, so that it is right and wrong in every way; some classes have no video."""

import json
import warnings

import numpy as np
import scipy.optimize
import sklearn.metrics as metrics

from common import Checks, moving_shapes, tool, write_raw_video

CLASSES, VIDEOS, CROP, WIDTH = 6, 14, 48, 0.125
LIMIT = 1e-9
BINS = 10
NETWORK = ["--device", "cpu", "--clips", "3"]


def rows_of(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if "probabilities" in line]


def table(rows):
    """Shown [videos, classes] and probabilities [videos, classes]."""
    probabilities = np.array([row["probabilities"] for row in rows])
    shown = np.zeros(probabilities.shape, int)
    for i, row in enumerate(rows):
        for label in row["truth"]:
            shown[i, label["index"]] = 1
    return shown, probabilities


def calibration_error(probabilities, right):
    places = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    parts = [(places == place) for place in range(BINS) if (places == place).any()]
    return sum(part.sum() * abs(right[part].mean() - probabilities[part].mean()) for part in parts) / len(places)


def best_temperature(loss):
    """By 1 / T, in which the loss is convex."""
    best = scipy.optimize.minimize_scalar(lambda inverse: loss(1 / inverse), bounds=(0.01, 100), method="bounded",
                                          options={"xatol": 1e-10})
    return 1 / best.x, best.fun


def one_label_numbers(shown, p):
    truth, told = shown.argmax(1), p.argmax(1)
    classes = range(p.shape[1])
    there = [c for c in classes if shown[:, c].any()]
    logs = np.log(p)

    def at(temperature):
        scaled = np.exp(logs / temperature - (logs / temperature).max(1, keepdims=True))
        return scaled / scaled.sum(1, keepdims=True)

    def loss(temperature):
        return metrics.log_loss(truth, at(temperature), labels=list(classes))

    temperature, least = best_temperature(loss)
    return {"top1": metrics.accuracy_score(truth, told),
            "top5": metrics.top_k_accuracy_score(truth, p, k=5, labels=list(classes)),
            "mean_class_accuracy": metrics.balanced_accuracy_score(truth, told),
            "mean_average_precision": metrics.average_precision_score(shown[:, there], p[:, there]),
            "loss": loss(1), "confusion": metrics.confusion_matrix(truth, told, labels=list(classes)),
            "each": metrics.precision_recall_fscore_support(truth, told, labels=list(classes), zero_division=0),
            "macro": metrics.precision_recall_fscore_support(truth, told, average="macro", zero_division=0),
            "weighted": metrics.precision_recall_fscore_support(truth, told, average="weighted", zero_division=0),
            "precisions": [metrics.average_precision_score(shown[:, c], p[:, c]) if c in there else None for c in classes],
            "error": calibration_error(p.max(1), told == truth), "temperature": temperature, "least": least,
            "scaled_error": calibration_error(at(temperature)[np.arange(len(told)), told], told == truth)}


def label_set_numbers(shown, p, thresholds):
    told = (p > thresholds).astype(int)
    there = [c for c in range(p.shape[1]) if shown[:, c].any()]
    logits = np.log(p) - np.log1p(-p)

    def loss(temperature):
        scaled = logits / temperature
        return np.mean(np.logaddexp(0, scaled) - shown * scaled)

    temperature, least = best_temperature(loss)
    return {"mean_average_precision": metrics.average_precision_score(shown[:, there], p[:, there]), "loss": loss(1),
            "each": metrics.precision_recall_fscore_support(shown, told, zero_division=0),
            "macro": metrics.precision_recall_fscore_support(shown, told, average="macro", zero_division=0),
            "weighted": metrics.precision_recall_fscore_support(shown, told, average="weighted", zero_division=0),
            "precisions": [metrics.average_precision_score(shown[:, c], p[:, c]) if c in there else None
                           for c in range(p.shape[1])],
            "error": calibration_error(p.ravel(), shown.ravel() == 1), "temperature": temperature, "least": least,
            "scaled_error": calibration_error(1 / (1 + np.exp(-logits.ravel() / temperature)), shown.ravel() == 1)}


def compare(checks, what, ours, theirs):
    def near(name, a, b, limit=LIMIT):
        error = float(np.max(np.abs(np.asarray(a, float) - np.asarray(b, float))))
        checks.check(f"{what}: {name}", error <= limit, f"difference {error:.1e}")

    for name in ("top1", "top5", "mean_class_accuracy", "mean_average_precision", "loss", "confusion"):
        if name in theirs:
            near(name, ours[name], theirs[name])
    for average in ("macro", "weighted"):
        for i, name in enumerate(("precision", "recall", "f1")):
            near(f"{average} {name}", ours[average][name], theirs[average][i])
    for i, name in enumerate(("precision", "recall", "f1", "shown")):
        near(f"{name} of each class", [one[name] for one in ours["classes"]], theirs["each"][i])
    checks.check(f"{what}: no average precision where nothing shows the class",
                 [one["average_precision"] is None for one in ours["classes"]] == [one is None for one in theirs["precisions"]])
    near("average precision of each class", [one["average_precision"] or 0 for one in ours["classes"]],
         [one or 0 for one in theirs["precisions"]])
    calibration = ours["calibration"]
    near(f"calibration error in {BINS} bins", calibration["error"], theirs["error"])
    near("temperature", calibration["temperature"], theirs["temperature"], 1e-5 * theirs["temperature"])
    near("cross-entropy at it", calibration["loss_at_temperature"], theirs["least"])
    near("calibration error at it", calibration["error_at_temperature"], theirs["scaled_error"], 1e-6)


def write_list(path, videos, labels):
    path.write_text("".join(f"{video.name} {label}\n" for video, label in zip(videos, labels)))


def evaluated(checks, weights, name):
    numbers, predictions = checks.folder / f"{name}.json", checks.folder / f"{name}.jsonl"
    tool("c3d_infer", "evaluate", checks.folder / f"{name}.txt", "--weights", weights, *NETWORK, "--json", numbers,
         "--predictions", predictions)
    return json.loads(numbers.read_text()), rows_of(predictions)


def trained(checks, name, *settings):
    """Weights of a few steps upon half of the videos, which learn little."""
    out = checks.folder / f"run_{name}"
    values = dict(recipe="none", batch=4, steps=4, width=WIDTH, crop=CROP, resize_width=CROP, resize_height=CROP, clip_frames=16,
                  device="cpu", precision="f32", validation_share=0, cache_gb=0, cache_folder=checks.folder / "cache", learning_rate=0.003)
    arguments = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
    tool("c3d_train", "--data", checks.folder / f"train_{name}.txt", "--out", out, *arguments, *settings)
    return out / "last.safetensors"


def main():
    warnings.filterwarnings("ignore", module="sklearn")
    with Checks() as checks:
        videos = []
        for i in range(VIDEOS):
            videos.append(checks.folder / f"v{i}.avi")
            write_raw_video(videos[-1], list(moving_shapes(24, 64, 48, i)))
        classes = [f"class{c}" for c in range(CLASSES)]
        random = np.random.default_rng(1)

        write_list(checks.folder / "train_one.txt", videos, [classes[i % CLASSES] for i in range(VIDEOS)])
        write_list(checks.folder / "one.txt", videos, [classes[c] for c in random.integers(0, CLASSES - 2, VIDEOS)])
        numbers, rows = evaluated(checks, trained(checks, "one"), "one")
        shown, p = table(rows)
        checks.check("one label: every video is written", len(rows) == VIDEOS)
        compare(checks, "one label", numbers["videos"], one_label_numbers(shown, p))

        sets = [[c for c in range(CLASSES) if random.random() < 0.4 and c != CLASSES - 1] for _ in videos]
        write_list(checks.folder / "sets.txt", videos, ["|".join(classes[c] for c in one) or "-" for one in sets])
        write_list(checks.folder / "train_sets.txt", videos, [f"{classes[i % CLASSES]}|{classes[(i + 1) % CLASSES]}"
                                                             for i in range(VIDEOS)])
        numbers, rows = evaluated(checks, trained(checks, "sets", "--set", "targets=label_set"), "sets")
        shown, p = table(rows)
        thresholds = np.array([one["threshold"] for one in numbers["videos"]["classes"]])
        compare(checks, "label sets", numbers["videos"], label_set_numbers(shown, p, thresholds))


main()
