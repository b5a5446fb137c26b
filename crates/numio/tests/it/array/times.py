"""Prints moments in every unit as NumPy prints them, and reads texts as NumPy reads them."""
import json
import random
import warnings

import numpy as np

warnings.simplefilter("ignore")
rng = random.Random(1970)
most = 2**63 - 1
units = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"]

for unit in units + ["25Y", "7M", "3W", "10s", "400D", "2147483647ns", "1000us"]:
    ticks = [0, 1, -1, 59, -60, 1969, -1970, -1971, 8029, 8030, 12839, 10957, 11016, -719468, -62135596801,
             most, -most, -most - 1, most // 2, most // 7, -most // 11]
    for bits in range(4, 64):
        ticks += [rng.getrandbits(bits) * rng.choice([1, -1]) for _ in range(4)]
    array = np.array(ticks, "i8")
    texts = np.datetime_as_string(array.view(f"M8[{unit}]")).tolist()
    lengths = [str(length) for length in array.view(f"m8[{unit}]")]
    print(json.dumps({"unit": unit, "ticks": ticks, "texts": texts, "lengths": lengths}))

good = ["NaT", "nat", "", "2005", "2005-02", "2005-02-25", "2005-02-25T03", "2005-02-25T03:30", "2005-02-25 03:30:09",
        "2005-02-25T03:30:09.", "2005-02-25T03:30:09.1", "2005-02-25T03:30:09.1234", "2005-02-25T03:30:09.1234567",
        "2005-02-25T03:30:09.1234567890", "2005-02-25T03:30:09.1234567890123", "1970-01-01T00:00:09.123456789012345678",
        "2005-02-25T03:30Z", "2005-02-25T03:30+01", "2005-02-25T03:30-0130", "2005-02-25T03:30:01.5+01:30", "-0001-01-01",
        "+2005-01", "  2005-01", " -5", "-5", "-", "--05", "+-05", "0", "12345678", "20100312", "10000-01-01", "-20000-12-31T23",
        "2000-02-29", "1900-02-29", "2001-02-29", "2000-02-30", "2000-00", "2000-13", "2000-1", "2000-01-", "2000-01-00",
        "2000-01-32", "2000-04-31", "2000-01-01T", "2000-01-01T24", "2000-01-01T1", "2000-01-01T12:", "2000-01-01T12:60",
        "2000-01-01T12:00:60", "2000-01-01T12:00:00.1234567890123456789", "2000-01-01T12+24", "2000-01-01T12+01:60",
        "2000-01-01T12+1", "2000-01-01 ", "2000-01-01T12 ", "2000-01-01T12Z ", "2000-01-01T12Zx", "2000-01-01Z", "2000/01/01",
        "x", "2000x", "2000-01x", "2000-01-01x", "2000-01-01t12", "2000-01-01T12:30 x", "T12", "2000-", "é", "200٠"]
texts = list(good)
for _ in range(3000):
    text = rng.choice(good)
    at = rng.randint(0, len(text))
    kind = rng.random()
    if kind < 0.4:
        text = text[:at] + rng.choice("0123456789-+:.TZ ") + text[at:]
    elif kind < 0.7:
        text = text[:at] + text[at + 1 :]
    else:
        text = text[:at] + rng.choice("0123456789") + text[at + 1 :]
    texts.append(text)

for text in texts:
    case = {"text": text, "as": {}}
    try:
        found = np.datetime64(text)
        case["unit"] = np.datetime_data(found.dtype)[0]
        case["ticks"] = int(found.view("i8"))
    except ValueError as error:
        case["error"] = str(error)
    for unit in ["Y", "M", "W", "D", "h", "s", "ms", "ns", "as", "7D"]:
        try:
            case["as"][unit] = int(np.datetime64(text, (unit[-1], 7) if unit == "7D" else unit).view("i8"))
        except ValueError:
            case["as"][unit] = None
    print(json.dumps(case))
