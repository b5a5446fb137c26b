#!/usr/bin/env python3
"""Builds the site in target/site out of docs/ and of the repository's own pages, and checks every link within it.

    scripts/site.py           build, which needs zensical (requirements-docs.txt); `make docs` does so
    scripts/site.py --check   only look at the pages: links, anchors, and that each is in the navigation
"""

import html.parser
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
OUT = ROOT / "target/site"
HUB = "https://github.com/numio-rs/numio/blob/main/"
# Pages that are in the repository's root, where its readers look for them.
OWN = {name: f"{name.lower()}" for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")}
CODE = re.compile(r"^(`{3,}).*?^\1$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()([^()\s]+)(?=\))")
PICTURES = (".png", ".svg")
COMMENT = re.compile(r"^<!--.*?-->\n+", re.MULTILINE | re.DOTALL)


def pages():
    """The file of each page, and its path in the site's sources."""
    found = {path: path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md"))}
    return found | {ROOT / name: Path(staged) for name, staged in OWN.items()}


def anchor(heading):
    """The anchor of a heading, as GitHub and the site make it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text.lower()).strip())


def anchors(text):
    """The anchors of a page."""
    text = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


def outside_code(text, change):
    """Applies `change` to what is neither a block nor a piece of code."""
    out, start = [], 0
    for code in CODE.finditer(text):
        out += [change(text[start : code.start()]), code.group()]
        start = code.end()
    return "".join(out) + change(text[start:])


def staged(source, target, faults):
    """The text of a page in which every link leads to a page of the site, or to the repository."""
    known = pages()
    text = source.read_text()

    def follow(match):
        link = urlsplit(match.group())
        if link.scheme or link.netloc:
            return match.group()
        path = (source.parent / unquote(link.path)).resolve() if link.path else source
        if not path.exists():
            faults.append(f"{source.relative_to(ROOT)}: {match.group()}: no such file")
        elif link.fragment and path.suffix == ".md" and link.fragment not in anchors(path.read_text()):
            faults.append(f"{source.relative_to(ROOT)}: {match.group()}: no such heading")
        fragment = f"#{link.fragment}" if link.fragment else ""
        if path == source:
            return fragment
        # Pictures are copied to where they are in docs/.
        here = known.get(path, path.relative_to(DOCS) if path.suffix in PICTURES and path.is_relative_to(DOCS) else None)
        if here:
            return Path(*[".."] * (len(target.parts) - 1), here).as_posix() + fragment
        return HUB + path.relative_to(ROOT).as_posix() + fragment

    return outside_code(COMMENT.sub("", text), lambda part: LINK.sub(follow, part))


def in_navigation(nav):
    """The pages that a navigation names."""
    for entry in nav:
        for value in entry.values():
            yield from in_navigation(value) if isinstance(value, list) else [value]


class Links(html.parser.HTMLParser):
    """The links and the anchors of a page of the site."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.loaded = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(filter(None, (attrs.get("id"), attrs.get("name"))))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in ("img", "script", "iframe") and attrs.get("src"):
            self.loaded.append(attrs["src"])
        if tag == "link" and attrs.get("rel") in ("stylesheet", "icon"):
            self.loaded.append(attrs.get("href"))


def check_site(site, faults):
    """Every link within the site leads somewhere, and nothing is loaded from elsewhere."""
    found = {path: Links(path.read_text()) for path in site.rglob("*.html") if path.name != "404.html"}
    for path, page in found.items():
        name = path.relative_to(site)
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loaded:
                    faults.append(f"{name}: {link} is loaded from elsewhere")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                faults.append(f"{name}: {link} leads nowhere")
            elif parts.fragment and target in found and parts.fragment not in found[target].anchors | {"__skip"}:
                faults.append(f"{name}: {link} has no such anchor")
    return len(found), sum(len(page.links) for page in found.values())


def main():
    faults = []
    texts = {target: staged(source, target, faults) for source, target in pages().items()}
    nav = list(in_navigation(tomllib.loads((DOCS / "zensical.toml").read_text())["project"]["nav"]))
    listed = {name for name in nav if "://" not in name}
    faults += [f"{name}: in the navigation or in docs/ only" for name in sorted(listed ^ {str(target) for target in texts})]
    if not faults and "--check" not in sys.argv:
        shutil.rmtree(OUT, ignore_errors=True)
        for target, text in texts.items():
            (OUT / "docs" / target).parent.mkdir(parents=True, exist_ok=True)
            (OUT / "docs" / target).write_text(text)
        for picture in (path for path in DOCS.rglob("*") if path.suffix in PICTURES):
            copy = OUT / "docs" / picture.relative_to(DOCS)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, copy)
        shutil.copy(DOCS / "zensical.toml", OUT)
        build = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", OUT / "zensical.toml"]
        done = subprocess.run(build, cwd=OUT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        count, links = check_site(OUT / "site", faults)
        print(f"{OUT / 'site'}: {count} pages, {links} links")
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
