"""What a file or its name says is no order to a terminal, in whatever exception, warning or `repr` it comes back."""

import io
import pickle
import unicodedata
import warnings
import zipfile

import numpy as np
import pytest

import numio

# Escapes of terminals in one byte and in two, other controls, marks of direction, separators of lines.
EVIL = "x\x1b]0;t\x07\x1b[31m\x9b2J\x00\x7f\r\u202e\u2066\u200f\u2028\u2029\u00ad\u0600\U000e0041y"
MEMBER = EVIL.replace("\0", "")


def is_plain(text):
    """No controls but newlines, which messages have between sentences, and no format characters: marks of direction and the like."""
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") for c in text)


def npy(header, data=bytes(64), version=3):
    text = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(4, "little") + text + data


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def damaged(data):
    return data[:-200] + bytes([data[-200] ^ 0xFF]) + data[-199:]


def dtype_text(name):
    return f"{{'descr': [({name!r}, '<f8')], 'fortran_order': False, 'shape': (99,), }}"


def good(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


FILES = {
    "keys of the header": npy(f"{{'descr': '<f8', {EVIL!r}: 1, 'shape': (1,)}}"),
    "keys, raw": npy("{'descr': '<f8', '" + EVIL.replace("\0", "").replace("\r", "") + "': 1, 'shape': (1,)}"),
    "a dtype": npy(f"{{'descr': {EVIL!r}, 'fortran_order': False, 'shape': (1,)}}"),
    "a field that is cut": npy(dtype_text(EVIL)),
    "fields twice": npy(f"{{'descr': [({EVIL!r}, '<f8'), ({EVIL!r}, '<f8')], 'fortran_order': False, 'shape': (1,)}}"),
    "a field of another type": npy(f"{{'descr': [({EVIL!r}, 'nonsense{EVIL!r}')], 'fortran_order': False, 'shape': (1,)}}"),
    "no literal": npy("{'descr': " + EVIL.replace("\0", "") + "}"),
    "garbage": EVIL.encode() * 9,
    "a global": b"c" + EVIL.replace("\r", "").encode() + b"\n" + EVIL.replace("\r", "").encode() + b"\n.",
    "a global of two strings": pickle.dumps([EVIL, EVIL], 4)[:-3] + b"\x93.",
    "a call": b"c" + EVIL.encode() + b"\nsystem\n(S'ls'\ntR.",
    "a persistent object": b"P" + EVIL.encode() + b"\n.",
    "an integer": b"I" + EVIL.encode() + b"\n.",
    "a float": b"F" + EVIL.encode() + b"\n.",
    "a string": b"S'" + EVIL.encode() + b"\\xzz'\n.",
    "a time zone": b"cbuiltins\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(V" + EVIL.encode() + b"\nI01\ntR.",
    "an encoding": b"c_codecs\nencode\n(Vx\nV" + EVIL.encode() + b"\ntR.",
    "a decimal": b"cdecimal\nDecimal\n(V" + EVIL.encode() + b"\ntR.",
    "a dtype of a pickle": b"cnumpy\ndtype\n(V" + EVIL.encode() + b"\nI00\nI01\ntR.",
    "objects with a global": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"c" + EVIL.encode() + b"\nx\n."),
    "members": archive({MEMBER: b"nothing", MEMBER + ".npy": npy(dtype_text(EVIL))}),
    "a damaged member": damaged(archive({MEMBER + ".npy": good(np.arange(99.0))})),
    "a member of a global": archive({MEMBER + ".npy": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"c" + EVIL.encode() + b"\nx\n.")}),
    "an array": good(np.arange(3.0)),
    "arrays": archive({MEMBER + ".npy": good(np.arange(3.0))}),
    "a torch archive": archive({MEMBER + "/data.pkl": b"N."}),
}  # fmt: skip


def messages(call):
    """All that a call says: by exceptions and their causes, by warnings, and by the `repr` of what it returns."""
    said = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            found = call()
            if not isinstance(found, (str, bytes, np.ndarray)):
                said.append(repr(found))
            if isinstance(found, numio.NpzFile):
                said.append(found._repr_html_())
        except Exception as raised:
            while raised is not None:
                said.append(str(raised))
                raised = raised.__cause__
    return said + [str(warning.message) for warning in heard]


@pytest.mark.parametrize("name", FILES)
def test_refused_file_has_the_messages_kept_for_it(tmp_path, name):
    path = tmp_path / f"{MEMBER.replace('/', '')}.npy"
    path.write_bytes(FILES[name])

    def members(**named):
        with numio.load(path, **named) as npz:
            return [npz[member] for member in npz.files]

    calls = [
        lambda: numio.load(path),
        lambda: numio.load(str(path), allow_pickle=True),
        lambda: numio.load(path, allow_pickle=False),
        lambda: numio.load(path, mmap_mode="r"),
        lambda: numio.load(open(path, "rb")),
        lambda: numio.load(io.BytesIO(FILES[name])),
        lambda: numio.open(path),
        lambda: numio.open_memmap(path, "r"),
        lambda: numio.append(path, np.zeros(1)),
        lambda: numio.load_sparse(path),
        lambda: numio.loadtxt(path),
        lambda: numio.genfromtxt(path),
        lambda: numio.genfromtxt(path, names=True, dtype=None),
        lambda: numio.fromregex(path, r"(\d)\d", [("a", "i4")]),
        members,
        lambda: members(mmap_mode="r"),
        lambda: numio.load(path)[EVIL],
        lambda: numio.load(path).f,
    ]
    for number, call in enumerate(calls):
        for text in messages(call):
            # `KeyError` shows the caller's own key, and as Python does.
            assert is_plain(text), (number, ascii(text))


TEXTS = [f"1 {EVIL}\n2 3\n", f"1 2\n1 {EVIL} 3\n", f"# {EVIL}\n1 a\n", f"{EVIL} b\n1 2 3\n", f'"{EVIL}\n']
OPTIONS = [
    {}, {"dtype": int}, {"dtype": "M8[s]"}, {"dtype": bool}, {"dtype": complex}, {"delimiter": ","}, {"usecols": 7}, {"usecols": [EVIL]},
    {"dtype": [(EVIL, "i4")]}, {"encoding": "ascii"},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=ascii)
def test_refused_text_has_the_messages_kept_for_it(tmp_path, options):
    path = tmp_path / f"{MEMBER.replace('/', '')}.txt"
    for text in TEXTS:
        path.write_text(text, "utf-8", newline="")
        for read in [numio.loadtxt, numio.genfromtxt]:
            for source in [path, str(path), text.split("\n"), io.StringIO(text)]:
                for said in messages(lambda read=read, source=source: read(source, **options)):
                    assert is_plain(said), (read, options, ascii(said))


def test_failed_write_has_the_messages_kept_for_it(tmp_path):
    path = tmp_path / "no such directory" / f"{MEMBER.replace('/', '')}.npz"
    inside = tmp_path / "a.npz"

    def twice():
        with numio.NpzWriter(inside) as writer:
            writer.write(MEMBER, np.arange(3))
            writer.write(MEMBER, np.arange(3))

    calls = [
        lambda: numio.save(path, np.arange(3)),
        lambda: numio.savez(path, a=np.arange(3)),
        lambda: numio.savez(inside, **{EVIL: np.arange(3), EVIL + ".npy": np.arange(3)}),
        lambda: numio.savetxt(path, np.arange(3)),
        lambda: numio.savetxt(inside, np.arange(3), fmt=EVIL),
        lambda: numio.savetxt(inside, [EVIL], fmt="%d"),
        lambda: numio.savetxt(inside, [EVIL], encoding="latin1", fmt="%s"),
        lambda: numio.NpzWriter(path),
        lambda: numio.NpzWriter(inside, EVIL),
        lambda: numio.NpzWriter(inside, compression=EVIL),
        lambda: numio.append(path, np.arange(3)),
        lambda: numio.open_memmap(path, "w+", shape=(3,)),
        lambda: numio.open_memmap(path, EVIL),
        twice,
    ]
    for number, call in enumerate(calls):
        for text in messages(call):
            assert is_plain(text), (number, ascii(text))
