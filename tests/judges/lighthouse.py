#!/usr/bin/env python3
"""Lighthouse looks at one page of each kind of the sample paper: accessibility, best practices and SEO have to be perfect,
nothing moves, and an article without photographs is light. What it measures of time is a fault where two looks find it slow.

Exits 1 with a line for each fault.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from browser import paper  # noqa: E402
from meant import ROOT  # noqa: E402
from readers import Server, get  # noqa: E402

PATHS = ("/", "/sections", "/sections/city", "/tags", "/authors", "/articles/three-days-of-fog",
         "/articles/tram-line-four", "/days", "/subscribe", "/captions")


def linked(server):
    """A page of an author, of a tag and of a photograph, a day and a month, as the sample leads to them."""
    story = json.loads(get(server.base + "/articles/tram-line-four.json"))
    caption = next(item["url"] for item in story["items"] if "/captions/" in item.get("url", ""))
    day = get(server.base + "/days").split('href="/days/', 1)[1].split('"', 1)[0]
    return [caption.removeprefix(server.base), f"/days/{day}"]


def main():
    with tempfile.TemporaryDirectory() as folder, Server(paper(folder)) as server:
        paths = [*PATHS, *linked(server)]
        look = ["node", str(ROOT / "target/npm/lighthouse.mjs"), shutil.which("chromium")]
        return subprocess.run([*look, *(server.base + path for path in paths)], timeout=900).returncode


if __name__ == "__main__":
    sys.exit(main())
