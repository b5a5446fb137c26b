"""Prints texts, each with the 80 bits of what `numpy.longdouble` makes of it, or `nan`, or `-` where it is none."""

import random
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
getattr(sys, "set_int_max_str_digits", int)(0)
random.seed(6)


def exactly(mantissa, exponent):
    """`mantissa * 2**exponent` with all its digits."""
    if exponent >= 0:
        return str(mantissa << exponent)
    return f"{mantissa * 5**-exponent}e{exponent}"


def digits(count):
    return "".join(random.choices("0123456789", k=count))


def texts():
    for _ in range(20000):  # any number
        yield f"{random.choice(['', '-', '+'])}{digits(random.randint(1, 25))}.{digits(random.randint(0, 25))}e{random.randint(-4990, 4960)}"
    for _ in range(20000):  # those that people write
        yield f"{random.choice(['', '-'])}{digits(random.randint(1, 12))}.{digits(random.randint(0, 12))}e{random.randint(-30, 30)}"
    for _ in range(3000):  # half way between two, and a little beside
        text = exactly(random.getrandbits(63) << 1 | 1 << 64 | 1, random.randint(-500, 500))
        number, e, power = text.partition("e")
        yield text
        yield f"{number}0000000000000000000001{e}{int(power or 0) - 22 if e else ''}" if e else f"{number}.0000000000000000000001"
        yield f"{int(number) - 1}{'9' * 30}{e}{int(power) - 30}" if e else f"{int(number) - 1}.{'9' * 30}"
    for _ in range(60):  # subnormal ones half way between two
        text = exactly(random.getrandbits(random.randint(1, 62)) << 1 | 1, -16446)
        yield text
        yield text.replace("e", "1e").replace("e-16446", "e-16447")
    for exponent in [-16382, -16383, -16445, -16446, -16447, 16383, 16384]:  # the ends of the range
        for mantissa in [1, 3, (1 << 64) - 1, (1 << 65) - 1, (1 << 66) - 1, (1 << 66) + 1]:
            text = exactly(mantissa, exponent - mantissa.bit_length() + 1)
            yield text
            yield exactly(mantissa, exponent)
    for _ in range(200):  # a thousand digits and more
        count = random.choice([1000, 3000, 12000])
        yield f"{random.choice(['', '0.', digits(9) + '.'])}{digits(count)}e{random.randint(-4000, 4000)}"
        yield f"0.{'0' * count}{digits(30)}e{count}"
    yield f"{exactly((1 << 64) + 1, 0)}.{'0' * 13000}1"
    yield f"{exactly((1 << 64) + 1, 0)}.{'0' * 13000}"
    for _ in range(5000):  # hexadecimal ones
        figures = "%x" % random.getrandbits(random.randint(1, 130))
        place = random.randint(0, len(figures))
        yield f"{random.choice(['', '-'])}0{random.choice('xX')}{figures[:place]}.{figures[place:]}p{random.randint(-16600, 16500)}"
    for _ in range(20000):  # what may be none
        yield "".join(random.choices("0011.eE+-xXpPabnif_() \t\v", k=random.randint(1, 7)))
    yield from ["inf", "-INFINITY", "infinit", "nan", "NAN()", "nan(1_a)", "nan(-)", "1e99999999999999999999", "-0e99999999999999999999"]
    yield from ["1e-99999999999999999999", "0x1p99999999999999999999", "0x1p-99999999999999999999", "0x0p99999999999999999999"]


for text in texts():
    try:
        found = np.longdouble(text)
    except ValueError:
        bits = "-"
    else:
        bits = "nan" if np.isnan(found) else found.tobytes()[9::-1].hex()
    print(text.encode().hex(), bits)
