"""Prints headers, sound and damaged, and whether NumPy loads a file that starts with them: see header.rs.

A line is the header's bytes and `+` or `-`; after `+` its shape, its order and its dtype's repr.
"""

import io
import math
import random
import warnings

import numpy as np
from numpy.lib import _format_impl as impl

warnings.simplefilter("ignore")


def wrap(text, version=(1, 0)):
    data = text if isinstance(text, bytes) else text.encode("utf8" if version[0] == 3 else "latin1")
    return b"\x93NUMPY" + bytes(version) + len(data).to_bytes(2 if version == (1, 0) else 4, "little") + data


def texts():
    sound = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }"
    yield sound
    for pad in ["", "\n", "   \n", " \n \n", "\n ", "\t", "#", "# comment", "\n# comment\n", "\\\n", "\r\n", "\x0c", "\x00", ";", ",", "}", "x"]:
        yield sound + pad
        yield pad + sound
    descrs = ["'<f8'", "'f8'", "'float64'", "'d'", "'|b1'", "'f4,f4'", "'2f4'", "'a4'", "'S4'", "'<M8[25s]'", "'<M8[3Y/4]'", "'|O'", "'O8'", "'f12'", "'c24'",
              "'S2147483648'", "'|S9223372036854775807'", "'S-1'", "''", "'x'", "None", "1", "b'<f8'", "[]", "()", "{}", "('<i4', (2,))", "('<i4', (1,))",
              "('<i4', (1, 1))", "('<i4', (0,))", "('<i4', ())", "('<i4', 1)", "[('x', '<f4')]", "[['x', '<f4']]", "[('x', '<f4', 2)]", "[('x', '<f4', (2,))]",
              "[('x', '<f4', [2])]", "[(('t', 'x'), '<f4')]", "[('x', '<f4'), ('x', '<f4')]", "[('', '<f4')]", "[('', '<f4'), ('', '<f4')]", "[('', '|V4')]",
              "[('x', '|O')]", "[('x', [('y', '|O')])]", "[('x', '<f4'), ('', '|V4'), ('y', '>i2')]", "[('x',)]", "[()]", "[1]", "[('x', 'nope')]",
              "[(1, '<f4')]", "[(b'x', '<f4')]", "(('<i4', (1,)), (1,))", "r'<f8'", "u'<f8'", "'<' 'f8'", "'\\x3cf8'", "'''<f8'''", "'\\\n<f8'", "\"<f8\"", "f'<f8'",
              "ur'<f8'", "'<f8' b''", "['<f8']", "('<f8',)", "'<f8',", "('<f8')", "-1", "1j", "True", "'T'", "'V0'", "'S0'", "'|V8'", "['ab']", "{('x', '<f4')}",
              "[('\\ud800', '<f8')]", "[('\\N{DIGIT ONE}', '<f8')]", "[((1, 'x'), '<f8')]"]
    for descr in descrs:
        yield "{'descr': %s, 'fortran_order': False, 'shape': (3,), }" % descr
        yield "{'descr': %s, 'fortran_order': False, 'shape': (0,), }" % descr
    for order in ["True", "False", "0", "1", "None", "'C'", "[]", "(True)", "(True,)", "not True", "true", "1.0", "-1", "+True", "b'1'"]:
        yield "{'descr': '<f8', 'fortran_order': %s, 'shape': (3, 4), }" % order
    shapes = ["()", "(3,)", "(3)", "3", "[3]", "[]", "{3}", "'3'", "'x'", "None", "True", "(True,)", "(False,)", "(3, True)", "(3.0,)", "('3',)", "(None,)", "(-1,)", "(3, -1)",
              "(0x3,)", "(0b11,)", "(0o3,)", "(03,)", "(1_0,)", "(3L,)", "(3L, 4L)", "(3l,)", "(3 L,)", "(3LL,)", "(3L L,)", "(0x3L,)", "(-3L,)", "(+3,)", "(--3,)", "(3.0L,)",
              "3L", "(3,,)", "(,)", "(3 4)", "((3),)", "((3,),)", "(3,\n4)", "(3, # rows\n4)", "(3,) * 2", "(1+2,)", "(3+0j,)", "(9223372036854775807,)", "(9223372036854775808,)",
              "(4611686018427387904, 4)", "(0, 4611686018427387904, 4)", "(0, 9223372036854775807)", "(0, 9223372036854775808)", "(0, -1)", "(18446744073709551616,)",
              "(" + "9" * 5000 + ",)", "(0x" + "f" * 5000 + ",)", "(" + "1, " * 64 + ")", "(" + "1, " * 65 + ")", "(" + "0, " * 65 + ")", "(" * 100 + "3," + ")" * 100,
              "(" * 198 + "3" + ")" * 198 + ",", "(" * 199 + "3," + ")" * 199, "(" * 200 + "3," + ")" * 200, "(" * 300 + "3," + ")" * 300, "[" * 100000 + "]" * 100000, "(" * 100000,
              "lambda: 0", "x", "__import__('os')", "(3, *(4,))", "(3 if True else 4,)", "(3;4)", "(3\\\n,)", "...", "(...,)"]
    for shape in shapes:
        yield "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }" % shape
    parts = {"descr": "'<f8'", "fortran_order": "False", "shape": "(3,)"}
    for names in [["descr", "shape"], ["shape", "fortran_order", "descr"], [], ["descr", "fortran_order", "shape", "x"], ["descr", "descr", "fortran_order", "shape"]]:
        yield "{" + ", ".join(f"'{name}': {parts.get(name, 1)}" for name in names) + "}"
    yield "{'descr': '<f8', 'shape': 'x', 'fortran_order': 7, 'descr': '<i2', 'fortran_order': True, 'shape': (2, 3)}"
    yield "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), 'shape': 'x'}"
    for key in ["'extra'", "1", "None", "b'shape'", "()", "(1, 2)", "[]", "1.5", "True", "'Shape'", "'shape '", "u'shape'", "'sha' 'pe'", "r'shape'", "'\\x73hape'", "shape"]:
        yield "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), %s: (2,)}" % key
        yield "{'descr': '<f8', 'fortran_order': False, %s: (2,)}" % key
    for text in ["", " ", "\n", "[]", "()", "1", "'x'", "None", "{1, 2}", "set()", "{}", "{", "}", "{{}}", "{'descr'", "{'descr':", "{'descr': '<f8'", "{'descr': '<f8',", "('descr', '<f8')",
                 "dict(descr='<f8')", "{**{}}", "{'descr': '<f8' 'fortran_order': False}", "{'descr'= '<f8'}", "#", "\\", "'", "\"\"\"", "{'a': 1L}", "1L", "L", "{L: 1}"]:
        yield text


def files():
    for text in texts():
        for version in [(1, 0), (2, 0), (3, 0)]:
            if len(text) < 65536 or version != (1, 0):
                yield wrap(text, version)
    sound = wrap("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n")
    for version in [(0, 0), (0, 1), (1, 1), (2, 1), (3, 1), (4, 0), (1, 2), (255, 255)]:
        yield sound[:6] + bytes(version) + sound[8:]
    for end in range(len(sound)):
        yield sound[:end]
    for text in ["{'descr': [('é', '<f8')], 'fortran_order': False, 'shape': (3,)}", "{'descr': [('日本', '<f8')], 'fortran_order': False, 'shape': (3,)}",
                 "{'descr': [('\U0001f600', '<f8')], 'fortran_order': False, 'shape': (3L,)}"]:
        data = text.encode()
        yield from (wrap(data, version) for version in [(1, 0), (2, 0), (3, 0)])
        yield wrap(text.encode("latin1", "replace"), (3, 0))
        yield from (wrap(data[:at] + b"\xff" + data[at:], (3, 0)) for at in range(len(data)))
    for chars in (9999, 10000, 10001):
        for letter in "né日":
            for version in [(1, 0), (2, 0), (3, 0)]:
                text = "{'descr': [('%s', '<f8')], 'fortran_order': False, 'shape': (3,)}"
                text = text % (letter * (chars - len(text) + 2))
                if version[0] == 3 or letter != "日":
                    yield wrap(text, version)
    rng = random.Random(3)
    seeds = ["{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }          \n", "{'descr': [('x', '<f4'), ('y', '|S3', (2,))], 'fortran_order': True, 'shape': (), }\n",
             "{'descr': [(('t', 'x'), '>i2'), ('', '|V4'), ('z', [('w', '<c8')])], 'fortran_order': False, 'shape': (2L,), }\n",
             "{'descr': '<M8[25s]', 'fortran_order': False, 'shape': (2, 2, 2), }\n", "{'descr': '|b1', 'fortran_order': False, 'shape': (7,), }\n"]
    for seed in seeds:
        sound = wrap(seed)
        for at in range(len(sound)):
            for bit in range(8):
                yield sound[:at] + bytes([sound[at] ^ 1 << bit]) + sound[at + 1:]
            for new in b"'\"()[]{},:\\#L0-x \n\x00":
                yield wrap(seed[:at] + chr(new) + seed[at + 1:])
                yield wrap(seed[:at] + chr(new) + seed[at:])
            yield wrap(seed[:at] + seed[at + 1:])
        for _ in range(1500):
            start, end = sorted(rng.randrange(len(seed) + 1) for _ in range(2))
            yield wrap(seed[:start] + seed[end:])
            at = rng.randrange(len(seed))
            yield wrap(seed[:at] + seed[start:end][:12] + seed[at:])


def verdict(data):
    """What NumPy makes of the header, if it loads an array of zeros behind it."""
    fp = io.BytesIO(data)
    version = impl.read_magic(fp)
    impl._check_version(version)
    shape, fortran, dtype = impl._read_array_header(fp, version)
    size = math.prod(shape) * dtype.itemsize
    if not dtype.hasobject and (min(shape, default=0) < 0 or size <= 1 << 20):
        array = np.load(io.BytesIO(data[: fp.tell()] + bytes(max(size, 0))))
        return array.shape, fortran, array.dtype
    if not dtype.hasobject and abs(size) >= 2**63:
        raise ValueError
    return shape, fortran, dtype


for data in dict.fromkeys(files()):
    try:
        shape, fortran, dtype = verdict(data)
        print(data.hex(), "+", repr((shape, fortran, repr(dtype))).encode().hex())
    except BaseException:
        print(data.hex(), "-")
