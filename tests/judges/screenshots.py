#!/usr/bin/env python3
"""Takes pictures of every kind of page for people to look at: phone, tablet, desktop and print, in the light and in the dark.

    python3 tests/judges/screenshots.py [FOLDER]

The papers: the sample in English, Chinese of both scripts and Arabic, the paper in items/, an empty one, one with a single
story, one with five hundred in forty sections with very long headlines, and one with photographs of unusual shapes. FOLDER is
target/screenshots where none is named; its index.html shows all. The browser's driver is installed by tests/run.
"""

import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from contextlib import ExitStack
from pathlib import Path

sys.dont_write_bytecode = True

from browser import desk, paper, small  # noqa: E402
from markup import write  # noqa: E402
from meant import ROOT  # noqa: E402
from readers import Server  # noqa: E402

SAMPLE = {
    "front": "/", "section": "/sections/city", "article": "/articles/tram-line-four", "plain": "/articles/three-days-of-fog",
    "arabic": "/articles/mawsim-al-sardin", "chinese": "/articles/lao-chuanwu", "sections": "/sections", "tags": "/tags",
    "authors": "/authors", "author": "/authors/daniel-osei", "photographs": "/captions", "card": "/embed/sections/harbour", "days": "/days",
    "month": "/days/2026-11", "subscribe": "/subscribe", "absent": "/articles/absent",
}


def photograph(file, width, height):
    """A picture of that size: bands of colour and a frame, so that it is seen what is cut off."""
    rows = bytearray()
    for row in range(height):
        band = bytes((60 + 150 * row // height, 110, 190 - 120 * row // height))
        is_framed = min(row, height - 1 - row) < 12
        rows += b"\0" + (b"\xe0\x30\x30" * width if is_framed else b"\xe0\x30\x30" * 12 + band * (width - 24) + b"\xe0\x30\x30" * 12)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b""))


def shapes(folder):
    """A paper of photographs much higher or wider than is usual."""
    items = small(folder, 3)
    for number, (width, height) in enumerate([(900, 1600), (2400, 700), (500, 500)]):
        story = items / "s0" / f"story-{number}"
        photograph(story / "picture.png", width, height)
        article = story / "article.md"
        caption = ('\n[[captions]]\ntext = "What the photograph shows."\nalt = "Bands of colour."\nimage = "picture.png"\n'
                   'credit = "Ada Wells"\nrole = "photographer"\n+++\n')
        article.write_text(caption.join(article.read_text().rsplit("+++\n", 1)))
    return items


def retracted(server):
    """The address of a story that the desk has retracted."""
    token = desk(server)
    story = {"section": "city", "slug": "bridge", "headline": "The bridge opens at noon", "published": "2026-11-20T08:00:00Z",
             "body": "It opens."}
    made = write(server, token, "POST", "/api/v1/articles", story)
    bare = made["id"].removeprefix("urn:uuid:")
    why = {"public_note": "There is no bridge. We took a drawing for a photograph, and apologise to our readers."}
    write(server, token, "POST", f"/api/v1/articles/{bare}/retract", why, **{"If-Match": "*"})
    return f"{server.base}/articles/bridge"


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "target/screenshots"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        shown = []

        def show(name, items, paths):
            server = stack.enter_context(Server(items))
            shown.extend(f"{name}-{kind}={server.base}{path}" for kind, path in paths.items())
            return server

        english = show("english", paper(folder), SAMPLE)
        shown.append(f"english-retracted={retracted(english)}")
        show("chinese", paper(folder, "zh"), {"front": "/", "article": SAMPLE["chinese"], "subscribe": "/subscribe"})
        show("traditional", paper(folder, "zh-Hant"), {"front": "/", "article": SAMPLE["chinese"]})
        show("arabic", paper(folder, "ar"), {"front": "/", "article": SAMPLE["arabic"], "subscribe": "/subscribe"})
        show("items", ROOT / "items", {"front": "/", "article": "/articles/2025-02-28-juesheng"})
        show("empty", small(folder, 0), {"front": "/", "days": "/days"})
        show("one", small(folder, 1), {"front": "/"})
        show("many", small(folder, 500, 40), {"front": "/", "section": "/sections/s6", "sections": "/sections", "days": "/days",
                                                    "article": "/articles/story-6", "archive": "/archive/1"})
        show("shapes", shapes(folder), {"front": "/", "portrait": "/articles/story-0", "panorama": "/articles/story-1"})
        shoot = ["node", str(ROOT / "target/npm/shoot.mjs"), shutil.which("chromium"), str(target)]
        return subprocess.run([*shoot, *shown]).returncode


if __name__ == "__main__":
    sys.exit(main())
