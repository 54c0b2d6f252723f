#!/usr/bin/env python3
"""Writes tests/golden/resize.txt: what OpenCV's bilinear resize makes of noise, as checksums.

    python3 tools/scripts/make_resize_golden.py > tests/golden/resize.txt

Needs opencv-python and numpy. tests/data/video/resize.cpp makes the same noise and compares.
"""

import cv2
import numpy

# Source width and height, result width and height: C3D's, odd ones, same size, halves, enlarging, one row or column.
CASES = [
    (320, 240, 171, 128), (171, 128, 112, 112), (356, 260, 171, 128), (1280, 720, 171, 128), (66, 50, 171, 128),
    (320, 240, 320, 240), (320, 240, 160, 120), (342, 256, 171, 128), (17, 13, 16, 12), (16, 12, 17, 13),
    (2, 2, 171, 128), (1, 1, 5, 4), (7, 1, 3, 3), (1, 9, 4, 5), (3, 5, 1, 1), (99, 101, 98, 102), (5, 4, 500, 3),
]


def noise(width, height):
    """Bytes of a linear congruential generator, [height, width, 3]."""
    state, values = 1, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) % 2**32
        values.append(state >> 24)
    return numpy.frombuffer(values, numpy.uint8).reshape(height, width, 3)


def fnv1a(data):
    value = 14695981039346656037
    for byte in data:
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def main():
    print(f"# cv2.resize INTER_LINEAR, OpenCV {cv2.__version__}; source size, result size, FNV-1a of the result")
    for source_width, source_height, width, height in CASES:
        result = cv2.resize(noise(source_width, source_height), (width, height), interpolation=cv2.INTER_LINEAR)
        print(source_width, source_height, width, height, f"{fnv1a(result.tobytes()):016x}")


if __name__ == "__main__":
    main()
