"""Prints what Python makes of literals, one a line: the text, and its repr or `-` where Python refuses it.

Sets and dicts are shown in the order of the text with every item, as numio keeps them.
"""

import ast
import itertools
import random
import sys
import unicodedata
import warnings


def shown(node):
    """The repr of a parsed literal, equal keys kept."""
    if isinstance(node, ast.Expression):
        return shown(node.body)
    items = [shown(item) for item in getattr(node, "elts", [])]
    if isinstance(node, ast.Tuple):
        return "(" + ", ".join(items) + (",)" if len(items) == 1 else ")")
    if isinstance(node, ast.List):
        return "[" + ", ".join(items) + "]"
    if isinstance(node, ast.Set):
        return "{" + ", ".join(items) + "}"
    if isinstance(node, ast.Dict):
        return "{" + ", ".join(f"{shown(k)}: {shown(v)}" for k, v in zip(node.keys, node.values)) + "}"
    value = ast.literal_eval(node)
    # Python refuses to print so many decimal digits; numio turns to hexadecimal ones.
    return hex(value) if isinstance(value, int) and abs(value) >= 10**4300 else repr(value)


def verdict(text):
    try:
        ast.literal_eval(text)
        return shown(ast.parse(text.lstrip(" \t"), mode="eval"))
    except (ValueError, SyntaxError, TypeError, OverflowError, MemoryError, RecursionError):
        return None


NUMBERS = """0 00 0_0 1 9 12 1_000 1__0 1_ _1 01 007 0o17 0O1_7 0o 0o8 0b101 0B_1 0b2 0b 0xff 0X_fF 0x 0xg 0x_ 0x1__2
9223372036854775807 9223372036854775808 18446744073709551616 123456789012345678901234567890 0xffffffffffffffffffff
0x8000000000000000 0x7fffffffffffffff 0o7777777777777777777777777 0b11111111111111111111111111111111111111111111111111111111111111111111
0. .0 0.5 1.5 5. .5 5.e3 5.e 1e5 1E5 1e+5 1e-5 1e 1e+ 1e5_0 1_0e1 1._5 1_.5 1.5_0 01.5 01e5 00.5 1e999 1e-999 0.1 1e16 1e15
123456789012345.6 1234567890123456.7 12345678901234567.8 0.0001 0.00001 1e22 1e23 5e-324 1.7976931348623157e308 2.5e-5
9007199254740993 9007199254740993. 1j 0j 1.5j 1e3j 1_0j 01j 1J .5j 5.j 1e999j 1j2 1.real 1x 0xfor 1if 1_a 1é 0777L 1L 1 L 1.5L 0x1L 1jL
1LL 1l 1L L 1\\\nL 1 \\\n L (1\nL) 0L 00L 1Lx 1L.5""".split("\n")
NUMBERS = [number for line in NUMBERS for number in line.split(" ")]
ATOMS = NUMBERS + ["None", "True", "False", "true", "Nonee", "...", "..", "()", "[]", "{}", "set()", "set( )", "set(1)",
                   "set", "(1)", "(1,)", "(1,2)", "((1))", "(-1)", "(1+2j)", "[1,]", "[,]", "(,)", "{1}", "{1:2}", "{1,}",
                   "{1:2,}", "{,}", "{1:}", "{:1}", "{1:2,3}", "{1,2:3}", "{**{}}", "[*[]]", "{[]}", "{():1}", "{([],):1}",
                   "{{}:1}", "{(1,(2,)):[]}", "frozenset()", "f'a'", "x", "-x", "not 1", "lambda: 0", "1 if 1 else 2",
                   "1 or 2", "a.b", "a[0]", "1[0]", "'a'[0]", "'a'.b", "(1)(2)", "[1](2)", "1,2", "1,", ",1", "1,,2",
                   "'a' if 1 else 2", "(yield)", "(x:=1)", "[x for x in y]", "{x: 1 for x in y}", "1;2", "1 2", "1=2", "@"]
STRINGS = ["''", "'a'", '"a"', "'''a'''", '"""a"""', "'a\"b'", '"a\'b"', "'a\\'b'", "'a\\\"b\\''", "'", "'a", "'a\nb'",
           "'a\\\nb'", "'a\\\r\nb'", "'''a\nb'''", "'''a\r\nb\rc'''", "'''a'b''c\\'''d'''", "''''a'''", "'''a''''", "'a''b'",
           "'a' 'b'", "'a'\n'b'", "('a'\n'b')", "('a' # c\n \"b\" r'\\c')", "'a'b'b'", "b'a' 'b'", "b'a' b'b'", "u'a'", "U'a'",
           "ur'a'", "r'a\\nb'", "R'\\''", "r'\\'", "rb'\\n'", "Rb'a'", "bR'a'", "BR'a'", "br'\\''", "bu'a'", "rr'a'", "b'\\xff'",
           "b'é'", "'é'", "'日本'", "b'\\u0041'", "'\\u0041'", "'\\U0001f600'", "'\\U00110000'", "'\\x4'", "'\\x4g'", "'\\xé1'",
           "'\\u004'", "'\\u+041'", "'\\x-1'", "'\\0'", "'\\012'", "'\\0123'", "'\\08'", "'\\377'", "'\\400'", "'\\777'",
           "b'\\777'", "b'\\400'", "'\\q'", "b'\\q'", "'\\é'", "'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"'", "'\\", "'\\'", "r'\\\na'", "''''''",
           "''''", "'''''", "'a\x00b'", "'\x7f\x80\xa0\xad\u200b\u2028\ue000\ufeff\U000e0001'", "'\\8\\9'", "'\x0c'", "'\t'", "b'\t\x0c'",
           "'''\\\n'''", "'''\\\r\n'''", "'\\1' '2'", "'a' None", "x'a'", "'a'x", "'a'1", "1'a'", "True'a'", "''.x"]
PADS = ["", " ", "\t", "\n", "\r\n", "\r", "\x0c", "\x0b", "\xa0", "#", "# x\n", "\\\n", "\\\r\n", "\\", "\\ \n", ";", "\ufeff", "\x00", "\n ",
        " \n", "\n\x0c", " \x0c", "\x0c ", "\n\t\n", "\n#\n ", "\\\n ", " \\\n"]


def texts():
    yield from ATOMS
    yield from STRINGS
    for sign, atom in itertools.product(["-", "+", "- ", "--", "+-", "~", "-\n", "-\\\n"], ATOMS):
        yield sign + atom
    for left, operator, right in itertools.product(
            ["1", "-1", "1.5", "-0.0", "0", "1j", "(-1)", "(1)", "(1j)", "True", "1+1j", "(1+1j)", "'a'", "9" * 400, "9" * 300, "1e999"],
            ["+", "-", " + ", "*", "+ -", "-+", "\n+", "\\\n+", "+\\\n"], ["1j", "-1j", "(1j)", "0j", "1", "2.5j", "1e999j", "1j+1j", "1j)"]):
        yield left + operator + right
    for before, core, after in itertools.product(PADS, ["1", "(1,\n2)", "'a'", "{'a':\n1}", "-\\\n1"], PADS):
        yield before + core + after
    for pad, template in itertools.product(PADS, ["(1{}2)", "(1{},2)", "[1,{}2]", "{{'a'{}:1}}", "{{'a':{}1}}", "({}1)", "(1{})", "-{}1",
                                                  "1{}+1j", "1+{}1j", "'a'{}'b'", "('a'{}'b')", "set{}()", "set({})", "1{},2", "1,{}2",
                                                  "1,{}", "()", "'a{}b'", "'''a{}b'''", "r'a{}b'"]):
        yield template.format(pad)
    brackets = [("(", ")"), ("[", "]"), ("(", ",)"), ("[(", ",)]"), ("{1:", "}"), ("-(", ")")]
    for depth, (opening, closing) in itertools.product([2, 100, 101, 199, 200, 201, 1000], brackets):
        yield opening * depth + "1" + closing * depth
    for digits in (4299, 4300, 4301):
        yield "1" * digits
        yield "0" * digits
        yield "_".join("1" * digits)
        yield "0x" + "f" * (digits - 700)
    for code in list(range(0x3000)) + list(range(0xfb00, 0x10000)) + list(range(0x1f000, 0x1fb00)) + [0xe0001, 0xe0100, 0x10ffff, 0x20000]:
        if code == 0 or 0xd800 <= code < 0xe000 or unicodedata.category(chr(code)) == "Cn":
            continue  # lone surrogates are refused; what is assigned depends on Python's age
        yield f"'''x{chr(code)}'''"
    rng = random.Random(20)
    pieces = ATOMS + STRINGS + ["(", ")", "[", "]", "{", "}", ",", ",", ",", ":", ":", "+", "-", "#", "\n", " ", "\\", "'", '"', "b", "r", "L", ".", "_"]
    for _ in range(60000):
        yield "".join(rng.choice(pieces) for _ in range(rng.randint(1, 7)))

    def nested(level):
        kind = rng.randrange(8 if level else 4)
        if kind < 2:
            return rng.choice(ATOMS)
        if kind < 4:
            return rng.choice(STRINGS)
        gap = lambda: rng.choice(["", " ", "\n", " # c\n"])
        items = [gap() + nested(level - 1) + gap() for _ in range(rng.randrange(4))]
        if kind == 4:
            return "(" + ",".join(items) + rng.choice(["", ","]) + ")"
        if kind == 5:
            return "[" + ",".join(items) + "]"
        return "{" + ",".join(f"{rng.choice(STRINGS + NUMBERS)}:{item}" for item in items) + "}"

    for _ in range(40000):
        yield nested(3)


def main():
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(4300)
    for text in dict.fromkeys(texts()):
        try:
            repr_ = verdict(text)
            print(text.encode().hex() or "", "-" if repr_ is None else repr_.encode().hex())
        except UnicodeEncodeError:
            pass  # a lone surrogate


main()
