#!/usr/bin/env python3
"""REDbot (PyPI) against a running courant: every kind of resource, and every note that it calls bad or a warning.

It asks each address with and without codings, conditions and ranges and compares the answers. Exits 1 with a line for each
note that `EXPLAINED` does not explain.
"""

import re
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from configparser import ConfigParser
from pathlib import Path

sys.dont_write_bytecode = True

import thor
from httplint.note import levels
from redbot.resource import HttpResource

from meant import ROOT
from readers import Server

# Note and the reason why it is right as it is.
EXPLAINED = {}

PATHS = [
    "/feed.rss", "/feed.atom", "/feed.json", "/sections/city.rss", "/sections/zh.atom", "/captions.json", "/captions.rss",
    "/articles/tram-line-four.atom", "/tags/weather.rss", "/authors/maeve-corrigan.json", "/", "/sections/city",
    "/articles/tram-line-four", "/captions", "/feeds.opml", "/sitemap.xml", "/sitemap-news.xml", "/robots.txt", "/feed.css",
    "/page.css", "/feed", "/rss.xml", "/sections/port.rss", "/sections/port", "/nowhere", "/articles/three-days-of-fog",
]


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def ask(urls, heard):
    """Checks one address after the other, in the one loop that the library can run."""
    parser = ConfigParser()
    parser.read_dict({"redbot": {"enable_local_access": "True"}})
    ahead = list(urls)

    def go_on():
        if not ahead:
            thor.stop()
            return
        url = ahead.pop(0)
        resource = HttpResource(parser["redbot"])
        resource.set_request(url)

        def done():
            if not resource.response.complete:
                raise SystemExit(f"{url}: REDbot got no answer")
            # The first question, and those that vary it.
            asked = [resource, *(check for check in resource.subreqs.values() if check.response.complete)]
            heard(url, len(asked), [note for check in asked for note in check.response.notes])
            go_on()

        resource.on("check_done", done)
        resource.check()

    thor.schedule(0, go_on)
    thor.run()


def main():
    wrong = []
    asked = 0
    with tempfile.TemporaryDirectory(prefix="courant-") as folder:
        items = Path(folder) / "items"
        shutil.copytree(ROOT / "tests/sample", items)
        with Server(items) as server:
            shutil.rmtree(items / "harbour/three-days-of-fog")
            end = time.monotonic() + 20
            while status(f"{server.base}/articles/three-days-of-fog") != 410:
                if time.monotonic() > end:
                    raise SystemExit("the withdrawn story is not gone")
                time.sleep(0.1)
            # Last-Modified is told when its second has passed.
            time.sleep(2)
            with urllib.request.urlopen(f"{server.base}/captions.json", timeout=30) as answer:
                captions = answer.read().decode()
            found = [re.search(pattern, captions)[0] for pattern in
                     (r"/media/[0-9a-f]{32}\.[a-z]+", r"/captions/[0-9a-f-]{36}")]

            def heard(url, count, notes):
                nonlocal asked
                asked += count
                for note in notes:
                    name = type(note).__name__
                    if note.level in (levels.BAD, levels.WARN) and name not in EXPLAINED:
                        path = url.removeprefix(server.base)
                        wrong.append(f"{path}: {name} ({note.level.value}): {note.summary}")

            ask([server.base + path for path in PATHS + found], heard)
    print(f"{len(PATHS) + len(found)} addresses, {asked} answers, {len(wrong)} faults")
    sys.exit("\n".join(wrong) if wrong else 0)


main()
