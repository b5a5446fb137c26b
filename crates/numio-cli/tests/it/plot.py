"""Compares what `numio plot` draws with NumPy's values: pixels of PNG, elements of SVG, kitty's and sixel graphics that
are decoded again, and characters.

Arguments: the command, and a folder to write to.
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from PIL import Image

NUMIO, FOLDER = sys.argv[1], Path(sys.argv[2])
BLUE, ORANGE, PINK = (0, 114, 178), (213, 94, 0), (255, 62, 165)
SVG = "{http://www.w3.org/2000/svg}"


def run(*arguments, **options):
    command = [NUMIO, "plot", *map(str, arguments)]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, check=False, timeout=120, **options)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout


def draw(array, *options, name="x.npy", sliced=""):
    """The figures that are drawn, and the pixels of the PNG."""
    if array is not None:
        np.save(FOLDER / name, array)
    said = json.loads(run("--json", "-f", "-o", "out.png", *options, name + sliced))
    pixels = np.asarray(Image.open(FOLDER / "out.png").convert("RGB"))
    assert pixels.shape == (said["height"], said["width"], 3)
    return said, pixels


def inside(pixels, panel):
    left, top, width, height = (int(panel["area"][key]) for key in ("left", "top", "width", "height"))
    return pixels[top : top + height, left : left + width]


def is_color(pixels, color, tolerance=0):
    return (np.abs(pixels.astype(int) - color) <= tolerance).all(-1)


def edges(count, pixels):
    """The first element of each pixel: element i is in pixel i * pixels // count."""
    return -(-np.arange(pixels) * count // pixels)


def row_of(panel, value):
    """The row of pixels, from the top of the area, that a value is in."""
    low, high = panel["y"]["low"], panel["y"]["high"]
    return (1 - (value - low) / (high - low)) * panel["area"]["height"]


random = np.random.default_rng(17)

# Lines: each column of pixels has the least and the largest of its elements.
for count, dtype in ((5000, "f8"), (300_003, "f4"), (100_000, "i2"), (12_345, "u8"), (70_000, "?"), (50_000, ">f8"), (9000, "g")):
    if dtype == "?":
        x = random.random(count) < 0.5
    else:
        x = (np.cumsum(random.standard_normal(count)) * 10 + 500).astype(dtype)
    said, pixels = draw(x)
    (panel,) = said["panels"]
    (line,) = panel["lines"]
    width = int(panel["area"]["width"])
    assert len(line["low"]) == width and said["kind"] == "lines"
    starts = edges(count, width)
    numbers = x.astype("f8")
    assert line["low"] == np.minimum.reduceat(numbers, starts).tolist(), dtype
    assert line["high"] == np.maximum.reduceat(numbers, starts).tolist(), dtype
    assert sum(line["count"]) == count and said["min"] == numbers.min() and said["max"] == numbers.max()
    drawn = is_color(inside(pixels, panel), BLUE)
    for column, (low, high) in enumerate(zip(line["low"], line["high"], strict=True)):
        rows = np.flatnonzero(drawn[:, column])
        assert rows.size and (np.diff(rows) == 1).all()
        # Lines are made longer to reach their neighbours, never shorter.
        assert rows[0] <= row_of(panel, high) and rows[-1] >= row_of(panel, low) - 1

# A lone spike, and a lone NaN, among many values, in less memory than they take.
x = np.lib.format.open_memmap(FOLDER / "x.npy", "w+", "f8", (30_000_000,))
x[12_345_678] = 1.0
x[4_000_000] = np.nan
x.flush()


def bounded():
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))


assert x.nbytes > 200 << 20
limit = {"preexec_fn": bounded} if os.name == "posix" else {}
said = json.loads(run("--json", "-f", "-o", "out.png", "x.npy", **limit))
pixels = np.asarray(Image.open(FOLDER / "out.png"))
(panel,) = said["panels"]
width = int(panel["area"]["width"])
spike, nan = 12_345_678 * width // x.size, 4_000_000 * width // x.size
assert said["nan"] == 1 and panel["lines"][0]["nan"][nan] == 1
assert [at for at, high in enumerate(panel["lines"][0]["high"]) if high == 1.0] == [spike]
area = inside(pixels, panel)
tall = is_color(area, BLUE).sum(0)
assert tall[spike] > 0.8 * panel["area"]["height"] and np.delete(tall, [spike, spike + 1]).max() < 5
assert np.flatnonzero(is_color(area, PINK).any(0)).tolist() == [nan]
assert is_color(pixels[:50], PINK).sum() == 144, "the box beside the count"
# In Fortran order, in an archive, by a slice, and from standard input it is the same.
part = np.zeros(1_000_000, "f4")
part[123_456] = 7
pair = np.asfortranarray(np.stack([part, -part], 1))
np.savez_compressed(FOLDER / "z.npz", pair=pair)
np.save(FOLDER / "f.npy", pair)
of_file = json.loads(run("--json", "f.npy[:, 0]"))["panels"]
for threads in ("1", "3"):
    assert of_file == json.loads(run("--json", "f.npy[:, 0]", env={**os.environ, "NUMIO_NUM_THREADS": threads}))["panels"]
assert of_file == json.loads(run("--json", "z.npz:pair[:, 0]"))["panels"]
assert of_file == json.loads(run("--json", "--", "-[:, 0]", input=(FOLDER / "f.npy").read_bytes()))["panels"]

# Few points: dots where they belong, gaps at NaN, infinities at the edge.
x = np.array([0.0, 1.0, np.nan, -1.0, np.inf, 0.5])
said, pixels = draw(x)
(panel,) = said["panels"]
area = inside(pixels, panel)
assert (said["nan"], said["inf"], said["min"], said["max"]) == (1, 1, -1.0, 1.0)
for index, value in enumerate(x):
    if np.isfinite(value):
        column = int((index + 0.5) / x.size * panel["area"]["width"])
        assert is_color(area, BLUE, 8)[round(row_of(panel, value) - 0.5), column], (index, value)
assert is_color(area, PINK).any() and said["panels"][0]["lines"][0]["high"][4] == "Infinity"

# Axes: a tick of the svg is where its number says, and so is the mark in the png.
x = np.linspace(-3, 7, 100)
np.save(FOLDER / "x.npy", x)
said, pixels = draw(x)
run("-f", "-o", "out.svg", "--title", "<&>", "--xlabel", "time [s]", "--ylabel", "\"volts\"", "x.npy")
root = ElementTree.parse(FOLDER / "out.svg").getroot()
assert root.tag == f"{SVG}svg" and root.find(f"{SVG}title").text == "<&>"
texts = {text.text: text for text in root.iter(f"{SVG}text")}
assert {"<&>", "time [s]", '"volts"'} <= set(texts)
(panel,) = said["panels"]
left = panel["area"]["left"]
for number in (-2, 0, 2, 4, 6):
    row = panel["area"]["top"] + row_of(panel, number)
    assert abs(float(texts[str(number)].get("y")) - 5 - row) < 0.02
    marks = pixels[round(row) - 2 : round(row) + 2, int(left) - 5]
    assert (marks < 200).all(-1).any(), number
line = next(shape for shape in root.iter(f"{SVG}polyline") if shape.get("stroke") == "#0072b2")
points = np.array([point.split(",") for point in line.get("points").split()], "f8")
assert np.allclose(points[:, 0], left + (np.arange(100) + 0.5) / 100 * panel["area"]["width"], atol=0.01)
assert np.allclose(points[:, 1], panel["area"]["top"] + row_of(panel, x), atol=0.01)

# Dates on axes, NaT among them.
days = np.datetime64("2023-11-15") + np.arange(200)
days[7] = "NaT"
np.save(FOLDER / "x.npy", days)
said, _ = draw(days)
assert said["nan"] == 1
run("-f", "-o", "out.svg", "x.npy")
texts = {text.text for text in ElementTree.parse(FOLDER / "out.svg").getroot().iter(f"{SVG}text")}
assert {"2023-12", "2024-03"} <= texts or {"2024-01", "2024-04"} <= texts, texts
run("-f", "--hist", "-o", "out.svg", "x.npy")
texts = {text.text for text in ElementTree.parse(FOLDER / "out.svg").getroot().iter(f"{SVG}text")}
assert any(re.fullmatch(r"20\d\d-\d\d", text) for text in texts), texts
draw(np.arange(5, dtype="m8[ms]"))

# Complex numbers: two lines, which are named, or magnitudes.
z = random.standard_normal(50) + 1j * random.standard_normal(50)
said, pixels = draw(z)
real, imaginary = said["panels"][0]["lines"]
assert (real["name"], imaginary["name"]) == ("real", "imaginary")
assert real["low"] == z.real.tolist() and imaginary["high"] == z.imag.tolist()
assert is_color(inside(pixels, said["panels"][0]), ORANGE).any()
said, _ = draw(z, "--complex", "magnitude")
assert np.allclose(said["panels"][0]["lines"][0]["low"], np.abs(z), rtol=1e-15) and said["notes"] == ["magnitude"]
said, _ = draw(z.reshape(5, 10).astype("c8"))
assert np.allclose(said["panels"][0]["low"], np.abs(z).reshape(5, 10), rtol=1e-6) and said["notes"] == ["magnitude"]
said, _ = draw(z, "--hist", "--bins", "7")
assert said["panels"][0]["counts"] == np.histogram(np.abs(z), 7)[0].tolist()

# Records as columns: each field in a panel of its own.
records = np.zeros(3000, [("x", ">f4"), ("in", [("y", "i8"), ("s", "U3")]), ("w", "f8", (2,)), ("t", "M8[D]")])
records["x"], records["in"]["y"], records["w"][:, 1] = random.random(3000), np.arange(3000), -np.arange(3000)
records["t"] = days[0] + np.arange(3000)
said, pixels = draw(records)
assert [panel["title"] for panel in said["panels"]] == ["x", "in.y", "w[0]", "w[1]", "t"]
assert said["notes"] == ["not drawn: in.s"]
for panel, numbers in zip(said["panels"], (records["x"], records["in"]["y"], records["w"][:, 0], records["w"][:, 1]), strict=False):
    known = np.maximum.reduceat(numbers.astype("f8"), edges(3000, int(panel["area"]["width"])))
    assert panel["lines"][0]["high"] == known.tolist()
    assert is_color(inside(pixels, panel), BLUE).any(0).all()


# Heat maps: each pixel has the least and the largest of its elements, and shows the one farther from the mean.
def reduced(function, x, rows, columns):
    partly = function.reduceat(x, edges(x.shape[0], rows), axis=0)
    return function.reduceat(partly, edges(x.shape[1], columns), axis=1)


for shape, order in (((1500, 1000), "C"), ((1500, 1000), "F"), ((1001, 3), "C"), ((7, 40_000), "C"), ((7, 40_000), "F")):
    x = np.asarray(random.standard_normal(shape).astype("f4"), order=order)
    x[shape[0] // 2, shape[1] // 3] = 50
    said, pixels = draw(x, "--size", "450x330")
    (panel,) = said["panels"]
    rows, columns = panel["rows"], panel["columns"]
    assert (rows, columns) == (min(shape[0], panel["area"]["height"]), min(shape[1], panel["area"]["width"]))
    numbers = x.astype("f8")
    assert panel["low"] == reduced(np.minimum, numbers, rows, columns).tolist(), (shape, order)
    assert panel["high"] == reduced(np.maximum, numbers, rows, columns).tolist(), (shape, order)
    brightest = is_color(inside(pixels, panel), (0xFD, 0xE7, 0x25))
    y, x = np.argwhere(brightest).mean(0) / (panel["area"]["height"], panel["area"]["width"])
    assert abs(y - 0.5) < 0.5 / min(rows, 3) and abs(x - 1 / 3) < 0.5, "the lone spike is seen"

# Colours of a small map, NaN among them, and the colour bar.
x = np.array([[0.0, 0.5, 1.0], [np.nan, 0.25, 0.75]])
for name, low, high, nan in (("viridis", (68, 1, 84), (253, 231, 37), PINK), ("gray", (0, 0, 0), (255, 255, 255), PINK),
                             ("magma", (0, 0, 4), (252, 253, 191), (0, 200, 255))):  # fmt: skip
    said, pixels = draw(x, "--colormap", name)
    (panel,) = said["panels"]
    area = inside(pixels, panel)
    height, width = area.shape[:2]
    cells = area[height // 4 :: height // 2, width // 6 :: width // 3]
    assert tuple(cells[0, 0]) == low and tuple(cells[0, 2]) == high and tuple(cells[1, 0]) == nan, cells
    bar = pixels[int(panel["area"]["top"]) :, int(panel["area"]["left"] + panel["area"]["width"]) + 20]
    assert tuple(bar[0]) == high and tuple(bar[height - 1]) == low
    assert said["scale"] == {"low": 0.0, "high": 1.0} and said["nan"] == 1
said, pixels = draw(np.array([[-1.0, 3.0]]), "--colormap", "coolwarm")
assert said["scale"] == {"low": -3.0, "high": 3.0}
# A NaN among numbers on the same pixel is marked at the edges, and hides no number.
x = np.zeros((2000, 2000), "f4")
x[100, 1900] = np.nan
said, pixels = draw(x, "--size", "450x330")
(panel,) = said["panels"]
assert not is_color(inside(pixels, panel), PINK).any()
marks = np.argwhere(is_color(pixels[50:], PINK)) + (50, 0)
left, top, width, height = (panel["area"][key] for key in ("left", "top", "width", "height"))
below, beside = marks[marks[:, 0] > top + height], marks[marks[:, 1] < left]
assert np.allclose((below[:, 1] - left) / width, 0.95, atol=0.01) and np.allclose((beside[:, 0] - top) / height, 0.05, atol=0.01)
# Booleans have the two ends of the colours.
said, pixels = draw(np.eye(4, dtype=bool))
area = inside(pixels, said["panels"][0])
assert set(map(tuple, area.reshape(-1, 3))) == {(68, 1, 84), (253, 231, 37)}

# Images as they are: of bytes, of floats from 0 to 1, with alpha on white.
picture = random.integers(0, 256, (20, 30, 3), np.uint8)
for x in (picture, picture / 255.0, (picture / 255.0).astype(">f4")):
    said, pixels = draw(x)
    (panel,) = said["panels"]
    assert said["kind"] == "image"
    area = inside(pixels, panel)
    height, width = area.shape[:2]
    assert abs(height / width - 20 / 30) < 0.01
    rows, columns = (np.arange(20) * height // 20 + height // 40, np.arange(30) * width // 30 + width // 60)
    assert np.array_equal(area[np.ix_(rows, columns)], picture)
assert draw(np.random.random((4, 5, 3)) * 9)[0]["kind"] == "heat map"
assert draw(picture, "--as", "heatmap")[0]["kind"] == "heat map"
alpha = np.dstack([picture, np.full((20, 30), 51, np.uint8)])
said, pixels = draw(alpha)
area = inside(pixels, said["panels"][0])
height, width = area.shape[:2]
rows, columns = (np.arange(20) * height // 20 + height // 40, np.arange(30) * width // 30 + width // 60)
found = area[np.ix_(rows, columns)]
assert np.abs(found.astype(int) - np.round(picture * 0.2 + 255 * 0.8)).max() <= 1
x = np.zeros((1500, 1200, 3), np.uint8)
x[1000, 700] = 255, 255, 0
said, pixels = draw(x, "--size", "450x330")
assert is_color(inside(pixels, said["panels"][0]), (255, 255, 0)).any(), "a lone point of an image is seen"
assert Image.open(FOLDER / "out.png").mode == "RGB"

# Stacks as pages of small pictures.
stack = np.stack([np.full((10, 12), value) for value in range(6)])
said, pixels = draw(stack)
assert [panel["title"] for panel in said["panels"]] == [f"[{value}]" for value in range(6)]
means = [inside(pixels, panel).reshape(-1, 3).mean(0) for panel in said["panels"]]
assert tuple(means[0]) == (68, 1, 84) and tuple(means[5]) == (253, 231, 37)
places = [panel["area"] for panel in said["panels"]]
assert len({(area["left"], area["top"]) for area in places}) == 6
said, _ = draw(np.zeros((2, 3, 8, 8)))
assert [panel["title"] for panel in said["panels"]] == [f"[{a}, {b}]" for a in range(2) for b in range(3)]
said, pixels = draw(np.stack([picture, 255 - picture]))
assert said["kind"] == "image" and len(said["panels"]) == 2
said, _ = draw(np.zeros((100, 5, 6)), "--tiles", "9")
assert len(said["panels"]) == 9 and said["notes"] == ["the first 9 of 100 pictures"]

# Histograms are NumPy's.
x = random.standard_normal(10_000)
x[:3] = np.nan, np.inf, -np.inf
said, pixels = draw(x, "--hist", "--bins", "40")
(panel,) = said["panels"]
counts, bins = np.histogram(x[np.isfinite(x)], 40)
assert panel["counts"] == counts.tolist() and np.allclose(panel["edges"], bins)
assert (said["nan"], said["inf"]) == (1, 2)
drawn = is_color(inside(pixels, panel), BLUE).sum(0)
for bin, count in enumerate(counts):
    column = int((bin + 0.4) / 40 * panel["area"]["width"])
    assert abs(drawn[column] - count / panel["y"]["high"] * panel["area"]["height"]) <= 1.5

# SVG holds the same colours, as a picture within.
x = random.random((5, 7))
np.save(FOLDER / "x.npy", x)
said, pixels = draw(x)
run("-f", "-o", "out.svg", "x.npy")
root = ElementTree.parse(FOLDER / "out.svg").getroot()
image = next(iter(root.iter(f"{SVG}image")))
inner = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get("href").partition(",")[2]))).convert("RGB"))
assert inner.shape == (5, 7, 3)
area = inside(pixels, said["panels"][0])
height, width = area.shape[:2]
rows, columns = (np.arange(5) * height // 5 + height // 10, np.arange(7) * width // 7 + width // 14)
assert np.array_equal(area[np.ix_(rows, columns)], inner)


# Kitty's protocol: pieces of base64 that make a PNG.
def of_kitty(text):
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert re.sub(r"\x1b_G[^\x1b]*\x1b\\", "", text) == "\n"
    keys = dict(key.split("=") for key in pieces[0][0].split(","))
    assert keys["a"] == "T" and keys["f"] == "100"
    assert [piece[0][-3:] for piece in pieces] == ["m=1"] * (len(pieces) - 1) + ["m=0"]
    assert all(len(payload) <= 4096 for _, payload in pieces)
    return keys, np.asarray(Image.open(io.BytesIO(base64.b64decode("".join(payload for _, payload in pieces)))))


def of_sixel(text):
    head, body, tail = re.fullmatch(r'\x1bP0;1;0q"1;1;(\d+;\d+)(.*)(\x1b\\)\n', text, re.DOTALL).groups()
    width, height = map(int, head.split(";"))
    pixels = np.full((height + 6, width, 3), -1)
    palette, color, x, y = {}, None, 0, 0
    for token in re.finditer(r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|(\$)|(-)", body):
        if token[1]:
            palette[int(token[1])] = [int(part) * 255 / 100 for part in token.groups()[1:4]]
        elif token[5]:
            color = palette[int(token[5])]
        elif token[9]:
            x = 0
        elif token[10]:
            x, y = 0, y + 6
        else:
            count, bits = int(token[6] or 1), ord(token[7] or token[8]) - 63
            for bit in range(6):
                if bits >> bit & 1:
                    assert (pixels[y + bit, x : x + count] == -1).all(), "no pixel twice"
                    pixels[y + bit, x : x + count] = color
            x += count
            assert x <= width
    assert (pixels[height:] == -1).all() and (pixels[:height] >= 0).all(), "each pixel"
    return pixels[:height]


np.save(FOLDER / "x.npy", np.sin(np.arange(500) / 30))
for size in ("60x20", "100x30"):
    columns, rows = map(int, size.split("x"))
    keys, shown = of_kitty(run("--graphics", "kitty", "--size", size, "x.npy").decode())
    assert (int(keys["c"]), int(keys["r"])) == (columns, rows) and shown.shape == (rows * 16, columns * 8, 3)
    run("-f", "-o", "out.png", "--size", f"{columns * 8}x{rows * 16}", "x.npy")
    known = np.asarray(Image.open(FOLDER / "out.png"))
    assert np.array_equal(shown, known)
    assert np.abs(of_sixel(run("--graphics", "sixel", "--size", size, "x.npy").decode()) - known).max() < 12
np.save(FOLDER / "p.npy", random.integers(0, 256, (64, 64, 3), np.uint8))
run("-f", "-o", "out.png", "--size", "320x320", "p.npy")
of_sixel(run("--graphics", "sixel", "--size", "40x20", "p.npy").decode())

# Characters: as wide as was asked for, the curve where it belongs, at any width and in a pipe.
x = np.zeros(100_000)
x[50_000] = 1
np.save(FOLDER / "x.npy", x)
for columns in (40, 80, 133):
    lines = run("--size", f"{columns}x20", "x.npy").decode().splitlines()
    assert max(map(len, lines[1:])) <= columns and len(lines) <= 20
    rows = [line[11:] for line in lines if line[10:11] in "┤│" and len(line) > 11]
    highest = [at for at, char in enumerate(rows[0] + rows[1]) if char not in " "]
    where = {at % len(rows[0]) for at in highest}
    assert all(abs(at - len(rows[0]) / 2) <= 1.5 for at in where) and where, "the spike is seen"
    assert all(char != " " for char in [row for row in rows if row.strip()][-1]), "the line at zero"
    assert "1" in lines[1] + lines[2] and "\x1b" not in "".join(lines)
np.save(FOLDER / "m.npy", np.arange(12.0).reshape(3, 4))
text = run("--size", "60x20", "m.npy").decode()
assert "█" in text and "░" in text and "\x1b" not in text and "0   " in text
assert "█" in run("--hist", "m.npy").decode()
np.save(FOLDER / "s.npy", stack)
assert "[5]" in run("--size", "50x40", "s.npy").decode()
run("--size", "50x40", "p.npy")
run("--size", "500x200", "p.npy")

# On a terminal: colours by what it has, none with NO_COLOR, graphics where it says so.
if os.name == "posix":
    import pty
    import threading

    def on_terminal(*arguments, **variables):
        main, other = pty.openpty()
        bare = ("TERM", "COLORTERM", "NO_COLOR", "TMUX", "TERM_PROGRAM", "KITTY_WINDOW_ID", "COLUMNS")
        kept = {name: value for name, value in os.environ.items() if name not in bare}
        found = []

        def read():
            try:
                while piece := os.read(main, 65536):
                    found.append(piece)
            except OSError:
                pass

        reader = threading.Thread(target=read)
        with subprocess.Popen([NUMIO, "plot", *arguments], cwd=FOLDER, stdout=other, env={**kept, **variables}) as child:
            os.close(other)
            reader.start()
            assert child.wait(60) == 0
        reader.join(60)
        os.close(main)
        return b"".join(found).decode().replace("\r\n", "\n")

    assert "\x1b[38;5;" in on_terminal("m.npy", TERM="xterm-256color", COLUMNS="60")
    full = on_terminal("m.npy", TERM="xterm-256color", COLORTERM="truecolor", COLUMNS="60")
    assert "\x1b[38;2;68;1;84m" in full and "\x1b[48;2;253;231;37m" in full
    assert "\x1b[" not in on_terminal("m.npy", TERM="xterm-256color", NO_COLOR="1", COLUMNS="60")
    assert of_kitty(on_terminal("m.npy", TERM="xterm-kitty", COLUMNS="60"))[1].shape[1] == 480
    assert of_sixel(on_terminal("x.npy", TERM="foot", COLUMNS="60")).shape[1] == 480
    assert "\x1b_G" not in on_terminal("m.npy", TERM="xterm-kitty", TMUX="1", COLUMNS="60")
    assert "\x1b_G" not in on_terminal("m.npy", "--graphics", "blocks", TERM="xterm-kitty", COLUMNS="60")

# Names steer neither terminal nor picture.
name = "a\x1b[31m\u202e<b>.npy"
np.save(FOLDER / name, np.arange(3))
assert b"\x1b" not in run(name)
run("-f", "-o", "out.svg", name)
assert ElementTree.parse(FOLDER / "out.svg").getroot().find(f"{SVG}title").text == "a\\x1b[31m\\u202e<b>.npy"
