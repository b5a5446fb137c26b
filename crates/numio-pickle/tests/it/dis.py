"""Writes pickles N.pkl and their disassembly N.dis into a directory."""

import io
import pathlib
import pickletools
import sys

import corpus

# By hand: opcodes that picklers of today do not write.
MADE = [
    b"(I1\nI2\nd.", b"(I1\nI2\nl.", b"(S'a'\nS'b'\ni__main__\nPlain\n.", b"(c__main__\nPlain\nI1\no.",
    b"P5 x\n.", b"I5\nQ.", b"(I1\n0I2\n.", b"(I1\n1I2\n.", b"I1\n2\x86.", b"\x80\x02\x82\x05.", b"\x83\x05\x01.",
    b"\x84\x05\0\0\0.", b"T\x03\0\0\0abc.", b"U\x03a\xe9c.", b"\x80\x05\x97\x98.", b"(0.", b"I1\np0\n0g0\n.",
    b"L5L\n.", b"Fnan\n.", b"S'a\\x41'\n.", b"V\\u20ac\n.", b"\x8b\x05\0\0\0\0\0\0\0\1.", b"\x8a\0.",
    # Those at which pickletools stops, or complains.
    b"R.", b"e.", b"N0.", b"NN.", b"h\x05.", b"Nq\x00q\x00.", b"(q\x00.", b"q\x00.", b"0.", b"}Nu.", b"N\x94\x94h\x07.",
]


def dis(data):
    out = io.StringIO()
    try:
        pickletools.dis(data, out)
    except ValueError as error:
        return out.getvalue(), str(error)
    except IndexError:
        return out.getvalue(), "IndexError"
    return out.getvalue(), ""


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    datas = MADE + [data for _, _, data in corpus.pickles(corpus.CLEAR + corpus.OPAQUE)]
    count = 0
    for count, data in enumerate(datas):
        text, error = dis(data)
        (target / f"{count}.pkl").write_bytes(data)
        (target / f"{count}.dis").write_text(text, "utf-8", newline="")
        (target / f"{count}.err").write_text(error, "utf-8")
    print(count + 1)
