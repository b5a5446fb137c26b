"""``numio report``: the page as its parts, and as a real browser shows it."""

import asyncio
import html.parser
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

ATTACK = "<script>alert(1)</script>\"' onload=\"alert(2)\x1b[31m\u202eabc</style></svg>&lt;"


def report(*arguments, code=0):
    command = [sys.executable, "-m", "numio", "report", *map(os.fspath, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == code, done
    return done.stderr


class Parts(html.parser.HTMLParser):
    """The elements of a page, and the text of each table's cells."""

    def __init__(self):
        super().__init__()
        self.elements, self.rows, self.open, self.texts = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "img", "br", "input", "rect", "circle", "polyline", "path", "image"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag not in ("rect", "circle", "polyline", "path", "image"):
            assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)
            if any(tag in ("td", "th") for tag in self.open):
                self.rows[-1][-1] += data


def parse(path):
    parts = Parts()
    parts.feed(path.read_text())
    assert not parts.open
    return parts


@pytest.fixture
def page(tmp_path):
    random = np.random.default_rng(5)
    lines = np.array([3.5, np.nan, -2.0, 10.0])
    np.savez(tmp_path / "a.npz", small=lines, large=random.random((300, 200)), flags=np.arange(9) > 4)
    np.savez_compressed(tmp_path / "b.npz", zeros=np.zeros(1000), image=random.integers(0, 256, (8, 9, 3), np.uint8))
    records = np.array([(1, 2.5, "a"), (2, np.nan, "b")], [("i", "i4"), ("v", "f8"), ("s", "U3")])
    np.save(tmp_path / "records.npy", records)
    np.save(tmp_path / "days.npy", np.datetime64("2024-01-01") + np.arange(40))
    np.save(tmp_path / "empty.npy", np.zeros((0, 3)))
    np.save(tmp_path / "objects.npy", np.array([{"k": [1, 2, {"deep": "x"}]}, None], object), allow_pickle=True)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps({"layers": [{"w": np.arange(3), "name": ATTACK}], ATTACK: 1}))
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    inputs = [tmp_path / name for name in ("a.npz", "b.npz", "records.npy", "days.npy", "empty.npy", "objects.npy", "model.pkl")]
    report("-o", tmp_path / "out.html", *inputs)
    return tmp_path / "out.html"


def test_tables_say_what_numpy_says(page):
    parts = parse(page)
    files, rows = ({row[0].rpartition("/")[2]: row for row in parts.rows if len(row) == count} for count in (4, 10))
    assert files["a.npz"][2].startswith("ok, 3 members") and files["a.npz"][3] == "data only"
    assert files["model.pkl"][2] == "not checked" and files["empty.npy"][2].startswith("ok")
    with np.load(page.parent / "a.npz") as known:
        for name, array in known.items():
            row = rows[f"a.npz:{name}"]
            assert row[1:5] == [str(array.dtype), str(array.shape), str(array.size), str(array.nbytes)]
            assert int(row[5]) > array.nbytes
            if array.dtype != bool:
                assert [float(cell) for cell in row[6:9]] == pytest.approx([np.nanmin(array), np.nanmax(array), np.nanmean(array)])
                assert int(row[9]) == np.isnan(array).sum()
    assert int(rows["b.npz:zeros"][5]) < 200, "compressed"
    assert rows["days.npy"][6:8] == ["2024-01-01", "2024-02-09"]
    headings = "".join(parts.texts)
    assert "no picture" not in headings.split("days.npy")[0]
    assert "deep" in headings and "'layers'" in headings


def test_nothing_is_loaded_and_nothing_is_left_without_a_name(page):
    parts = parse(page)
    text = page.read_text()
    for tag, attributes in parts.elements:
        assert tag not in ("link", "iframe", "object", "embed", "img", "base", "form"), tag
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes), (tag, attributes)
        for name in ("src", "href", "xlink:href", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/png;base64,")), value
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"]
        if tag == "html":
            assert attributes["lang"] == "en"
    ids = [attributes["id"] for _, attributes in parts.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in parts.elements:
        for name in ("aria-labelledby", "aria-controls"):
            assert attributes.get(name) is None or attributes[name] in ids
        assert not attributes.get("href", "#").startswith("#") or attributes.get("href", "#arrays")[1:] in ids
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
    assert "default-src 'none'" in policy and "unsafe" not in policy and policy.count("'sha256-") == 2
    levels = [int(tag[1]) for tag, _ in parts.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_report_shows_what_a_file_says_as_text(tmp_path):
    np.savez(tmp_path / "a.npz", **{ATTACK: np.array([ATTACK, "b"]), "x": np.array([(1,)], [(ATTACK, "f8")])})
    (tmp_path / "p.pkl").write_bytes(pickle.dumps([ATTACK, {ATTACK: {ATTACK: 1}}]))
    title = ATTACK.replace("/", "|")
    report("--title", ATTACK, "-o", tmp_path / "out.html", tmp_path / "a.npz", tmp_path / "p.pkl")
    text = (tmp_path / "out.html").read_text()
    parts = parse(tmp_path / "out.html")
    assert title
    assert [tag for tag, _ in parts.elements].count("script") == 1
    assert "alert(1)" in "".join(parts.texts)
    assert "\x1b" not in text and "\u202e" not in text
    assert not re.search(r"<script>alert|onload=\"", text)


def test_report_of_bad_files_has_them_on_the_page(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(100))
    whole = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-8])
    (tmp_path / "evil.pkl").write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    said = report("-o", tmp_path / "out.html", tmp_path / "cut.npy", tmp_path / "evil.pkl", tmp_path / "x.npy", code=1)
    assert "cut.npy" in said
    rows = {row[0].rpartition("/")[2]: row for row in parse(tmp_path / "out.html").rows if len(row) == 4}
    assert rows["cut.npy"][2].startswith("bad: ") and rows["x.npy"][2].startswith("ok")
    assert rows["evil.pkl"][3].startswith("dangerous") and "os.system" in rows["evil.pkl"][3]
    before = (tmp_path / "out.html").read_bytes()
    assert "--force" in report("-o", tmp_path / "out.html", tmp_path / "x.npy", code=1)
    assert (tmp_path / "out.html").read_bytes() == before
    report("-f", "-o", tmp_path / "out.html", tmp_path / "x.npy")


def test_report_of_many_arrays_has_a_bound(tmp_path):
    np.savez(tmp_path / "many.npz", **{f"m{number}": np.arange(4) for number in range(400)})
    (tmp_path / "wide.pkl").write_bytes(pickle.dumps([[str(number)] * 5 for number in range(50_000)]))
    (tmp_path / "long.pkl").write_bytes(pickle.dumps("x" * 1_000_000))
    report("-o", tmp_path / "out.html", *(tmp_path / name for name in ("many.npz", "wide.pkl", "long.pkl")))
    assert (tmp_path / "out.html").stat().st_size < 8_000_000
    parts = parse(tmp_path / "out.html")
    assert sum(tag == "section" for tag, _ in parts.elements) == 252
    assert sum(row[0].endswith(f":m{number}") for number, row in zip(range(400), [r for r in parts.rows if ":m" in (r or [""])[0]], strict=True)) == 400


# In a browser.


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    """A page in headless Chromium, driven by its DevTools protocol."""

    def __init__(self, socket):
        self.socket, self.number, self.events = socket, 0, []

    async def call(self, method, **parameters):
        self.number += 1
        await self.socket.send_json({"id": self.number, "method": method, "params": parameters})
        while True:
            message = await asyncio.wait_for(self.socket.receive_json(), 30)
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    async def evaluate(self, expression):
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def key(self, name, text=""):
        code = {"Tab": 9, "Enter": 13, " ": 32}[name]
        keys = {"key": name, "code": "Space" if name == " " else name, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", **keys, **({"text": text} if text else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **keys)

    async def open(self, path):
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=path.as_uri())
        until = time.monotonic() + 30
        while await self.evaluate("document.readyState + location.href") != "complete" + path.as_uri():
            assert time.monotonic() < until
            await asyncio.sleep(0.05)


def in_browser(page, work, folder):
    """Runs ``work`` with the page open, and gives what happened meanwhile."""
    program = chromium()
    if program is None:
        pytest.skip("there is no Chromium here: Debian's package chromium has one")
    aiohttp = pytest.importorskip("aiohttp", reason="speaks with the browser")
    command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               "--disable-background-networking", "--disable-extensions", "--remote-debugging-port=0",
               f"--user-data-dir={folder}", "about:blank"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            port, until = folder / "DevToolsActivePort", time.monotonic() + 60
            while not (port.exists() and port.read_text().count("\n")):
                if child.poll() is not None or time.monotonic() > until:
                    pytest.skip(f"Chromium does not start here: exit status {child.poll()}")
                time.sleep(0.05)

            async def drive():
                async with aiohttp.ClientSession() as session:
                    address = f"http://127.0.0.1:{port.read_text().split()[0]}/json/list"
                    async with session.get(address) as answer:
                        targets = json.loads(await answer.text())
                    socket = next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page")
                    async with session.ws_connect(socket, max_msg_size=0) as connected:
                        browser = Browser(connected)
                        await browser.open(page)
                        await work(browser)
                        return browser.events

            return asyncio.run(asyncio.wait_for(drive(), 120))
        finally:
            child.kill()


def test_report_in_a_browser_sorts_folds_and_loads_nothing(page, tmp_path):
    async def work(browser):
        first = "[...document.querySelectorAll('table.sortable tbody tr')].map(row => row.cells[{}].textContent)"
        names = await browser.evaluate(first.format(0))
        elements = await browser.evaluate(first.format(3))
        # A click sorts, another the other way round; cells without a value stay last.
        click = "document.querySelectorAll('table.sortable th button')[{}].click()"
        state = "[...document.querySelectorAll('table.sortable th')].map(head => head.getAttribute('aria-sort'))"
        await browser.evaluate(click.format(3))
        numbers = sorted(int(number) for number in elements if number)
        assert await browser.evaluate(first.format(3)) == [str(number) for number in numbers] + [""]
        assert (await browser.evaluate(state))[3] == "ascending"
        await browser.evaluate(click.format(3))
        assert await browser.evaluate(first.format(3)) == [str(number) for number in numbers[::-1]] + [""]
        assert (await browser.evaluate(state)).count("none") == 9
        assert "elements, descending" in await browser.evaluate("document.getElementById('sorted').textContent")
        # By the keyboard alone: the first focus is the link to the arrays.
        await browser.key("Tab")
        assert await browser.evaluate("document.activeElement.className") == "skip"
        await browser.evaluate("document.querySelector('table.sortable th button').focus()")
        await browser.key("Enter", "\r")
        assert await browser.evaluate(first.format(0)) == sorted(names)
        # Trees are folded, and unfold one by one or all at once.
        is_open = "[...document.querySelectorAll('.tree details')].map(part => part.open)"
        assert not any(await browser.evaluate(is_open))
        await browser.evaluate("document.querySelector('.tree summary').focus()")
        await browser.key(" ", " ")
        assert (await browser.evaluate(is_open)).count(True) == 1
        await browser.evaluate("[...document.querySelectorAll('button.fold')].forEach(button => button.click())")
        assert all(await browser.evaluate(is_open)) and await browser.evaluate(is_open)
        assert set(await browser.evaluate("[...document.querySelectorAll('button.fold')].map(b => b.textContent)")) == {"Fold all"}
        # Light and dark, and each readable.
        color = "getComputedStyle(document.body).{}.match(/[0-9]+/g).map(Number)"
        for scheme, is_light in (("light", True), ("dark", False)):
            await browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            paper, ink = [sum(await browser.evaluate(color.format(name))) for name in ("backgroundColor", "color")]
            assert (paper > ink) == is_light and abs(paper - ink) > 450
            axis = await browser.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
            assert axis == await browser.evaluate("getComputedStyle(document.body).color")
        # Pictures are there, and nothing is wider than the window.
        assert await browser.evaluate("document.querySelectorAll('figure svg').length") >= 8
        sizes = "[...document.querySelectorAll('figure svg')].map(svg => svg.getBoundingClientRect().width)"
        assert min(await browser.evaluate(sizes)) > 100
        await browser.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
        assert await browser.evaluate("document.documentElement.scrollWidth") <= 400
        # The pictures within: a policy that forbade them would be logged as an error.
        await browser.evaluate("new Promise(done => setTimeout(done, 300))")

    check(in_browser(page, work, tmp_path / "profile"), page)


def test_report_of_attacks_does_nothing_in_a_browser(tmp_path):
    np.savez(tmp_path / "a.npz", **{ATTACK: np.array([ATTACK, "b"]), "x": np.array([(1.5,)], [(ATTACK, "f8")])})
    (tmp_path / "p.pkl").write_bytes(pickle.dumps([ATTACK, {ATTACK: {ATTACK: 1}}]))
    report("--title", ATTACK, "-o", tmp_path / "out.html", tmp_path / "a.npz", tmp_path / "p.pkl")

    async def work(browser):
        assert await browser.evaluate("document.scripts.length") == 1
        assert "alert(1)" in await browser.evaluate("document.title")
        # The policy forbids what an attack that came through would do.
        await browser.evaluate(
            "{ const script = document.createElement('script'); script.textContent = 'window.ran = 1';"
            " document.body.append(script); }"
        )
        assert await browser.evaluate("window.ran === undefined")

    events = in_browser(tmp_path / "out.html", work, tmp_path / "profile")
    assert not any(event["method"] == "Page.javascriptDialogOpening" for event in events)


def check(events, page):
    """Nothing was loaded but the page, nothing failed, and nothing was logged."""
    for event in events:
        method, about = event["method"], event["params"]
        assert method not in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Page.javascriptDialogOpening"), event
        if method == "Log.entryAdded":
            assert about["entry"]["level"] not in ("error", "warning"), event
        if method == "Network.requestWillBeSent":
            assert about["request"]["url"].startswith((page.as_uri(), "data:image/png")), event
