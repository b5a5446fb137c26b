//! `numio audit` against readers that find a call where it is hidden: CPython's, joblib's, pandas'.

use serde_json::Value;

use crate::command::numio;

/// Makes files, checks that the reader of each runs what is hidden in it, and prints their names.
const HIDDEN: &str = r#"
import gzip, io, lzma, os, pathlib, pickle, random, struct, sys, tarfile, warnings, zipfile, zlib
import joblib, numpy as np, pandas as pd
warnings.simplefilter("ignore")
folder = pathlib.Path(sys.argv[1])
ran = folder.parent / "ran"
# A string's opcodes, and not `pickle.dumps` of an object: every byte counts here.
def harm(name):
    return b"cposix\nmkdir\n(V" + os.fsencode(ran) + b"\ntR."
def hidden(name, data, read):
    path = folder / name
    path.write_bytes(data)
    try:
        read(path)
    except Exception as error:
        last = repr(error)
    else:
        last = "no error"
    if not ran.is_dir():
        raise SystemExit(f"{name}: its reader runs nothing: {last}")
    ran.rmdir()
nothing = b"\x80\x04N."
alone = lambda data, **more: lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **more}])
def lzma_load(path):
    with lzma.open(path) as file:
        pickle.load(file)
def zipped(members, prefix=b"", method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    out.write(prefix)
    with zipfile.ZipFile(out, "a" if prefix else "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()
def tarred(name, data, kind=b"0", format=tarfile.USTAR_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        info = tarfile.TarInfo(name)
        info.size, info.type = len(data), kind
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
def unzip(path, name="a"):
    with zipfile.ZipFile(path) as archive:
        pickle.loads(archive.read(name))
def untar(path):
    pd.read_pickle(path, compression="tar")

# Heads of compressed files that are not the usual ones.
for name, more in [("small", {"dict_size": 4096}), ("bits", {"lc": 0, "lp": 2, "pb": 0})]:
    hidden(f"lzma-{name}", alone(harm(0), **more), lzma_load)
window = zlib.compressobj(9, zlib.DEFLATED, 9)
hidden("zlib-window", window.compress(harm(0)) + window.flush(), lambda path: pickle.loads(zlib.decompress(path.read_bytes())))
# In a string, with none of the bytes that name something to a pickle.
def unzlib(path):
    pickle.loads(zlib.decompress(pickle.loads(path.read_bytes())))
# Bytes that are dropped before: of codes of other lengths, so that all after them is other bits.
dropped = (random.Random(seed).randbytes(seed % 16) for seed in range(10_000))
dropped = [b"C" + bytes([len(data)]) + data + b"0" + harm(0) for data in dropped]
is_plain = lambda data: not set(data) & set(b"ciPQ\x82\x83\x84\x93")
hidden("zlib-string", pickle.dumps(next(filter(is_plain, map(zlib.compress, dropped)))), unzlib)
for name, more in [("lzma", {}), ("lzma-small", {"dict_size": 4096, "lc": 0})]:
    packed = next(filter(is_plain, (alone(data, **more) for data in dropped)))
    hidden(f"{name}-string", pickle.dumps(packed), lambda path: pickle.loads(lzma.decompress(pickle.loads(path.read_bytes()))))
# lzip, which Python reads from liblzma 5.4 on, by itself and behind a stream of another format.
def lzip(data):
    stream = b"LZIP\1\x10" + alone(data, dict_size=1 << 16)[13:] + struct.pack("<IQ", zlib.crc32(data), len(data))
    return stream + struct.pack("<Q", len(stream) + 8)
def lzma_loads(path):
    with lzma.open(path) as file:
        for _ in range(5):
            pickle.load(file)
try:
    lzma.decompress(lzip(b""))
except lzma.LZMAError:
    pass
else:
    hidden("lzip", lzip(harm(0)), lzma_loads)
    hidden("xz-lzip", lzma.compress(nothing) + lzip(harm(0)), lzma_loads)
    hidden("lzma-lzip-xz", alone(nothing) + lzip(nothing) + lzma.compress(harm(0)), lzma_loads)
# Damage behind what a reader decompresses at first, which may be any number of bytes.
damaged = bytearray(alone(harm(0) + random.Random(3).randbytes(5000)))
damaged[-200] ^= 0xff
def late(path):
    first = lzma.LZMADecompressor()
    first.decompress(path.read_bytes())
    pickle.loads(lzma.LZMADecompressor().decompress(first.unused_data, len(harm(0))))
hidden("damaged-behind", alone(nothing) + damaged, late)
length = hex(len(harm(0))).ljust(19).encode()
hidden("zfile", b"ZF" + length + zlib.compress(harm(0)), joblib.load)
hidden("zfile-space", b"ZF" + length + b" " + zlib.compress(harm(0)), joblib.load)
raw = bytearray(gzip.compress(harm(0)))
raw[3] = 0xe0
hidden("gzip-flags", bytes(raw), lambda path: pickle.loads(gzip.decompress(path.read_bytes())))
def with_length(data, length):
    stream = bytearray(alone(data))
    stream[5:13] = struct.pack("<Q", length)
    return bytes(stream)
for name, data in [
    ("lzma-length", with_length(nothing, len(nothing)) + alone(harm(0))),
    ("lzma-nothing", with_length(b"", 0) + lzma.compress(harm(0))),
    ("xz-length", lzma.compress(nothing) + with_length(nothing, len(nothing)) + alone(harm(0))),
    ("lzma-twice", alone(nothing) + alone(harm(0))),
    ("lzma-xz", alone(nothing) + lzma.compress(harm(0))),
    ("xz-lzma", lzma.compress(nothing) + alone(harm(0))),
    ("lzma-zero", alone(nothing) + alone(harm(0), lc=0, lp=0, pb=0)),
    ("lzma-far", alone(nothing) * 3 + alone(pickle.dumps(os.urandom(65450))) + lzma.compress(harm(0))),
]:
    def read(path):
        with lzma.open(path) as file:
            for _ in range(5):
                pickle.load(file)
    hidden(name, data, read)
# A frame that Zstandard skips is a string to a pickle, which goes on behind it.
frame = b"x" * 36 + harm(0)
hidden("skippable", b"U\x2a\x4d\x18" + struct.pack("<I", len(frame)) + frame, lambda path: pickle.loads(path.read_bytes()))

# Numbers and indexes that are none to numio, and some to an unpickler.
def either(path):
    for load in pickle._load, pickle.load:
        try:
            load(io.BytesIO(path.read_bytes()))
        except Exception:
            pass
for name, start in [("nothing", b"I\0nothing\n"), ("spelled", b"L1_0\0 junk\n"), ("minus", b"Np-0_0\n"), ("huge", b"Np18446744073709551616\n")]:
    hidden(f"number-{name}", start + b"0" + harm(0), either)
hidden("number-memo", b"cposix\nmkdir\np36893488147419103232\n0g36893488147419103232\n(V" + os.fsencode(ran) + b"\ntR.", either)

# A tar archive whose first name is a whole pickle.
hidden("name.tar", tarred("N.", harm(0)), untar)
hidden("pax.tar", tarred("N." + "y" * 200, harm(0), format=tarfile.PAX_FORMAT), untar)
hidden("gnu.tar", tarred("N." + "y" * 200, harm(0), format=tarfile.GNU_FORMAT), untar)
hidden("contiguous.tar", tarred("N.", harm(0), b"7"), untar)
hidden("unknown.tar", tarred("N.", harm(0), b"Z"), untar)
hidden("weights.tar.gz", gzip.compress(tarred("weights", harm(0))), untar)
hidden("tar.npz", zipped([("a", tarred("N.", harm(0)))]), lambda path: untar(io.BytesIO(zipfile.ZipFile(path).read("a"))))

# A tar archive whose first header lies over the start of another file: between the parts of an archive, an array, a compressed file.
def over(start, rest=b"", checksum=b"%06o  "):
    head = (start.ljust(124) + b"%011o " % len(harm(0)) + b" " * 20 + b"0" + rest).ljust(512)
    return head[:148] + checksum % sum(head) + head[156:] + harm(0).ljust(512, b"\0") + bytes(1024)
nothing_packed = zlib.compressobj(9, zlib.DEFLATED, -15)
nothing_packed = nothing_packed.compress(nothing) + nothing_packed.flush()
length = len(over(b""))
member = struct.pack("<HHHIIIHH", 0, 0, 33, zlib.crc32(nothing), len(nothing), len(nothing), 1, length - 31)
local = over(b"PK\3\4\x14\0\0\0" + member + b"a") + nothing
central = b"PK\1\2\x14\0\x14\0\0\0" + member[:-2] + bytes(16) + b"a"
end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
stored = over(b"\x78\1\1" + struct.pack("<HH", length - 7, (length - 7) ^ 0xffff) + nothing)
described = b"', '|u1')], 'fortran_order': False, 'shape': (%d,), }" % (length - 512)
described = over(b"\x93NUMPY\1\0\xf6\1{'descr': [('", described.ljust(354) + b"\n")
for name, data in [
    ("zip", local + central + end),
    ("gzip", over(b"\x1f\x8b\x08\4" + bytes(6) + struct.pack("<H", length - 12)) + nothing_packed + struct.pack("<II", zlib.crc32(nothing), len(nothing))),
    ("zlib", stored + struct.pack(">I", zlib.adler32(stored[7:]))),
    ("npy", described),
    ("pickle", over(nothing)),
]:
    hidden(f"tar-over-{name}", data, untar)
hidden("tar-over.npz", zipped([("a.npy", described)]), lambda path: untar(io.BytesIO(zipfile.ZipFile(path).read("a.npy"))))
# Numbers that only Python's `int` reads.
for at, checksum in enumerate([b"0o%05o ", b"+%06o ", b"\x0b%06o\x1f", b"0_%06o", b"0O_%05o"]):
    hidden(f"tar-number-{at}", over(nothing, checksum=checksum), untar)

# A shelf of two values, of which the second does harm.
import dbm.dumb
for protocol in (harm(0), b"\x80\x02" + harm(0)):
    with dbm.dumb.open(str(folder.parent / "shelf"), "n") as shelf:
        shelf["a"], shelf["b"] = nothing, protocol
    def read(path):
        with dbm.dumb.open(str(folder.parent / "shelf")) as shelf:
            pickle.loads(shelf["b"])
    hidden(f"shelf-{protocol[0]}", (folder.parent / "shelf.dat").read_bytes(), read)

# An archive that numio refuses, behind a pickle or an array.
array = io.BytesIO()
np.save(array, np.arange(8))
array = array.getvalue()
for name, prefix in [("pickle", nothing), ("array", array)]:
    raw = bytearray(zipped([("a", harm(0))], prefix))
    end = raw.rindex(b"PK\x05\x06")
    raw[end + 8] = 7
    hidden(f"behind-{name}", bytes(raw), unzip)
# An archive in the elements of an array.
inner = zipped([("a", harm(0))], method=zipfile.ZIP_STORED)
elements = io.BytesIO()
np.save(elements, np.frombuffer(inner, "u1"))
hidden("elements.npy", elements.getvalue(), unzip)
hidden("elements.npz", zipped([("b", elements.getvalue())]), lambda path: unzip(io.BytesIO(zipfile.ZipFile(path).read("b"))))
# A pickle behind the elements of a member, filled up to the size of a header.
for name, method in [("stored", 0), ("deflated", 8)]:
    padded = array + harm(0)
    padded += bytes(-len(padded) % 64)
    def read(path):
        with zipfile.ZipFile(path).open("a.npy") as file:
            np.load(file), pickle.load(file)
    hidden(f"padded-{name}.npz", zipped([("a.npy", padded)], method=method), read)
# A member that takes all the time there is, before the one that does harm.
hidden("spent.npz", zipped([("z", b"\x80\x04" + b"0" * 200_000), ("a", harm(0))]), unzip)

# joblib finds the elements of an array by its description, and goes on behind them.
string = lambda text: b"X" + struct.pack("<I", len(text)) + text
number = b"(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
def dtype(spec, state=number):
    return b"cnumpy\ndtype\n" + string(spec) + b"\x89\x88\x87R" + state
PARTS = [(b"subclass", b"cnumpy\nndarray\n"), (b"shape", b"K\x01\x85"), (b"order", string(b"C")),
    (b"dtype", dtype(b"f8")), (b"allow_mmap", b"\x89"), (b"numpy_array_alignment_bytes", b"N")]
def description(changed={}, first=[], last=[], key=string):
    parts = first + [(name, changed.get(name, value)) for name, value in PARTS] + last
    return b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}(" + b"".join(key(name) + value for name, value in parts) + b"ub"
stop = b"." + b"\xff" * 7
for name, described, data in [
    ("text", description({b"dtype": dtype(b"float64", b"")}), stop),
    ("letter", description({b"dtype": dtype(b"d", b"")}), stop),
    ("long", description({b"shape": b"\x8a\x01\x01\x85"}), stop),
    ("list", description({b"shape": b"](K\x01e"}), stop),
    ("scalar", description({b"shape": b"cnumpy._core.multiarray\nscalar\n(" + dtype(b"i8") + b"C\x08\x01" + bytes(7) + b"tR\x85"}), stop),
    ("first", description(first=[(b"shape", b"K\x03\x85")]), stop),
    ("last", description(last=[(b"shape", b"K\x02\x85")]), stop + stop),
    ("keys", description(key=lambda name: b"U" + bytes([len(name)]) + name), stop),
    ("slots", description().replace(b"}(", b"(N}(", 1)[:-1] + b"tb", stop),
    ("false", description({b"numpy_array_alignment_bytes": b"]"}), b"\0" + stop),
]:
    hidden(f"joblib-{name}", b"\x80\x02" + described + data + b"0" + harm(0), joblib.load)
# In a frame: the elements are behind it.
framed = description({b"shape": b"K\x40\x85", b"dtype": dtype(b"u1", number.replace(b"<", b"|"))}) + b"N0" * 12
data = b"." + b"\xff" * 39 + b"." + b"\xff" * 23
hidden("joblib-frame", b"\x80\x04\x95" + struct.pack("<Q", len(framed)) + framed + data + b"0" + harm(0), joblib.load)
print(*sorted(path.name for path in folder.iterdir()))
"#;

/// The same of files that do nothing, with the same containers.
const PLAIN: &str = r#"
import gzip, io, lzma, pathlib, pickle, sys, tarfile, zipfile, zlib
import joblib, numpy as np
folder = pathlib.Path(sys.argv[1])
value = pickle.dumps({"a": np.arange(50), "b": [1, "x"]})
array = io.BytesIO()
np.save(array, np.arange(8))
for format in tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, data in [("a.npy", array.getvalue()), ("b" * 90 + ".pkl", value), ("README", b"a text\n")]:
            info = tarfile.TarInfo("c" * 90 + "/" + name if format != tarfile.USTAR_FORMAT else name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.npy"
        archive.addfile(link)
        folder_entry = tarfile.TarInfo("folder/")
        folder_entry.type = tarfile.DIRTYPE
        archive.addfile(folder_entry)
    (folder / f"{format}.tar").write_bytes(out.getvalue())
    (folder / f"{format}.tar.xz").write_bytes(lzma.compress(out.getvalue()))
(folder / "small.lzma").write_bytes(lzma.compress(value, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 4096}]))
(folder / "nothing.lzma").write_bytes((lzma.compress(b"", lzma.FORMAT_ALONE) + bytes(18)) * 2000 + lzma.compress(value, lzma.FORMAT_ALONE))
length = len(value).to_bytes(8, "little")
stream = lzma.compress(value, lzma.FORMAT_ALONE)
(folder / "length.lzma").write_bytes((stream[:5] + length + stream[13:]) * 2)
(folder / "twice.lzma").write_bytes(lzma.compress(value, lzma.FORMAT_ALONE) * 2)
(folder / "twice.z").write_bytes(zlib.compress(value) * 2)
(folder / "zfile").write_bytes(b"ZF" + hex(len(value)).ljust(19).encode() + zlib.compress(value))
arrays = [np.arange(4), np.array(["a", "bc"]), np.array([1, None], dtype=object), np.zeros(2, [("a", "i4"), ("b", "f8")]),
    np.zeros((0, 3)), np.zeros((2**31, 0)), np.array(3.0), np.array(["2020"], "M8[D]"), np.asfortranarray(np.ones((2, 3))), np.zeros((2, 2), "S3"), np.zeros(2, "V5")]
joblib.dump(arrays, folder / "arrays.joblib")
joblib.dump(arrays, folder / "arrays.joblib.z", compress=3)
with zipfile.ZipFile(folder / "members.npz", "w", 8) as archive:
    archive.writestr("a.npy", array.getvalue())
    archive.writestr("notes", b"PK and more")
for protocol in range(6):
    for at, value in enumerate(["123456789", ("it's", "b"), ["h\x01", (1, 2)], b"\x18\x19" * 9]):
        (folder / f"{at}-{protocol}.pkl").write_bytes(pickle.dumps(value, protocol))
# Their elements start as streams of LZMA do.
for at, elements in enumerate([range(50), range(1, 2000), [0, 0, 1, 0, 0, 0] * 9, np.eye(9).ravel(), np.arange(9000) % 100 == 0]):
    for dtype in "<i8", "<i4", "<u2", ">i4", "<f8":
        array = np.array(elements, dtype)
        (folder / f"{at}-{dtype[1:]}-{dtype[0] == '>'}.pkl").write_bytes(pickle.dumps([array, array.tobytes()]))
print(*sorted(path.name for path in folder.iterdir()))
"#;

/// The exit code and the rows of an audit.
fn audit(arguments: &[&std::ffi::OsStr]) -> (Option<i32>, Vec<Value>) {
    let output = numio(["audit", "--json"]).args(arguments).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// Names of the files that the code makes in a directory.
fn made(code: &str, folder: &std::path::Path) -> Vec<String> {
    let mut python = std::process::Command::new(crate::numpy::interpreter());
    let output = python.args(["-c", code]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn audit_finds_what_any_reader_runs_named_found_or_nested() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let names = made(HIDDEN, &files);
    assert!(names.len() > 35, "{names:?}");
    let (_, rows) = audit(&[files.as_os_str()]);
    for name in &names {
        let path = files.join(name);
        let row = rows.iter().find(|row| row["file"] == path.display().to_string().as_str()).unwrap();
        let is_known = |verdict: &Value| verdict == "needs trust" || verdict == "dangerous";
        assert!(is_known(&row["verdict"]), "{row}");
        let (code, named) = audit(&[path.as_os_str()]);
        assert!(code == Some(1) && is_known(&named[0]["verdict"]), "{named:?}");
        // As a member without a suffix.
        let mut archive = std::io::Cursor::new(Vec::new());
        let mut writer = numio::NpzWriter::new(&mut archive);
        writer.add_bytes("m", &std::fs::read(&path).unwrap()).unwrap();
        writer.finish().unwrap();
        let nested = folder.path().join("nested.npz");
        std::fs::write(&nested, archive.into_inner()).unwrap();
        let (code, found) = audit(&[nested.as_os_str()]);
        assert!(code == Some(1) && is_known(&found[0]["verdict"]), "{name}: {found:?}");
    }
}

#[test]
fn audit_of_data_in_any_container_calls_it_data() {
    let folder = tempfile::tempdir().unwrap();
    for name in made(PLAIN, folder.path()) {
        let (code, rows) = audit(&[folder.path().join(&name).as_os_str()]);
        assert_eq!((code, &rows[0]["verdict"]), (Some(0), &"data only".into()), "{name}: {rows:?}");
    }
}

/// Values of a shelf are wherever its directory says that they are.
#[cfg(unix)]
#[test]
fn audit_of_a_shelf_looks_at_its_values_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import dbm.dumb, os, pathlib, pickle, shelve, sys, tarfile, zipfile, numpy as np
folder = pathlib.Path(sys.argv[1])
ran = folder / "ran"
harm = b"cposix\nmkdir\n(V" + os.fsencode(ran) + b"\ntR."
def shelf(name, data, key="'a'"):
    place = data.index(harm) if harm in data else 0, len(harm)
    (folder / f"{name}.dat").write_bytes(data)
    (folder / f"{name}.dir").write_text(f"'b', (0, 4)\n{key}, {place}\n")
    if harm in data:
        with dbm.dumb.open(str(folder / name)) as opened:
            pickle.loads(opened["a"])
        ran.rmdir()
header = b"\x93NUMPY\1\0\x76\0" + b"{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }" % (len(harm) + 9)
shelf("harm-behind", pickle.dumps(1) + b"\xff" * 70 + harm)
shelf("harm-in-a-string", pickle.dumps(b"\xff" * 100 + harm))
shelf("harm-in-an-array", header.ljust(128) + bytes(9) + harm)
shelf("harm-spelled", b"\xff" * 40 + harm, key="'a' ")
with dbm.dumb.open(str(folder / "plain"), "n") as opened, shelve.Shelf(opened) as values:
    for at in range(20):
        values[f"{at}"] = ["x" * at, {"y": np.arange(at)}]
    values["3"], values["4"], values["it's\n\\"] = "short", "z" * 2000, 5
    del values["6"]
for name in ["harm-in-a-string", "plain"]:
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive, tarfile.open(folder / f"{name}.tar", "w") as other:
        for suffix in "dir", "dat":
            archive.write(folder / f"{name}.{suffix}", f"a/{name}.{suffix}")
            other.add(folder / f"{name}.{suffix}", f"a/{name}.{suffix}")
(folder / "notes.dat").write_text("1 2 3")
(folder / "notes.dir").write_text("notes of a directory")
print(*sorted(path.name for path in folder.iterdir() if path.suffix not in (".dir", ".bak")))
"#;
    let names = made(code, folder.path());
    assert_eq!(names.len(), 10);
    let (_, rows) = audit(&[folder.path().as_os_str()]);
    for name in &names {
        let path = folder.path().join(name);
        let row = rows.iter().find(|row| row["file"] == path.display().to_string().as_str()).unwrap();
        let wanted = match name.split_once('.').unwrap().0 {
            "harm-spelled" => "needs trust",
            "plain" => "data only",
            "notes" => "skipped",
            _ => "dangerous",
        };
        assert_eq!(row["verdict"], wanted, "{row}");
    }
}

/// Streams that give nothing by their own limits are not data.
#[test]
fn audit_lists_what_it_cannot_decompress_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import bz2, gzip, lzma, pathlib, pickle, sys
folder = pathlib.Path(sys.argv[1])
value = pickle.dumps([1])
big = {"dict_size": 1536 << 20, "preset": 6}
(folder / "a").write_bytes(lzma.compress(value, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **big}]))
(folder / "b").write_bytes(lzma.compress(value, filters=[{"id": lzma.FILTER_LZMA2, **big}]))
(folder / "c").write_bytes(gzip.compress(value)[:12])
(folder / "d").write_bytes(b"Rar!\x1a\x07\x01\0" + value)
(folder / "e").write_bytes(b"\x50\x2a\x4d\x18\x02\0\0\0ab\x04\x22\x4d\x18" + value)
"#;
    made(code, folder.path());
    let (code, rows) = audit(&[folder.path().as_os_str()]);
    assert_eq!((code, rows.len()), (Some(1), 5));
    for row in rows {
        assert_eq!(row["verdict"], "needs trust", "{row}");
        assert_eq!(row["errors"].as_array().map(Vec::len), Some(1), "{row}");
    }
}

/// Many small streams, of which each takes a decoder of its own, are looked into as far as the size of the file justifies; and a name
/// of megabytes is not printed.
#[test]
fn audit_of_many_small_streams_stops_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let code = r#"
import bz2, gzip, lzma, pathlib, pickle, sys
folder = pathlib.Path(sys.argv[1])
alone = lzma.compress(b"", lzma.FORMAT_ALONE)
(folder / "streams.gz").write_bytes(gzip.compress(alone * 100_000))
few = [(b"BZh91AY&SYccccccc%d" % n) for n in range(1000)]
(folder / "few.pkl").write_bytes(pickle.dumps(few))
(folder / "heads.pkl").write_bytes(pickle.dumps([b"BZh91AY&SYccccccc%d" % n for n in range(20_000)]))
(folder / "name.gz").write_bytes(gzip.compress(b"c" + b"a" * 1_000_000 + b"\nb\n."))
"#;
    made(&format!("{code}print()"), folder.path());
    for (name, is_too_much) in [("streams.gz", true), ("heads.pkl", true), ("few.pkl", false)] {
        let (_, rows) = audit(&[folder.path().join(name).as_os_str()]);
        assert_eq!(rows[0].to_string().contains("more is compressed in the file than its size"), is_too_much);
        assert_eq!(rows[0]["verdict"], if is_too_much { "needs trust" } else { "data only" }, "{name}");
    }
    let (code, rows) = audit(&[folder.path().join("name.gz").as_os_str()]);
    assert_eq!((code, rows[0]["findings"][0]["act"].as_str()), (Some(1), Some("imports")));
    assert!(rows[0].to_string().len() < 5000, "{}", rows[0].to_string().len());
}
