"""Seeded damage: the same random.Random gives the same bytes."""

import struct

EDGES = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF]

# What a number, and what a text, of a file may say that nobody expects.
NUMBERS = [0, -1, 1, 2, 255, 1000, 16000, 65536, 286331153, 200000000, 2147483647, 2147483648, -2147483648, 4294967295, 4294967296, 10**9,
           2**53, 2**53 + 1, 2**63 - 1, 2**63, -2**63, 2**64, 10**30, 0.5, -0.0, 1e-300, 1e300, 1e308, -1e308]
TEXTS = ["", " ", "0", "-1", "nan", "inf", "-inf", "1e999", "0x10", "1,2", "1,2,3", "1,2,3,4", ",,", "true", "null", "[]", "{}", "a" * 5000,
         "\u001b[31mred", "two\nlines", "tab\there", "nul\u0000here", "\u202eright", "\ud83d\ude00", "../../etc/passwd", "/dev/zero", "/dev/null",
         "/nowhere/at/all", "/proc/self/mem", "(a+)+$", "%s%n", "{}", "{0}", "cuda:99", "measured", "fixed", "conv1", "fc8", "fc9"]


def block(random, data):
    size = min(len(data), 1 << random.randrange(0, 13))
    at = random.randrange(0, max(1, len(data) - size + 1))
    return at, size


def mutate(random, data):
    """A copy with one to a few faults: flipped bits, bytes, number fields, blocks cut, doubled, swapped or put in."""
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 1, 2, 3, 8, 40])):
        if not data:
            break
        # Headers stand at the front, indexes at the end; faults there say more than in the middle.
        front = min(len(data), random.choice([16, 64, 512, 4096, len(data), len(data)]))
        at = random.randrange(front) if random.random() < 0.8 else len(data) - 1 - random.randrange(front)
        kind = random.randrange(10)
        if kind <= 1:
            data[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            data[at] = random.randrange(256)
        elif kind <= 4:  # a field of a number, in both byte orders
            width, code = random.choice([(1, "B"), (2, "H"), (4, "I"), (8, "Q")])
            value = random.choice(EDGES) if random.random() < 0.7 else random.getrandbits(width * 8)
            packed = struct.pack(random.choice("<>") + code, value & ((1 << width * 8) - 1))
            data[at:at + width] = packed[:len(data) - at]
        elif kind == 5:  # cut
            del data[at:]
        elif kind == 6:
            begin, size = block(random, data)
            del data[begin:begin + size]
        elif kind == 7:
            begin, size = block(random, data)
            data[at:at] = data[begin:begin + size]
        elif kind == 8:
            begin, size = block(random, data)
            other, _ = block(random, data)
            data[other:other + size], data[begin:begin + size] = data[begin:begin + size], data[other:other + size]
        else:
            size = 1 << random.randrange(0, 10)
            data[at:at] = random.choice([bytes(size), b"\xff" * size, random.randbytes(size)])
    return bytes(data)


def mutate_text(random, text):
    """A copy of a text with lines, words and numbers that nobody expects; bytes."""
    lines = text.encode("utf-8", "surrogatepass").split(b"\n")
    for _ in range(random.choice([1, 1, 2, 4])):
        i = random.randrange(len(lines)) if lines else 0
        kind = random.randrange(9)
        strange = random.choice(TEXTS).encode("utf-8", "surrogatepass") if random.random() < 0.5 else str(random.choice(NUMBERS)).encode()
        if not lines:
            lines = [strange]
        elif kind == 0:
            lines.insert(i, strange)
        elif kind == 1:
            del lines[i]
        elif kind == 2:
            lines.insert(i, lines[i])
        elif kind <= 5:
            words = lines[i].split(b" ")
            words[random.randrange(len(words))] = strange
            lines[i] = b" ".join(words)
        elif kind == 6:
            return mutate(random, b"\n".join(lines))
        elif kind == 7:
            lines[i] = lines[i] + strange * random.choice([1, 1, 100])
        else:
            return random.choice([b"\xef\xbb\xbf" + b"\n".join(lines), b"\r\n".join(lines), b"\r".join(lines), text.encode("utf-16", "replace"),
                                  text.encode("utf-16-le", "replace"), b"\n".join(lines)[:random.randrange(len(text) + 1)], b""])
    return b"\n".join(lines)
