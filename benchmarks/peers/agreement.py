"""Whether all contestants compute the same: logits, and gradients where they train, against PyTorch's eager f32 (where that is
not there, against the first that answers)."""
import numpy as np
from safetensors.numpy import load_file

from contestants import Failed, answer

BATCH = 4
REFERENCE = ("PyTorch", "f32", "contiguous")
NONE_AT_ALL = 1e9  # the error of a tensor that is missing or not finite: JSON has no infinity
# Relative errors, ||a - b|| / ||b||. bf16 has 8 bits, and its rounding moves the positions of maxima and the signs of
# ReLU, of which the gradients of early layers are made.
LIMITS = {("logits", "f32"): 1e-4, ("logits", "bf16"): 5e-2, ("gradients", "f32"): 1e-2, ("gradients", "bf16"): 0.4}


def relative_error(a, b):
    if a.shape != b.shape:
        return NONE_AT_ALL
    a, b = a.astype(np.float64), b.astype(np.float64)
    error = float(np.linalg.norm(a - b) / np.linalg.norm(b))
    return error if np.isfinite(error) else NONE_AT_ALL


def compare(answers, reference, what, precision):
    """Of the tensor that is worst, and which those are that are beyond the limit."""
    errors = {name: relative_error(answers[name], value) if name in answers else NONE_AT_ALL
              for name, value in reference.items()}
    worst = max(errors, key=errors.get)
    limit = LIMITS[what, precision]
    wrong = [name for name, error in errors.items() if error > limit]
    return {"worst": worst, "error": errors[worst], "limit": limit, "agrees": not wrong, "wrong": wrong}


def check_all(settings, contestants, say):
    """A list of {family, precision, variant, what, agrees, error, worst, wrong} or, where one fails, {..., failed}."""
    results = []
    for what, work in (("logits", "inference"), ("gradients", "training")):
        reference = None
        for contestant in sorted(contestants, key=lambda c: (c.family, c.precision, c.variant) != REFERENCE):
            if work not in contestant.works:
                continue
            # torch.compile leaves the convolutions' backward as it is; another compilation is not worth its minutes.
            if what == "gradients" and "compiled" in contestant.family:
                continue
            result = {"family": contestant.family, "precision": contestant.precision, "variant": contestant.variant,
                      "what": what}
            results.append(result)
            try:
                answers = load_file(answer(settings, contestant, work, BATCH))
            except Failed as failure:
                result["failed"] = str(failure)
                say(f"{what} of {contestant.name}: failed: {failure}")
                continue
            if reference is None:
                reference = answers
                result["reference"] = True
                say(f"{what} of {contestant.name}: the reference")
                continue
            result |= compare(answers, reference, what, contestant.precision)
            verdict = "agree" if result["agrees"] else f"WRONG: {', '.join(result['wrong'])}"
            say(f"{what} of {contestant.name}: {verdict}; relative error {result['error']:.1e} ({result['worst']})")
    return results
