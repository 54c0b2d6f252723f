"""What a camera shows now, a line a second at most; Ctrl-C ends it.

    python live_camera.py WEIGHTS SOURCE [LABEL:THRESHOLD ...]     SOURCE: rtsp://..., /dev/video0, a file
"""
import sys

import c3d


def main(weights: str, source: str, *alerts: str) -> int:
    model = c3d.load(weights)
    thresholds = {label: float(threshold) for label, _, threshold in (alert.rpartition(":") for alert in alerts)}
    said, windows = -1.0, 0
    with model.stream(source, alerts=thresholds, on_alert=lambda alert: print("ALERT", alert.label, flush=True)) as stream:
        try:
            for window in stream:
                windows += 1
                if window.seconds - said >= 1 or said < 0:
                    said = window.seconds
                    print(f"{window.seconds:7.1f} s  {window.labels[0]}  (dropped: {window.dropped_windows})", flush=True)
        except KeyboardInterrupt:
            pass
    return windows


if __name__ == "__main__":
    main(*sys.argv[1:])
