"""Kinds of floats that printing tells apart: each regime is a function of a type code and a size."""

import random

import numpy as np

rng = np.random.default_rng()
choose = random.Random()


def seed(number):
    """Starts both generators at `number`, so that the same cases come again."""
    global rng
    rng = np.random.default_rng(number)
    choose.seed(number)



def from_bits(code, size):
    """Any bits: every exponent, denormals, infinities, many NaN."""
    if code == "g":
        raw = rng.integers(0, 2**64, size, dtype="u8") | np.uint64(2**63)
        exponent = rng.integers(0, 2**16, size).astype("u2")
        raw[exponent & 0x7FFF == 0] &= np.uint64(2**63 - 1)
        pairs = np.zeros((size, 2), "u8")
        pairs[:, 0], pairs[:, 1] = raw, exponent
        return pairs.reshape(-1).view("g")
    width = np.dtype(code).itemsize
    return rng.integers(0, 256, size * width, dtype="u1").view(code)


def scaled(code, size, low, high):
    """Magnitudes from 10^low to 10^high, of both signs."""
    info = np.finfo(code)
    exponents = np.clip(rng.uniform(low, high, size), float(np.log10(info.tiny)) - 3, info.maxexp * 0.30)
    with np.errstate(all="ignore"):
        values = np.dtype("g").type(10) ** exponents.astype("g")
        return (values * rng.choice([-1, 1], size)).astype(code)


def mixed(code, size):
    values = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1, -1, 0.5, 1.5, 2.5, 100, 1e-3, 123.456], code)
    return rng.choice(values, size)


def with_specials(code, size):
    values = scaled(code, size, -2, 2)
    values[rng.random(size) < 0.3] = rng.choice(np.array([np.nan, np.inf, -np.inf, 0.0, -0.0], code))
    return values


def near(code, size):
    """Neighbours of the numbers at which notations change."""
    points = np.array(["1e-4", "1e3", "1e6", "1e8", "1e16", "1e15", "0.1", "999.9", "1", "1000"], "g").astype(code)
    values = rng.choice(points, size)
    with np.errstate(over="ignore"):
        for _ in range(3):
            step = rng.choice(np.array([-np.inf, np.inf], code), size)
            values = np.where(rng.random(size) < 0.5, np.nextafter(values, step), values).astype(code)
    return values


def thousandfold(code, size):
    """Two magnitudes whose ratio is nearly 1000."""
    low = scaled(code, 1, -1, 1)[0]
    with np.errstate(over="ignore"):
        high = code_of(code)(low * code_of(code)(1000))
        for _ in range(choose.randint(0, 2)):
            high = np.nextafter(high, code_of(code)(choose.choice([0, np.inf])))
    return rng.choice(np.array([low, high], code), size)


def code_of(code):
    return np.dtype(code).type


def ties(code, size):
    """Numbers that lie just between two decimal ones: odd multiples of powers of two."""
    return (rng.integers(-2000, 2000, size) / 2.0 ** rng.integers(0, 12, size)).astype(code)


def powers(code, size):
    """Powers of two, whose neighbours below are nearer."""
    info = np.finfo(code)
    with np.errstate(all="ignore"):
        return np.ldexp(code_of(code)(1), rng.integers(info.minexp - info.nmant, info.maxexp, size)).astype(code)


def short(code, size):
    """Decimals of few digits."""
    return (rng.integers(-99999, 99999, size) / 10.0 ** rng.integers(0, 6, size)).astype(code)


REGIMES = [
    from_bits,
    lambda code, size: scaled(code, size, -1, 1),
    lambda code, size: scaled(code, size, 0, 3.5),
    lambda code, size: scaled(code, size, -5, 5),
    lambda code, size: scaled(code, size, -300, 300),
    lambda code, size: scaled(code, size, 290, 320),
    lambda code, size: scaled(code, size, -330, -300),
    lambda code, size: scaled(code, size, -8, -4),
    lambda code, size: rng.integers(-1000, 1000, size).astype(code),
    lambda code, size: rng.random(size).astype(code),
    lambda code, size: np.zeros(size, code),
    lambda code, size: np.full(size, np.nan, code),
    lambda code, size: rng.choice(np.array([np.inf, -np.inf], code), size),
    mixed,
    with_specials,
    near,
    thousandfold,
    ties,
    powers,
    short,
]
