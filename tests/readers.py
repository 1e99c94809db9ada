#!/usr/bin/env python3
"""Readers that people use, reading a running courant: what they show is compared with what the item files say.

    readers.py feedparser   every RSS and Atom feed of both papers through feedparser (PyPI)
    readers.py newsboat     the same feeds through newsboat, by its own cache
    readers.py deploy       the example configuration starts a server that answers

The program is target/debug/courant, or what COURANT names. Exits 1 with a line for each difference.
"""

import html
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COURANT = os.environ.get("COURANT", str(ROOT / "target/debug/courant"))
PAPERS = [ROOT / "items", ROOT / "tests/sample"]
BLOCKS = {"p", "h2", "h3", "h4", "li", "figcaption", "br", "td", "th", "tr", "blockquote", "ul", "ol", "table", "figure"}

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
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
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


def articles(items):
    """The item files, read without courant; a story whose date is still to come is not public yet."""
    for path in sorted(items.glob("*/*/article.md")):
        _, front, body = re.split(r"^\+\+\+[ \t]*\n", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.M)
        article = tomllib.loads(front)
        if article["published"] > datetime.now(timezone.utc):
            continue
        article["slug"] = path.parent.name
        article["section"] = path.parent.parent.name
        article["body"] = body
        article.setdefault("captions", [])
        yield article


def feeds(server, articles):
    """Every feed there is, without its extension. No page lists all tags and people, so their slugs are the store's."""
    with sqlite3.connect(f"file:{server.data}/courant.db?mode=ro", uri=True) as store:
        stems = [f"{kind}s/{slug}" for kind, slug in store.execute("SELECT kind, slug FROM name")]
    store.close()
    stems += ["feed", "captions"]
    stems += [f"articles/{article['slug']}" for article in articles]
    stems += [f"sections/{article['section']}" for article in articles]
    return [f"{server.base}/{stem}" for stem in sorted(set(stems))]


def seen(markup):
    """What a person sees of HTML, without white space."""
    text = re.sub(r"<[^>]*>", "", markup)
    return squeezed(html.unescape(text))


def squeezed(text):
    return "".join(text.split())


def unmarked(markdown):
    """Markdown of these papers as a person sees it, without white space."""
    plain = []
    for line in markdown.splitlines():
        line = line.lstrip("#> ")
        if line.startswith("|") and not re.search(r"\w", line):
            continue
        line = re.sub(r"^(\d+\.|-) ", "", line)
        plain.append(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", line))
    return squeezed(re.sub(r"[*|]", "", "".join(plain)))


def printed(caption):
    names = [caption[key] for key in ("credit", "source") if key in caption]
    return squeezed(caption["text"] + " / ".join(names))


def whole(article):
    """All that an article's content must say, in its order."""
    head = [article[key] for key in ("public_note", "kicker", "deck", "dateline") if key in article]
    text = squeezed("".join(head)) + unmarked(article["body"])
    return text + "".join(map(printed, article["captions"])) + squeezed(article.get("source", ""))


def known(articles):
    """What an id means: title, text and date."""
    by_id = {}
    for article in articles:
        by_id[article.get("guid", article.get("id"))] = ("article", article, article)
        for caption in article["captions"]:
            by_id[caption["id"]] = ("caption", caption, article)
    return by_id


def compare(where, by_id, id, title, content, published):
    """True where the entry is an article or caption; parts have ids that no file names."""
    if id not in by_id:
        return False
    kind, item, article = by_id[id]
    where = f"{where} {id}"
    if kind == "article":
        differ(where + " title", item["headline"], title)
        differ(where + " text", whole(item), seen(content))
    else:
        if not item["text"].startswith(title.rstrip("…")):
            differ(where + " title", item["text"], title)
        differ(where + " caption", printed(item), seen(content))
    differ(where + " date", int(article["published"].timestamp()), published)
    return True


def parts(where, article, contents):
    """The parts of an article's own feed make up its text; headings without text stand only in the whole."""
    text = "".join(map(seen, contents))
    body = unmarked(article["body"])
    if not text or not body.startswith(text) or len(body) - len(text) > 40:
        differ(where + " parts", body, text)


def by_feedparser():
    import calendar

    import feedparser

    documents = 0
    for items in PAPERS:
        told = list(articles(items))
        by_id = known(told)
        with Server(items) as server:
            stems = feeds(server, told)
            met = set()
            for stem in stems:
                ids = {}
                for extension in ("rss", "atom"):
                    url = f"{stem}.{extension}"
                    feed = feedparser.parse(url)
                    documents += 1
                    differ(url + " status", 200, feed.get("status"))
                    differ(url + " bozo", False, bool(feed.bozo))
                    differ(url + " version", "rss20" if extension == "rss" else "atom10", feed.version)
                    ids[extension] = [entry.id for entry in feed.entries]
                    left = []
                    for entry in feed.entries:
                        content = entry.content[0].value
                        date = calendar.timegm(entry.published_parsed)
                        if compare(url, by_id, entry.id, entry.title, content, date):
                            met.add(entry.id)
                            people(f"{url} {entry.id}", by_id[entry.id], entry)
                        else:
                            left.append(content)
                    if "/articles/" in stem:
                        slug = stem.rsplit("/", 1)[1]
                        parts(url, next(one for one in told if one["slug"] == slug), left)
                    else:
                        differ(url + " unknown entries", [], left)
                differ(stem + " ids", ids["rss"], ids["atom"])
            differ(f"{items} items in no feed", set(), set(by_id) - met)
    print(f"feedparser {feedparser.__version__} read {documents} documents")


def people(where, known, entry):
    kind, item, _ = known
    names = item.get("authors", []) if kind == "article" else [item[key] for key in ("credit",) if key in item]
    found = [author.get("name") for author in entry.get("authors", []) if author.get("name")]
    differ(where + " authors", names, found)
    captions = item["captions"] if kind == "article" else [item]
    shown = [caption for caption in captions if "image" in caption]
    differ(where + " photographs", len(shown), len(entry.get("media_content", [])))
    credits = [caption[key] for caption in shown for key in ("credit", "source") if key in caption]
    differ(where + " credits", credits, [credit["content"] for credit in entry.get("media_credit", [])])


def by_newsboat():
    documents = 0
    for items in PAPERS:
        told = list(articles(items))
        by_id = known(told)
        with Server(items) as server, tempfile.TemporaryDirectory() as folder:
            for url in [f"{stem}.{extension}" for stem in feeds(server, told) for extension in ("rss", "atom")]:
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
                left = []
                rows = store.execute("SELECT guid, title, content, pubDate FROM rss_item ORDER BY id DESC").fetchall()
                store.close()
                if not rows:
                    differ(url + " entries", "some", "none")
                for guid, title, content, date in rows:
                    if not compare(url, by_id, guid, title, content, date):
                        left.append(content)
                if "/articles/" not in url:
                    differ(url + " unknown entries", [], left)
    print(f"newsboat read {documents} documents")


def deploy():
    config = ROOT / "deploy/courant.toml"
    base = tomllib.loads(config.read_text())["base_url"]
    with Server(ROOT / "tests/sample", "--config", str(config)) as server:
        # What it prints is what the public sees; the listener is the one of this test.
        ready = get(server.operations + "/readyz")
        metrics = get(server.operations + "/metrics")
        differ("base_url of the example", base, server.base)
        if not metrics.strip():
            differ("/metrics", "lines", metrics)
        print(f"deploy/courant.toml: ready ({ready.strip()[:40]}), feeds name {server.base}")


if __name__ == "__main__":
    tasks = {"feedparser": by_feedparser, "newsboat": by_newsboat, "deploy": deploy}
    if len(sys.argv) != 2 or sys.argv[1] not in tasks:
        sys.exit(__doc__)
    tasks[sys.argv[1]]()
    for line in wrong:
        print(line)
    sys.exit(f"{len(wrong)} differences" if wrong else 0)
