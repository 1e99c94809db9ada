#!/usr/bin/env python3
"""Readers that people use, reading a running courant: what they show is compared with what the item files say.

    readers.py feedparser   every RSS and Atom feed of the papers through feedparser (PyPI)
    readers.py feedsmith    every feed through feedsmith (npm), JSON Feed as well
    readers.py newsboat     RSS and Atom feeds through newsboat, by its own cache
    readers.py deploy       the example configuration starts a server that answers

The program is target/debug/courant, or what COURANT names. Exits 1 with a line for each difference.
"""

import calendar
import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

# A checkout stays as it is.
sys.dont_write_bytecode = True

from meant import ROOT, papers, squeezed  # noqa: E402

COURANT = os.environ.get("COURANT", str(ROOT / "target/debug/courant"))
FEEDSMITH = ROOT / "target/npm/read.mjs"

wrong = []


def differ(where, meant, found):
    if meant != found:
        wrong.append(f"{where}\n    meant {meant!r:.300}\n    found {found!r:.300}")


class Server:
    """A courant on ports of its own, with a store of its own."""

    def __init__(self, items, *more):
        self.items = items
        self.more = more

    def __enter__(self):
        self.data = tempfile.mkdtemp(prefix="courant-")
        self.process = subprocess.Popen(
            [COURANT, "serve", "--items", str(self.items), "--data", self.data,
             "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0", *self.more],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lines = []
        # The operators' address is the last of the addresses that it prints.
        for line in self.process.stdout:
            lines.append(line)
            if found := re.match(r"\s*page\s+(http\S+)", line):
                self.base = found[1].rstrip("/")
            if found := re.match(r"\s*operations\s+(http://[^/]+)", line):
                self.operations = found[1]
                return self
        raise SystemExit("courant did not start:\n" + "".join(lines))

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        shutil.rmtree(self.data)


def get(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


FORMATS = ("rss", "atom", "json")


def feeds(server, paper, formats):
    """The address of every feed there is, and of every archive segment that it leads to. No page lists all tags and
    people, so their slugs are the store's."""
    with sqlite3.connect(f"file:{server.data}/courant.db?mode=ro", uri=True) as store:
        stems = [f"{kind}s/{slug}" for kind, slug in store.execute("SELECT kind, slug FROM name")]
    store.close()
    stems += ["feed", "captions"]
    stems += [f"articles/{article['slug']}" for article in paper.articles()]
    stems += [f"sections/{article['section']}" for article in paper.articles()]
    stems = dict.fromkeys(sorted(set(stems)), formats)
    stems |= {f"feeds/{name}": [one for one in feed["formats"] if one in formats] for name, feed in paper.feeds.items()}
    urls = []
    for stem, known in stems.items():
        for extension in known:
            url = f"{server.base}/{stem}.{extension}"
            while url:
                urls.append(url)
                url = older(url) if paper.selection(stem) else None
    return urls


def older(url):
    """Where the archive goes on: the link of RFC 5005, or the next_url of JSON Feed."""
    document = get(url)
    if url.endswith(".json"):
        return json.loads(document).get("next_url")
    links = [link for link in re.findall(r"<(?:atom:)?link [^>]*>", document) if 'rel="prev-archive"' in link]
    differ(url + " links to the archive", True, len(links) < 2)
    return re.search(r'href="([^"]*)"', links[0])[1] if links else None


def reached(server, paper, found):
    """The feeds and what they lead to must have all that they should. `found` are the ids of each document, and where
    the reader found the next."""
    base = server.base + "/"
    for url, (ids, _) in found.items():
        stem, extension = url.removeprefix(base).rsplit(".", 1)
        if named := paper.feeds.get(stem.removeprefix("feeds/")):
            # Its window may be shorter than what it takes, but not so short.
            differ(url + " number of items", True, len(ids) >= min(10, len(named["items"])))
            ids = [id for id in ids if id not in paper.withdrawn]
            differ(url + " items it should not have", set(), set(ids) - set(named["items"]))
            if len(named["items"]) <= 30:
                differ(url + " items", sorted(named["items"]), sorted(ids))
        if "archive/" in stem or not paper.selection(stem):
            continue
        met, walked = set(), []
        while url and url not in walked:
            walked.append(url)
            ids, url = found[url]
            met.update(ids)
        differ(f"{base}{stem}.{extension} and its archive end", None, url)
        differ(f"{base}{stem}.{extension} and its archive lack", set(), paper.selection(stem) - met)
        if len(paper.selection(stem)) > 100:
            differ(f"{base}{stem}.{extension} documents of the archive", True, len(walked) > 4)


def seen(markup):
    """What a person sees of HTML, without white space."""
    text = re.sub(r"<[^>]*>", "", markup)
    return squeezed(html.unescape(text))


def alts(markup):
    """What stands for the paper's own photographs where they are not seen."""
    pictures = re.findall(r"<img\b[^>]*/media/[^>]*>", markup)
    found = [re.search(r'\balt="([^"]*)"', picture) for picture in pictures]
    return sorted(html.unescape(alt[1]) if alt else "" for alt in found)


def compare(where, paper, entry):
    """Whether the entry is an article or caption; parts have ids that no file names. What a reader does not keep is None."""
    if entry["id"] in paper.withdrawn:
        differ(where + " withdrawn", ("Withdrawn", "Thisitemwaswithdrawn."), (entry["title"], seen(entry["content"])))
        return True
    item = paper.items.get(entry["id"])
    if item is None:
        return False
    where = f"{where} {entry['id']}"
    title = " ".join(entry["title"].split())
    meant = " ".join(item["title"].split())
    if item["kind"] == "article":
        differ(where + " title", meant, title)
    elif not title.rstrip("…") or not meant.startswith(title.rstrip("…")):
        differ(where + " title", meant, title)
    differ(where + " text", squeezed(item["text"]), seen(entry["content"]))
    differ(where + " date", item["published"], entry["published"])
    if item["updated"] and entry.get("updated"):
        differ(where + " updated", item["updated"], entry["updated"])
    credits = [name for name in dict.fromkeys(item["contributors"]) if name not in item["authors"]]
    differ(where + " alts", sorted(photograph["alt"] or "" for photograph in item["photographs"]), alts(entry["content"]))
    # In JSON Feed a photograph that stands in the text of its article is not attached besides.
    is_attached = item["kind"] == "caption" or ".json" not in where
    told = {
        "authors": item["authors"],
        "contributors": credits,
        "labels": sorted({*item["tags"], *filter(None, [item.get("section_title")])}),
        "tags": sorted({*item["tags"], *filter(None, [item.get("section_title"), item["kicker"]])}),
        "photographs": [{**photograph, "alt": None} for photograph in item["photographs"]],
        "types": [photograph["type"] for photograph in item["photographs"] if is_attached],
        "credits": [name for photograph in item["photographs"] for name in photograph["credits"]],
    }
    for field, meant in told.items():
        if entry.get(field) is not None:
            differ(f"{where} {field}", meant, entry[field])
    if not entry.get("summary", "?"):
        differ(where + " summary", "some", "none")
    return True


def compare_all(url, paper, entries):
    """Compares a whole feed, and gives the ids of its entries as the paper knows them."""
    if url.endswith(".atom"):
        for entry in entries:
            entry["id"] = paper.aliases.get(entry["id"], entry["id"])
    left = [entry["content"] for entry in entries if not compare(url, paper, entry)]
    if "/articles/" in url:
        slug = url.rsplit("/", 1)[1].rsplit(".", 1)[0]
        parts(url, next(article for article in paper.articles() if article["slug"] == slug), left)
    else:
        differ(url + " unknown entries", [], left)
    if not entries:
        differ(url + " entries", "some", "none")
    return [entry["id"] for entry in entries]


def parts(where, article, contents):
    """The parts of an article's own feed make up its text; headings without text stand only in the whole."""
    text = "".join(map(seen, contents))
    body = squeezed(article["body"])
    if not body.startswith(text) or (contents and len(body) - len(text) > 40) or (body and not contents):
        differ(where + " parts", body, text)


def by_feedparser():
    import feedparser

    documents = 0
    for paper in papers():
        with Server(paper.folder) as server:
            paper.settle(server.base)
            found = {}
            for url in feeds(server, paper, ("rss", "atom")):
                extension = url.rsplit(".", 1)[1]
                feed = feedparser.parse(url)
                documents += 1
                differ(url + " status", 200, feed.get("status"))
                differ(url + " bozo", False, bool(feed.bozo))
                differ(url + " version", "rss20" if extension == "rss" else "atom10", feed.version)
                ids = compare_all(url, paper, [feedparsed(entry) for entry in feed.entries])
                ahead = [link.href for link in feed.feed.links if link.rel == "prev-archive"]
                found[url] = (ids, ahead[0] if ahead else None)
            same_ids(paper, found)
            reached(server, paper, found)
    print(f"feedparser {feedparser.__version__} read {documents} documents")


def same_ids(paper, found):
    """A feed has the same items in the same order in every format, and every item is in some feed."""
    orders = {}
    for url, (ids, _) in found.items():
        differ(url + " ids", orders.setdefault(url.rsplit(".", 1)[0], ids), ids)
    met = {id for ids, _ in found.values() for id in ids}
    differ(f"{paper.name}: items in no feed", set(), set(paper.items) - met)


def feedparsed(entry):
    """An entry in the terms of compare."""
    return {
        "id": entry.id,
        "title": entry.title,
        "content": entry.content[0].value,
        "summary": entry.summary,
        "published": calendar.timegm(entry.published_parsed),
        "authors": [author.get("name") for author in entry.get("authors", []) if author.get("name")],
        "tags": sorted({tag.label or tag.term for tag in entry.get("tags", [])}),
        "types": [content["type"] for content in entry.get("media_content", [])],
        "credits": [credit["content"] for credit in entry.get("media_credit", [])],
    }


def by_feedsmith():
    documents = 0
    for paper in papers():
        with Server(paper.folder) as server:
            paper.settle(server.base)
            urls = feeds(server, paper, FORMATS)
            ran = subprocess.run(["node", FEEDSMITH], input="\n".join(urls), capture_output=True, text=True)
            differ("feedsmith", (0, ""), (ran.returncode, ran.stderr))
            told = [json.loads(line) for line in ran.stdout.rstrip("\n").split("\n")]
            differ("feedsmith's feeds", urls, [feed["url"] for feed in told])
            found = {}
            for feed in told:
                url, extension = feed["url"], feed["url"].rsplit(".", 1)[1]
                differ(url + " status", 200, feed["status"])
                differ(url + " format", extension, feed["format"])
                ids = compare_all(url, paper, [smithed(entry, extension) for entry in feed["entries"]])
                found[url] = (ids, feed["older"])
                documents += 1
            same_ids(paper, found)
            reached(server, paper, found)
            main = [feed["title"] for feed in told if feed["url"].startswith(f"{server.base}/feed.")]
            differ(f"{server.base}/feed title", [paper.name] * 3, main)
    print(f"feedsmith read {documents} documents")


def smithed(entry, extension):
    """An entry in the terms of compare."""
    for key in ("published", "updated"):
        if entry.get(key):
            rfc822 = extension == "rss" and key == "published"
            date = parsedate_to_datetime(entry[key]) if rfc822 else datetime.fromisoformat(entry[key])
            entry[key] = int(date.timestamp())
    if extension == "json":
        # A kicker is no tag of JSON Feed.
        entry["labels"] = sorted(entry.pop("tags"))
    else:
        entry["tags"] = sorted(set(entry["tags"]))
    return entry


def by_newsboat():
    documents = 0
    for paper in papers():
        with Server(paper.folder) as server, tempfile.TemporaryDirectory() as folder:
            paper.settle(server.base)
            # The many plain stories are all alike to it, and it starts anew for each feed.
            urls = [url for url in feeds(server, paper, ("rss", "atom")) if "/articles/wire-" not in url]
            for url in urls:
                # newsboat knows an id once, whatever feed it came by: each feed gets a cache of its own.
                cache = Path(folder, "cache.db")
                cache.unlink(missing_ok=True)
                Path(folder, "urls").write_text(url + "\n")
                Path(folder, "config").write_text("")
                command = ["newsboat", "-u", f"{folder}/urls", "-C", f"{folder}/config", "-c", str(cache), "-x", "reload"]
                ran = subprocess.run(command, env={**os.environ, "HOME": folder}, capture_output=True, text=True)
                differ(url + " newsboat", (0, ""), (ran.returncode, ran.stderr))
                documents += 1
                store = sqlite3.connect(cache)
                rows = store.execute("SELECT guid, title, content, pubDate FROM rss_item ORDER BY id DESC").fetchall()
                store.close()
                entries = [dict(zip(("id", "title", "content", "published"), row)) for row in rows]
                compare_all(url, paper, entries)
    print(f"newsboat read {documents} documents")


def deploy():
    config = ROOT / "deploy/courant.toml"
    base = tomllib.loads(config.read_text())["base_url"]
    with Server(ROOT / "tests/data/sample", "--config", str(config)) as server:
        # What it prints is what the public sees; the listener is the one of this test.
        ready = get(server.operations + "/readyz")
        metrics = get(server.operations + "/metrics")
        differ("base_url of the example", base, server.base)
        if not metrics.strip():
            differ("/metrics", "lines", metrics)
        print(f"deploy/courant.toml: ready ({ready.strip()[:40]}), feeds name {server.base}")


if __name__ == "__main__":
    tasks = {"feedparser": by_feedparser, "feedsmith": by_feedsmith, "newsboat": by_newsboat, "deploy": deploy}
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        sys.exit(__doc__)
    tasks[sys.argv[1]]()
    for line in wrong:
        print(line)
    sys.exit(f"{len(wrong)} differences" if wrong else 0)
