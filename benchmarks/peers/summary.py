"""From measurements to medians, ratios, the chart and the README's words."""
import statistics

from contestants import OURS, PRECISIONS

FAMILIES = [OURS, "PyTorch", "PyTorch compiled", "ONNX Runtime", "OpenVINO"]
YARDSTICK = "oneDNN's convolutions"
# By family, the member of a measurement of ours that holds their seconds.
CONVOLUTIONS = {YARDSTICK: "onednn_convolutions_seconds_per_clip", "our convolutions": "convolutions_seconds_per_clip"}


def medians(rounds):
    """One row for each contestant in each work: medians over the rounds of seconds and of seconds over ours in the same round."""
    ours = {(r["round"], r["work"], r["batch"], r["precision"]): r["seconds_per_clip"]
            for r in rounds if r["family"] == OURS and "seconds_per_clip" in r}
    groups = {}
    for r in rounds:
        groups.setdefault((r["work"], r["batch"], r["precision"], r["family"], r["variant"]), []).append(r)
    table = []
    for (work, batch, precision, family, variant), measured in groups.items():
        row = {"work": work, "batch": batch, "precision": precision, "family": family, "variant": variant}
        timed = [r for r in measured if "seconds_per_clip" in r]
        row["rounds"] = len(timed)
        if timed:
            row["seconds_per_clip"] = statistics.median(r["seconds_per_clip"] for r in timed)
            ratios = [r["seconds_per_clip"] / ours[key] for r in timed
                      if (key := (r["round"], work, batch, precision)) in ours]
            if ratios:
                row["over_ours"] = statistics.median(ratios)
        else:
            row["failed"] = measured[-1]["failed"]
        table.append(row)
    alone = {}
    for r in rounds:
        for family, member in CONVOLUTIONS.items():
            if member in r:
                alone.setdefault((r["work"], r["batch"], r["precision"], family), []).append(r)
    for (work, batch, precision, family), measured in alone.items():
        seconds = [r[CONVOLUTIONS[family]] for r in measured]
        table.append({"work": work, "batch": batch, "precision": precision, "family": family, "variant": "",
                      "rounds": len(measured), "seconds_per_clip": statistics.median(seconds),
                      "over_ours": statistics.median(s / r["seconds_per_clip"] for s, r in zip(seconds, measured))})
    return table


def wrong_answers(agreement, row):
    """The tensors that a row's contestant gets wrong in its kind of work. What is compiled has the gradients of what is not."""
    what = "gradients" if row["work"] == "training" else "logits"
    family = "PyTorch" if what == "gradients" and row["family"].startswith("PyTorch") else row["family"]
    return [name for a in agreement for name in a.get("wrong", [])
            if (a["what"], a["family"], a["precision"], a["variant"]) == (what, family, row["precision"], row["variant"])]


def best(table, agreement, work, batch, precision, family):
    """The fastest variant whose logits are right (wrong gradients are told beside its time); else one that failed, or None."""
    rows = [r for r in table if (r["work"], r["batch"], r["precision"], r["family"]) == (work, batch, precision, family)]
    right = [r for r in rows if "seconds_per_clip" in r and (work == "training" or not wrong_answers(agreement, r))]
    if right:
        return min(right, key=lambda r: r["seconds_per_clip"])
    return next(iter(rows), None)


def milliseconds(seconds):
    return f"{seconds * 1e3:.0f}" if seconds >= 0.0995 else f"{seconds * 1e3:.1f}"


def bar(report, row, work, family):
    if row is None or "seconds_per_clip" not in row:
        missing = "inference only" if work == "training" and family in ("ONNX Runtime", "OpenVINO") else "not run"
        return {"value": None, "text": "failed" if row else missing}
    wrong = wrong_answers(report["agreement"], row)
    if wrong and work == "inference":
        return {"value": None, "text": "wrong logits"}
    note = "" if family == OURS or "over_ours" not in row else f"{row['over_ours']:.2f}×{' †' if wrong else ''}"
    return {"value": row["seconds_per_clip"] * 1e3, "text": milliseconds(row["seconds_per_clip"]), "note": note}


def works(report):
    return [tuple(work) for work in report["works"]]


def rows_of(report, precision):
    """(family, its row of the table for each work)."""
    families = [f for f in [*FAMILIES, YARDSTICK] if any(r["family"] == f for r in report["medians"])]
    return [(f, [best(report["medians"], report["agreement"], w, b, precision, f) for w, b in works(report)]) for f in families]


def row_name(report, family):
    if family in (OURS, YARDSTICK):
        return {OURS: "c3d (ours)", YARDSTICK: YARDSTICK + " alone"}[family]
    number = report["versions"].get(family, "").split("+")[0]
    return family.replace("PyTorch compiled", "PyTorch, compiled") if "compiled" in family else f"{family} {number}".strip()


def wrong_gradients(report):
    names = sorted({name for r in report["medians"] if r["work"] == "training" for name in wrong_answers(report["agreement"], r)})
    return f"PyTorch's bf16 training gives wrong gradients on this processor: {', '.join(names)}" if names else ""


def failures(report):
    """What each peer that failed said, once."""
    said = {(r["family"], r["failed"]): None for r in report["rounds"] if "failed" in r}
    return "; ".join(f"{family} failed: {why}" for family, why in said)


def measured_where(report):
    return "; ".join(where_and_when(report))


def where_and_when(report):
    """Two parts: in a line of the chart there is no room for both."""
    rounds = f"median of {report['rounds_run']} rounds" if report["rounds_run"] > 1 else "one round"
    load = report["load_before"][0]
    busy = f" on a busy machine (load {load:.1f} before the start): a trial, not a result" if load > 0.5 else ""
    sets = "".join(f", {name}" for name in report.get("instruction_sets", []))
    held = f", held to {report['held_to']}" if report.get("held_to") else ""
    return (f"{report['machine']}{sets}{held}, {report['threads']} threads",
            f"{report['date']}, commit {report['commit']}; {rounds}{busy}")


def variants(report):
    if report["quick"]:
        return "PyTorch's memory layout is channels last, bf16 its autocast"
    return "Of PyTorch's memory layouts and kinds of bf16 the fastest counts"


def network(report):
    return "The whole network (78 M parameters)" if report["width"] == 1 else f"A network of width {report['width']:g}"


def chart(report):
    kinds = {OURS: "ours", YARDSTICK: "yardstick"}
    groups = [{"name": p, "rows": [
        {"name": row_name(report, family), "kind": kinds.get(family, "other"),
         "bars": [bar(report, row, work, family) for row, (work, _) in zip(rows, works(report))]}
        for family, rows in rows_of(report, p) if any(rows)]} for p in PRECISIONS]
    footer = [*where_and_when(report),
              f"N×: that many times the time of c3d. {variants(report)}; ONNX Runtime and OpenVINO start from floats."]
    if wrong := wrong_gradients(report):
        footer.append("† " + wrong)
    if failed := failures(report):
        footer.append(failed)
    return {"title": "C3D on a CPU: milliseconds a clip",
            "subtitle": f"Less is better. {network(report)}, 16 frames of 112 × 112, same weights and clips.",
            "columns": [f"{'Training step' if w == 'training' else 'Inference'}, batch {b}" for w, b in works(report)],
            "groups": groups, "footer": footer}


def markdown(report):
    """The chart's numbers as a table."""
    families = [f for f, _ in rows_of(report, "f32")]
    names = [row_name(report, f).replace("c3d (ours)", "c3d") for f in families]
    lines = ["| ms a clip | " + " | ".join(names) + " |", "|---|" + "---:|" * len(families)]
    of_precision = {p: dict(rows_of(report, p)) for p in PRECISIONS}
    for i, (work, batch) in enumerate(works(report)):
        for p in PRECISIONS:
            cells = []
            for family in families:
                one = bar(report, of_precision[p][family][i], work, family)
                text = "–" if one["text"] in ("not run", "inference only") else one["text"]
                cells.append(f"**{text}**" if family == OURS else f"{text} ({one['note']})" if one.get("note") else text)
            lines.append(f"| {'training step' if work == 'training' else work}, batch {batch}, {p} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
