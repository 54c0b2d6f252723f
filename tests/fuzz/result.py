#!/usr/bin/env python3
"""What the runs of run.sh came to, from their logs.

    python3 tests/fuzz/result.py BUILD MINUTES     writes BUILD/result.json
    python3 tests/fuzz/result.py --line FILE       prints the sentence of docs/broken_files.md
"""

import datetime
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from provenance import commit, machine


def number(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1]) if found else 0


def target(folder, log):
    text = log.read_text(errors="replace")
    return {"runs": number(r"^stat::number_of_executed_units: *(\d+)", text), "seconds": number(r"^Done \d+ runs in (\d+) second", text),
            "processor_seconds": number(r"^processor seconds: (\d+)", text), "findings": len(list((folder / "findings" / log.stem).iterdir()))}


def result(folder, minutes):
    logs = [log for log in sorted(folder.glob("*.log")) if (folder / "findings" / log.stem).is_dir()]
    return {"date": datetime.date.today().isoformat(), "command": f"tests/fuzz/run.sh {minutes}", "machine": machine(),
            "commit": commit(folder), "targets": {log.stem: target(folder, log) for log in logs}}


def sentence(of):
    day = datetime.date.fromisoformat(of["date"])
    def words(name, target):
        note = target.get("note") or (f"{target['findings']} found" if target["findings"] else "")
        return f"{name} {target['runs']:,}" + (f" ({note})" if note else "")

    return (f"`{of['command']}` ({day.day} {day:%B %Y}, commit {of['commit']}, {of['machine']}) came to this many runs, "
            f"without a finding where none is named: {', '.join(words(*item) for item in of['targets'].items())}.")


def main():
    if sys.argv[1] == "--line":
        print(sentence(json.loads(pathlib.Path(sys.argv[2]).read_text())))
        return
    folder = pathlib.Path(sys.argv[1]).resolve()
    (folder / "result.json").write_text(json.dumps(result(folder, sys.argv[2]), indent=1) + "\n")


if __name__ == "__main__":
    main()
