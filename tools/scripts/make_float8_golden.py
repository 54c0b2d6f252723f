#!/usr/bin/env python3
"""Writes tests/golden/float8_e4m3.txt: how PyTorch rounds each of the 65 536 bfloat16 numbers to float8_e4m3fn, and what those are.

    python3 tools/scripts/make_float8_golden.py > tests/golden/float8_e4m3.txt

Needs torch. Within a sign the codes do not fall, and each is reached, so the first number that gives a code says all;
tests/engine/float8.cpp rounds them all and compares.
"""

import torch


def main():
    numbers = torch.arange(65536, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    codes = numbers.to(torch.float8_e4m3fn).view(torch.uint8).tolist()
    values = torch.arange(256, dtype=torch.int32).to(torch.uint8).view(torch.float8_e4m3fn).float()
    value_bits = values.view(torch.int32).tolist()
    print(f"# torch.float8_e4m3fn, PyTorch {torch.__version__}: code, bits of the first bfloat16 of its sign that gives it, bits of its value"
          " as float32 (nan: not a number)")
    for sign in (0, 32768):
        half = codes[sign:sign + 32768]
        assert half == sorted(half) and len(set(half)) == 128
        for code in range(half[0], half[0] + 128):
            value = "nan" if values[code].isnan() else f"{value_bits[code] & 0xffffffff:08x}"
            print(f"{code:02x} {sign + half.index(code):04x} {value}")


if __name__ == "__main__":
    main()
