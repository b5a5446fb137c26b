"""Compares what `numio convert` makes of safetensors and of torch's files with the package `safetensors` and with torch.

Arguments: the command, and a folder to write to. Without the packages, files are compared with what is written here byte by
byte: torch's by classes of the names that torch's have, pickled as `torch.save` does (`torch/serialization.py`).
"""

import collections
import io
import json
import os
import pickle
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np

try:
    import safetensors.numpy
except ImportError:
    safetensors = None
try:
    import ml_dtypes
except ImportError:
    ml_dtypes = None
try:
    import torch as real_torch
except ImportError:
    real_torch = None

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
os.chdir(FOLDER)


def run(*arguments, code=0, **options):
    done = subprocess.run([NUMIO, *map(str, arguments)], capture_output=True, check=False, **options)
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr.decode()


def same(found, known):
    assert found.dtype == known.dtype and found.shape == known.shape, (found.dtype, known.dtype, found.shape, known.shape)
    assert found.tobytes() == known.tobytes()


def loaded(path):
    with np.load(path) as npz:
        return {name: npz[name] for name in npz.files}


# ---- safetensors

random = np.random.default_rng(3)
NAMES = ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8")
arrays = {f"layer.{i}.{name}": (random.random((3, i + 1)) * 100).astype(name) for i, name in enumerate(NAMES)}
arrays["empty"] = np.zeros((0, 3), "f4")
arrays["none"] = np.array(1.5)
arrays["größe \"x\"\\\n"] = np.arange(4, dtype="u1")
fortran = np.asfortranarray(random.random((70, 50)))
np.savez("in.npz", **arrays)
run("convert", "in.npz", "out.safetensors")
if safetensors:
    assert Path("out.safetensors").read_bytes() == safetensors.numpy.save(arrays)
    for name, found in safetensors.numpy.load_file("out.safetensors").items():
        same(found, arrays[name])
run("convert", "out.safetensors", "back.npz")
back = loaded("back.npz")
assert set(back) == set(arrays)
for name, array in arrays.items():
    same(back[name], array)
# Through pipes, deflated, and one by one.
assert run("convert", "--from=npz", "--to=safetensors", "-", "-", stdin=open("in.npz", "rb")) == Path("out.safetensors").read_bytes()
piped = run("convert", "--from=safetensors", "--to=npz", "-", "-", stdin=open("out.safetensors", "rb"))
same(np.load(io.BytesIO(piped))["none"], arrays["none"])
run("convert", "--compress=deflate", "--force", "out.safetensors", "back.npz")
assert {info.compress_type for info in zipfile.ZipFile("back.npz").infolist()} == {8}
name = "layer.11.f8"
run("convert", f"out.safetensors:{name}", "one.npy")
same(np.load("one.npy"), arrays[name])
run("convert", "--force", f"out.safetensors:{name}[1, ::2]", "one.npy")
same(np.load("one.npy"), arrays[name][1, ::2])
run("convert", "--force", "--dtype=>f4", f"out.safetensors:{name}", "one.npy")
same(np.load("one.npy"), arrays[name].astype(">f4"))
run("convert", f"out.safetensors:{name}", "one.csv")
same(np.loadtxt("one.csv", delimiter=","), arrays[name])
run("convert", f"out.safetensors:{name}", "in.npz:copy")
same(loaded("in.npz")["copy"], arrays[name])
run("convert", f"out.safetensors:layer", "layers.npz")
assert set(loaded("layers.npz")) == {name.removeprefix("layer.") for name in arrays if name.startswith("layer.")}
assert "there is no tensor" in run("convert", "out.safetensors:no", "no.npy", code=1)
assert "tensors: name one" in run("convert", "out.safetensors", "no.npy", code=2)
assert "--force" in run("convert", "in.npz", "out.safetensors", code=1)
# Single arrays, of any order and byte order, larger than what is converted at once.
big = np.arange(5_000_000, dtype=">i8").reshape(2, -1)
for array in (fortran, big, big[:, ::3], arrays["none"]):
    np.save("x.npy", array)
    for options in ([], ["--dtype=f4"], ["--dtype=>f4"]):
        run("convert", "--force", *options, "x.npy", "x.safetensors")
        known = np.ascontiguousarray(array.astype("<f4" if options else array.dtype.newbyteorder("<")))
        known = {"x": known.reshape(array.shape)}
        if safetensors:
            assert Path("x.safetensors").read_bytes() == safetensors.numpy.save(known)
        run("convert", "--force", "x.safetensors", "x.npz")
        same(loaded("x.npz")["x"], known["x"])
Path("t.csv").write_text("1,2\n3,4\n")
run("convert", "--dtype=>i2", "t.csv", "t.safetensors")
run("convert", "t.safetensors", "t.npy")
same(np.load("t.npy"), np.array([[1, 2], [3, 4]], "<i2"))
# What other writers may do: any order in the file, metadata, blanks.
header = {"__metadata__": {"format": "pt"}, "b": {"dtype": "I16", "shape": [2], "data_offsets": [4, 8]},
          "a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4], "more": [1]}}  # fmt: skip
text = json.dumps(header, indent=1).encode() + b"   "
data = np.array([2.5], "f4").tobytes() + np.array([7, -7], "i2").tobytes()
Path("other.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
# What the file says of itself has no room in NumPy's files, and stays in its own.
said = subprocess.run([NUMIO, "convert", "other.safetensors", "other.npz"], capture_output=True, text=True, check=True).stderr
assert said == "numio: other.safetensors: its __metadata__ is left out, for which .npz has no room: format\n", said
run("convert", "other.safetensors", "again.safetensors")
if safetensors:
    with safetensors.safe_open("again.safetensors", "np") as again:
        assert again.metadata() == {"format": "pt"} and sorted(again.keys()) == ["a", "b"]
assert b'"__metadata__":{"format":"pt"}' in Path("again.safetensors").read_bytes()
assert list(loaded("other.npz")) == ["b", "a"]
same(loaded("other.npz")["a"], np.array(2.5, "f4"))
same(loaded("other.npz")["b"], np.array([7, -7], "i2"))
# Dtypes that there is no type for are refused by name, and nothing is left.
for array in ("c16", "g", "G", "U3", "S2", "V3", "M8[s]", "m8[D]", [("a", "i4")]):
    np.savez("no.npz", fine=np.zeros(3), odd=np.zeros(2, array))
    complaint = run("convert", "no.npz", "no.safetensors", code=1)
    word = "records" if isinstance(array, list) else np.dtype(array).name
    assert f"odd: safetensors has no type for {word}" in complaint, complaint
np.savez("no.npz", odd=np.array([None]))
assert "no type for object" in run("convert", "no.npz", "no.safetensors", code=1)
assert not Path("no.safetensors").exists()

if ml_dtypes:
    raw = {"b": np.arange(6).reshape(2, 3).astype(ml_dtypes.bfloat16), "f": np.arange(4).astype(ml_dtypes.float8_e4m3fn)}
    np.savez("raw.npz", **raw)
    assert "name one for raw bytes" in run("convert", "raw.npz", "raw.safetensors", code=1)
    run("convert", "--as", "f=F8_E4M3", "raw.npz", "raw.safetensors")
    with open("raw.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        assert {name: entry["dtype"] for name, entry in header.items()} == {"b": "BF16", "f": "F8_E4M3"}
    done = subprocess.run([NUMIO, "convert", "raw.safetensors", "again.npz"], capture_output=True, text=True, check=True)
    assert "BF16 becomes <V2: in Python, .view(ml_dtypes.bfloat16)" in done.stderr
    assert ".view(ml_dtypes.float8_e4m3fn)" in done.stderr
    for name, array in raw.items():
        same(loaded("again.npz")[name].view(array.dtype), array)
        with zipfile.ZipFile("again.npz") as ours, zipfile.ZipFile("raw.npz") as theirs:
            assert ours.read(f"{name}.npy") == theirs.read(f"{name}.npy")
    np.save("b.npy", raw["b"])
    run("convert", "b.npy", "b.safetensors")
    assert b'"BF16"' in Path("b.safetensors").read_bytes()


# ---- torch: classes that pickle as torch's do, and the archive that it writes

torch = types.ModuleType("torch")
torch.storage, torch._utils = types.ModuleType("torch.storage"), types.ModuleType("torch._utils")


def named(module, name):
    made = type(name, (), {"__module__": module.__name__, "__qualname__": name})
    setattr(module, name, made)
    return made


STORAGES = {"f4": "Float", "f8": "Double", "f2": "Half", "i8": "Long", "i4": "Int", "i2": "Short", "i1": "Char", "u1": "Byte",
            "?": "Bool", "c8": "ComplexFloat", "c16": "ComplexDouble", "bfloat16": "BFloat16"}  # fmt: skip
for name in STORAGES.values():
    named(torch, f"{name}Storage")
named(torch.storage, "UntypedStorage")
named(torch, "float8_e5m2")
for name in ("_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter"):
    named(torch._utils, name)
named(torch, "device")
if not real_torch:
    sys.modules.update({"torch": torch, "torch.storage": torch.storage, "torch._utils": torch._utils})


class Tensor:
    def __init__(self, storage, class_, shape, strides, first=0, more=(), rebuild="_rebuild_tensor_v2"):
        self.storage, self.class_, self.shape, self.strides, self.first = storage, class_, shape, strides, first
        self.more, self.rebuild = more, rebuild

    def __reduce__(self):
        args = (Storage(self.storage, self.class_), self.first, tuple(self.shape), tuple(self.strides), False)
        return getattr(torch._utils, self.rebuild), (*args, collections.OrderedDict(), *self.more)


class Storage:
    def __init__(self, data, class_):
        self.data, self.class_ = data, class_


class Parameter:
    def __init__(self, tensor):
        self.tensor = tensor

    def __reduce__(self):
        return torch._utils._rebuild_parameter, (self.tensor, True, collections.OrderedDict())


def tensor(array):
    strides = [stride // array.itemsize for stride in array.strides]
    return Tensor(array.tobytes("A"), getattr(torch, STORAGES[array.dtype.str[1:].replace("b1", "?")] + "Storage"), array.shape, strides)


def save(name, value, order="little"):
    storages = {}

    class Pickler(pickle._Pickler):
        def save_global(self, obj, name=None):
            # The real torch, where there is one, does not know these classes.
            if obj.__module__.startswith("torch") and real_torch:
                self.write(pickle.GLOBAL + f"{obj.__module__}\n{obj.__qualname__}\n".encode())
                self.memoize(obj)
                return
            super().save_global(obj, name)

        dispatch = {**pickle._Pickler.dispatch, type: save_global}

        def persistent_id(self, obj):
            if not isinstance(obj, Storage):
                return None
            key = storages.setdefault(id(obj.data), (str(len(storages)), obj.data))[0]
            return ("storage", obj.class_, key, "cpu", len(obj.data))

    out = io.BytesIO()
    Pickler(out, 2).dump(value)
    with zipfile.ZipFile(name, "w") as archive:
        folder = Path(name).stem
        archive.writestr(f"{folder}/data.pkl", out.getvalue())
        archive.writestr(f"{folder}/byteorder", order)
        for key, data in storages.values():
            archive.writestr(f"{folder}/data/{key}", data)
        archive.writestr(f"{folder}/version", "3\n")


kinds = {name: (random.random((3, 4)) * 100).astype(name) for name in STORAGES if name != "bfloat16"}
state = collections.OrderedDict((name, tensor(array)) for name, array in kinds.items())
state._metadata = collections.OrderedDict({"": {"version": 1}})
base = np.arange(24, dtype="f4")
shared = base.tobytes()
float_ = torch.FloatStorage
views = {
    "transposed": (Tensor(shared, float_, (4, 3), (1, 4)), base[:12].reshape(3, 4).T),
    "middle": (Tensor(shared, float_, (2, 3), (4, 1), 5), base[5:13].reshape(2, 4)[:, :3]),
    "stepped": (Tensor(shared, float_, (2, 2, 2), (12, 6, 2), 1), base.reshape(2, 2, 6)[:, :, 1:5:2]),
    "expanded": (Tensor(shared, float_, (3, 4), (0, 1)), np.broadcast_to(base[:4], (3, 4))),
    "scalar": (Tensor(shared, float_, (), (), 7), base[7]),
    "empty": (Tensor(shared, float_, (0, 5), (5, 1)), np.zeros((0, 5), "f4")),
    "one": (Tensor(shared, float_, (1, 24, 1), (99, 1, 7)), base.reshape(1, 24, 1)),
}
model = {"model": state, "views": {name: view for name, (view, _) in views.items()}, "list": [Parameter(tensor(base)), (tensor(base),)]}
save("model.pt", model)
run("convert", "model.pt", "model.npz")
found = loaded("model.npz")
known = {f"model.{name}": array for name, array in kinds.items()}
known |= {f"views.{name}": np.ascontiguousarray(array).reshape(array.shape) for name, (_, array) in views.items()}
known |= {"list.0": base, "list.1.0": base}
assert list(found) == list(known)
for name, array in known.items():
    same(found[name], np.asarray(array))
run("convert", "model.pt:views", "views.safetensors")
run("convert", "views.safetensors", "views.npz")
assert set(loaded("views.npz")) == set(views)
run("convert", "model.pt:views.stepped", "stepped.npy")
same(np.load("stepped.npy"), known["views.stepped"])
run("convert", "--force", "model.pt:views.stepped[0]", "stepped.npy")
same(np.load("stepped.npy"), known["views.stepped"][0])
run("convert", "--from=pt", "--to=npz", "-", "-", stdin=open("model.pt", "rb"))
save("alone.pt", tensor(base))
run("convert", "alone.pt", "alone.npz")
same(loaded("alone.npz")["alone"], base)
# Raw bytes, and the other byte order.
bf = Tensor(np.arange(6, dtype="<u2").tobytes(), torch.BFloat16Storage, (2, 3), (3, 1))
f8 = Tensor(bytes(range(4)), torch.storage.UntypedStorage, (2, 2), (1, 2), 0, (torch.float8_e5m2,), "_rebuild_tensor_v3")
save("raw.pt", {"bf": bf, "f8": f8})
run("convert", "raw.pt", "rawt.npz")
assert loaded("rawt.npz")["bf"].tobytes() == bf.storage and loaded("rawt.npz")["f8"].tobytes() == bytes([0, 2, 1, 3])
run("convert", "raw.pt", "rawt.safetensors")
assert b'"BF16"' in Path("rawt.safetensors").read_bytes() and b'"F8_E5M2"' in Path("rawt.safetensors").read_bytes()
swapped = np.arange(4, dtype=">f4"), np.arange(3).astype(">c8")
save("big.pt", {"f": Tensor(swapped[0].tobytes(), float_, (4,), (1,)), "c": Tensor(swapped[1].tobytes(), torch.ComplexFloatStorage, (3,), (1,)),
                "b": Tensor(np.arange(3, dtype=">u2").tobytes(), torch.BFloat16Storage, (3,), (1,))}, "big")  # fmt: skip
run("convert", "big.pt", "big.npz")
same(loaded("big.npz")["f"], swapped[0].astype("<f4"))
same(loaded("big.npz")["c"], swapped[1].astype("<c8"))
assert loaded("big.npz")["b"].tobytes() == np.arange(3, dtype="<u2").tobytes()
# Anything else is refused by name, unless what is named has none of it.


class Runs:
    def __reduce__(self):
        return os.system, ("touch run",)


loop = []
loop.append(loop)
wide = [loop, loop, loop]
loop.extend(wide)
fine = tensor(base)
for value, words in (
    ({"epoch": 3, "model": fine}, '"epoch" is no tensor: an int'),
    ({"a": {"b": Runs()}}, '"a.b" is no tensor: made by posix.system, which is not called'),
    (os.system, "the whole is no tensor: posix.system"),
    ({"a": None}, '"a" is no tensor: None'),
    ({"a": Parameter(Parameter(fine))}, '"a" is no tensor: made by torch._utils._rebuild_parameter'),
    ({"a": np.zeros(2)}, '"a" is no tensor'),
    ({(1, 2): fine}, "a key of a dict is"),
    ({"a.b": fine, "a": {"b": fine}}, 'two tensors are called "a.b"'),
    (loop, "too many dicts and lists"),
    ({"a": Storage(shared, float_)}, '"a" is no tensor: a storage without a shape'),
    (Tensor(shared, torch.device, (2,), (1,)), "its elements are those of torch.device, which is not known"),
    (Tensor(shared, float_, (2,), (1,), 0, ({"conj": True},)), "its metadata asks for more"),
    (Tensor(shared, float_, (2, 2), (1,)), "its shape and its strides are of different lengths"),
    (Tensor(shared, float_, (25,), (1,)), "its elements reach to 25, the storage has 24"),
    (Tensor(shared, float_, (2,), (1,), 23), "its elements reach to 25, the storage has 24"),
    (Tensor(shared, float_, (2,), (2**62,), 0), "the storage has 24"),
    (Tensor(shared, float_, (4,), (2**62,), 2**62), "its strides pass the address space"),
    (Tensor(shared, float_, (2**40, 2**40), (0, 0)), "its shape passes the address space"),
    (Tensor(shared, float_, (2**20, 2**20), (0, 0)), "bytes of elements that repeat 96 bytes of a storage"),
    (Tensor(shared, float_, (-1,), (1,)), "a negative number"),
    (Tensor(shared, float_, (1,) * 65, (1,) * 65), "more than 64 axes"),
):
    save("no.pt", value)
    complaint = run("convert", "no.pt", "no2.npz", code=1)
    assert words in complaint, (words, complaint)
assert not Path("run").exists() and not Path("no2.npz").exists()
# The names of what holds itself take memory in proportion to the file.
nest = {"w": fine}
nest["a" * 8] = nest
save("nest.pt", nest)
limited = ["sh", "-c", 'ulimit -v 229376; exec "$0" "$@"', NUMIO, "convert", "nest.pt", "no2.npz"]
done = subprocess.run(limited, capture_output=True, text=True, check=False)
assert done.returncode == 1 and "too many dicts and lists" in done.stderr, done
save("some.pt", {"epoch": 3, "run": Runs(), "model": {"w": fine}})
run("convert", "some.pt:model", "some.npz")
same(loaded("some.npz")["w"], base)
Path("old.pt").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, 2))
assert "since version 1.6" in run("convert", "old.pt", "old.npz", code=1)
with zipfile.ZipFile("zip.pt", "w") as archive:
    archive.writestr("x", "y")
assert "no data.pkl" in run("convert", "zip.pt", "zip.npz", code=1)

if real_torch:
    network = real_torch.nn.Sequential(real_torch.nn.Linear(4, 3), real_torch.nn.BatchNorm1d(3))
    state = network.state_dict()
    for name in ("float16", "bfloat16", "int8", "uint8", "int16", "int64", "bool", "complex64", "complex128"):
        state[name] = (real_torch.rand(5, 4) * 50).to(getattr(real_torch, name))
    state["t"] = real_torch.arange(12).reshape(3, 4).t()
    state["s"] = real_torch.arange(100).reshape(10, 10)[2:8:2, 1:]
    state["e"] = real_torch.ones(1).expand(4, 2)
    state["p"] = real_torch.nn.Parameter(real_torch.zeros(2))
    real_torch.save({"model": state}, "real.pth")
    run("convert", "real.pth:model", "real.npz")
    found = loaded("real.npz")
    assert set(found) == set(state)
    for name, value in state.items():
        if value.dtype == real_torch.bfloat16:
            assert found[name].tobytes() == value.contiguous().view(real_torch.int16).numpy().tobytes()
        else:
            same(found[name], np.ascontiguousarray(value.detach().numpy()).reshape(value.shape))
    if safetensors:
        import safetensors.torch

        assert "complex128" in run("convert", "real.pth:model", "real.safetensors", code=1)
        del state["complex128"]
        real_torch.save(state, "real2.pt")
        run("convert", "real2.pt", "real2.safetensors")
        for name, value in safetensors.torch.load_file("real2.safetensors").items():
            assert real_torch.equal(value, state[name].detach()) and value.dtype == state[name].dtype
