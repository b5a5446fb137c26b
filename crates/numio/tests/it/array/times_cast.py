"""Converts times between all units, as whole numbers without bound and as NumPy does it."""
import json
import random
from math import gcd

import numpy as np

rng = random.Random(2000)
seconds = {"W": 604800, "D": 86400, "h": 3600, "m": 60, "s": 1}
parts = {"ms": 10**3, "us": 10**6, "ns": 10**9, "ps": 10**12, "fs": 10**15, "as": 10**18}
length = {unit: value * 10**18 for unit, value in seconds.items()} | {unit: 10**18 // value for unit, value in parts.items()}
most = 2**63 - 1


def days_before(months):
    """Days from 1970-01-01 to the first of a month counted from January 1970."""
    year, month = 1970 + months // 12, months % 12
    leap = lambda y: y // 4 - y // 100 + y // 400
    starts = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (year - 1970) * 365 + leap(year - 1) - leap(1969) + starts[month] + (1 if is_leap and month > 1 else 0)


def month_of(day):
    low, high = day // 32 - 2, day // 28 + 2
    low, high = min(low, high) - abs(day) // 20 - 3, max(low, high) + abs(day) // 20 + 3
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if days_before(middle) <= day else (low, middle)
    return low


def exact(kind, ticks, source, target):
    (n, unit), (m, wanted) = source, target
    ticks *= n
    months = {"Y": 12, "M": 1}
    if unit in months and wanted in months:
        return ticks * months[unit] // (months[wanted] * m)
    if unit in months:
        return days_before(ticks * months[unit]) * length["D"] // (length[wanted] * m)
    if wanted in months:
        return month_of(ticks * length[unit] // length["D"]) // (months[wanted] * m)
    return ticks * length[unit] // (length[wanted] * m)


units = [(1, unit) for unit in ["Y", "M", *length]] + [(25, "Y"), (7, "M"), (3, "W"), (7, "s"), (1000, "us"), (2147483647, "ns")]
for kind in "Mm":
    for source in units:
        for target in units:
            names = [f"{kind}8[{count}{unit}]" for count, unit in (source, target)]
            if not np.can_cast(*names, "same_kind"):
                continue
            ticks = [0, 1, -1, most, -most, -most - 1] + [rng.getrandbits(rng.randint(1, 63)) * rng.choice([1, -1]) for _ in range(14)]
            try:
                found = np.array(ticks).view(names[0]).astype(names[1], casting="same_kind").view("i8").tolist()
            except OverflowError:
                found = None
            wanted = [None if tick == -most - 1 else exact(kind, tick, source, target) for tick in ticks]
            for number, tick, value in zip(found or [], ticks, wanted):
                # Far from the ends NumPy must agree, or this script is wrong.
                room = 2147483648 * 10**3 if source != target else 1
                assert value is None or abs(value) * room > most or abs(tick) * room > most or value == number, (names, tick, value, number)
            fits = [value is None or abs(value) <= most for value in wanted]
            wanted = [(-most - 1 if value is None else value) if fit else None for value, fit in zip(wanted, fits)]
            print(json.dumps({"from": names[0], "to": names[1], "ticks": ticks, "wanted": wanted if found is not None else None}))
