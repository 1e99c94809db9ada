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

from meant import ROOT, Everything
from readers import Server

# Note and the reason why it is right as it is.
EXPLAINED = {}

PATHS = [
    "/feed.rss", "/feed.atom", "/feed.json", "/sections/city.rss", "/sections/zh.atom", "/captions.json", "/captions.rss",
    "/articles/tram-line-four.atom", "/tags/weather.rss", "/authors/maeve-corrigan.json", "/", "/sections/city",
    "/tags", "/authors", "/authors/daniel-osei", "/articles/tram-line-four", "/captions", "/feeds.opml", "/sitemap.xml", "/sitemap-news.xml", "/robots.txt", "/feed.css",
    "/page.css", "/feed", "/rss.xml", "/sections/port.rss", "/sections/port", "/nowhere", "/articles/three-days-of-fog",
]

# Of the paper with everything in it, which has what the sample has not.
MORE_PATHS = [
    "/feeds/two-correspondents.rss", "/feeds/right-to-left.atom", "/feeds/no-wire.json", "/feeds/no-wire.rss",
    "/archive/1.rss", "/archive/2.atom", "/archive/1.json", "/archive/999.atom", "/sitemap-pages.xml",
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


def found_in(server, path, patterns):
    with urllib.request.urlopen(server.base + path, timeout=30) as answer:
        text = answer.read().decode()
    return [re.search(pattern, text)[0] for pattern in patterns]


def sample(ask):
    """The sample paper with a story withdrawn."""
    with tempfile.TemporaryDirectory(prefix="courant-") as folder:
        items = Path(folder) / "items"
        shutil.copytree(ROOT / "tests/data/sample", items)
        with Server(items) as server:
            shutil.rmtree(items / "harbour/three-days-of-fog")
            end = time.monotonic() + 20
            while status(f"{server.base}/articles/three-days-of-fog") != 410:
                if time.monotonic() > end:
                    raise SystemExit("the withdrawn story is not gone")
                time.sleep(0.1)
            # Last-Modified is told when its second has passed.
            time.sleep(2)
            found = found_in(server, "/captions.json", [r"/media/[0-9a-f]{32}\.[a-z]+", r"/captions/[0-9a-f-]{36}"])
            ask(server, PATHS + found)


def everything(ask):
    paper = Everything()
    with Server(paper.folder) as server:
        paper.settle(server.base)
        time.sleep(2)
        expected = {"/archive/2.atom": 200, "/feeds/no-wire.json": 200, "/feeds/no-wire.rss": 404, "/archive/999.atom": 404}
        for path, code in expected.items():
            if status(server.base + path) != code:
                raise SystemExit(f"{path} is not {code}")
        ask(server, MORE_PATHS + found_in(server, "/sitemap.xml", [r"/sitemap-\d[^<]*\.xml"]))


def main():
    wrong = []
    urls = []
    asked = 0
    answered = set()

    def heard(url, count, notes):
        nonlocal asked
        asked += count
        answered.add(url)
        for note in notes:
            name = type(note).__name__
            if note.level in (levels.BAD, levels.WARN) and name not in EXPLAINED:
                path = re.sub("^http://[^/]*", "", url)
                wrong.append(f"{path}: {name} ({note.level.value}): {note.summary}")

    def all_of(server, paths):
        urls.extend(paths)
        whole = [server.base + path for path in paths]
        ask(whole, heard)
        if left := set(whole) - answered:
            raise SystemExit(f"REDbot left out {left}")

    sample(all_of)
    everything(all_of)
    print(f"{len(urls)} addresses, {asked} answers, {len(wrong)} faults")
    sys.exit("\n".join(wrong) if wrong else 0)


main()
