#!/usr/bin/env python3
"""Takes pictures of every kind of page for people to look at: phone, tablet, desktop and print, in the light and in the dark.

    python3 tests/judges/screenshots.py [FOLDER]

The papers: the sample in English, Chinese of both scripts and Arabic, the paper in items/, an empty one, one with a single
story, and one with five hundred in forty sections with very long headlines. FOLDER is target/screenshots where none is named;
its index.html shows all. The browser's driver is installed by tests/run.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

from browser import paper  # noqa: E402
from meant import ROOT  # noqa: E402
from readers import Server  # noqa: E402

SAMPLE = {
    "front": "/", "section": "/sections/city", "article": "/articles/tram-line-four", "plain": "/articles/three-days-of-fog",
    "arabic": "/articles/mawsim-al-sardin", "chinese": "/articles/lao-chuanwu", "sections": "/sections", "tags": "/tags",
    "authors": "/authors", "days": "/days", "subscribe": "/subscribe", "absent": "/articles/absent",
}
LONG = "A headline that says all there is to say of the harbour, the tram, the market hall and the weather, "


def small(folder, stories, sections=1):
    """A paper of so many stories; each seventh has a headline of 200 characters."""
    items = Path(folder, f"{stories}-stories")
    lines = ['title = "The Courier"', 'language = "en"']
    for number in range(sections):
        lines.append(f'[[sections]]\nslug = "s{number}"\ntitle = "Section {number + 1}"')
        Path(items, f"s{number}").mkdir(parents=True)
    (items / "publication.toml").write_text("\n".join(lines) + "\n")
    for number in range(stories):
        story = items / f"s{number % sections}" / f"story-{number}"
        story.mkdir()
        headline = (LONG * 3)[:200] if number % 7 == 6 else f"Story number {number}"
        day = f"2026-{1 + number % 11:02}-{1 + number % 28:02}"
        (story / "article.md").write_text(
            f'+++\nheadline = "{headline}"\npublished = {day}T08:00:00Z\nauthors = ["Ada Wells"]\n+++\n\n'
            f"The first sentence of story {number}. And a second one.\n")
    return items


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "target/screenshots"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        shown = []

        def show(name, items, paths):
            server = stack.enter_context(Server(items))
            shown.extend(f"{name}-{kind}={server.base}{path}" for kind, path in paths.items())

        show("english", paper(folder), SAMPLE)
        show("chinese", paper(folder, "zh"), {"front": "/", "article": SAMPLE["chinese"], "subscribe": "/subscribe"})
        show("traditional", paper(folder, "zh-Hant"), {"front": "/", "article": SAMPLE["chinese"]})
        show("arabic", paper(folder, "ar"), {"front": "/", "article": SAMPLE["arabic"], "subscribe": "/subscribe"})
        show("items", ROOT / "items", {"front": "/"})
        show("empty", small(folder, 0), {"front": "/", "days": "/days"})
        show("one", small(folder, 1), {"front": "/"})
        show("many", small(folder, 500, 40), {"front": "/", "section": "/sections/s6", "sections": "/sections", "days": "/days"})
        shoot = ["node", str(ROOT / "target/npm/shoot.mjs"), shutil.which("chromium"), str(target)]
        return subprocess.run([*shoot, *shown]).returncode


if __name__ == "__main__":
    sys.exit(main())
