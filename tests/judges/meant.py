"""What the papers of the tests mean, read without courant: every item as a person must see it, by its id."""

import json
import re
import subprocess
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYTHING = ROOT / "target/debug/examples/everything"

# Media types by the ends of file names.
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}


class Paper:
    """A folder of items, with what readers must find of it."""

    def __init__(self, folder, meant):
        self.folder = folder
        self.name = meant["title"]
        self.items = {item["id"]: timed(item) for item in meant["items"]}
        self.withdrawn = set(meant["withdrawn"])
        # What Atom has in place of a guid that is no IRI.
        self.aliases = meant["aliases"]
        self.never = meant["never"]
        # The kinds of the main feed, and the named feeds.
        self.main = meant["main"]
        self.feeds = meant["feeds"]

    def selection(self, stem):
        """The ids that a feed and its archives have between them, where archives are."""
        if stem == "feed":
            return {id for id, item in self.items.items() if item["kind"] in self.main}
        if stem.startswith("sections/"):
            section = stem.removeprefix("sections/")
            return {id for id, item in self.items.items() if item["kind"] == "article" and item["section"] == section}
        return set()

    def articles(self):
        return [item for item in self.items.values() if item["kind"] == "article"]

    def settle(self, base):
        """Waits until a server at `base` serves the paper as it is meant."""


class Everything(Paper):
    """The paper with everything in it, whose second and third editions come while the server runs."""

    def __init__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="everything-")
        folder = Path(self.temporary.name)
        self.write(folder, 1)
        super().__init__(folder, json.loads(self.write(None, 3)))

    def write(self, folder, edition):
        with tempfile.TemporaryDirectory() as nowhere:
            command = [EVERYTHING, folder or nowhere, str(edition)]
            return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def settle(self, base):
        self.write(self.folder, 2)
        for slug in ("gone-plain", "gone-with-guid", "gone-with-words", "put-back"):
            until(f"{base}/articles/{slug}", lambda status, _: status == 410)
        until(f"{base}/sections/city.json", lambda _, body: "seven to two" in body)
        until(f"{base}/articles/moved.json", lambda _, body: "Harbour" in body)
        until(f"{base}/articles/one-caption-less.json", lambda _, body: "WITHDRAWN" not in body)
        self.write(self.folder, 3)
        until(f"{base}/articles/put-back", lambda status, _: status == 200)


def until(url, found):
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                status, body = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, body = error.code, ""
        if found(status, body):
            return
        time.sleep(0.1)
    raise SystemExit(f"{url} never came to what the files say")


def papers():
    return [Paper(folder, read(folder)) for folder in (ROOT / "items", ROOT / "tests/data/sample")] + [Everything()]


def timed(item):
    for key in ("published", "updated"):
        if isinstance(item[key], str):
            item[key] = datetime.fromisoformat(item[key])
        item[key] = item[key] and int(item[key].timestamp())
    return item


def read(folder):
    """The item files; a story whose date is still to come is not public yet."""
    publication = tomllib.loads((folder / "publication.toml").read_text(encoding="utf-8"))
    sections = {section["slug"]: section["title"] for section in publication.get("sections", [])}
    items = []
    for path in sorted(folder.glob("*/*/article.md")):
        _, front, body = re.split(r"^\+\+\+[ \t]*\n", path.read_text(encoding="utf-8"), maxsplit=2, flags=re.M)
        article = tomllib.loads(front)
        if article["published"] > datetime.now(timezone.utc):
            continue
        captions = article.get("captions", [])
        credits = [caption["credit"] for caption in captions if "credit" in caption]
        items.append({
            "kind": "article",
            "id": article.get("guid", article["id"]),
            "slug": path.parent.name,
            "section": path.parent.parent.name,
            "section_title": sections[path.parent.parent.name],
            "title": article["headline"],
            "text": whole(article, body, captions),
            # A correction stands before the parts.
            "body": squeezed(article.get("public_note", "")) + unmarked(body),
            "published": article["published"],
            "updated": article.get("updated"),
            "authors": article.get("authors", []),
            "contributors": credits,
            "tags": article.get("tags", []),
            "kicker": article.get("kicker"),
            "photographs": [photograph(caption) for caption in captions if "image" in caption],
        })
        for caption in captions:
            items.append({
                "kind": "caption",
                "id": caption["id"],
                "section": path.parent.parent.name,
                "title": caption["text"],
                "text": printed(caption),
                "published": article["published"],
                "updated": None,
                "authors": [caption["credit"]] if "credit" in caption else [],
                "contributors": [],
                "tags": [],
                "kicker": None,
                "photographs": [photograph(caption)] if "image" in caption else [],
            })
    return {
        "title": publication["title"],
        "main": [kind.removesuffix("s") for kind in publication.get("main_feed", ["articles"])],
        "feeds": {},
        "items": items,
        "withdrawn": [],
        "aliases": {},
        "never": [],
    }


def photograph(caption):
    return {
        "caption": caption["text"],
        "alt": caption.get("alt"),
        "credits": [caption[key] for key in ("credit", "source") if key in caption],
        "terms": caption.get("usage_terms"),
        "type": TYPES[caption["image"].rsplit(".", 1)[1]],
    }


def squeezed(text):
    """Without white space."""
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


def whole(article, body, captions):
    """All that an article's content must say, in its order."""
    head = [article[key] for key in ("public_note", "kicker", "deck", "dateline") if key in article]
    text = squeezed("".join(head)) + unmarked(body)
    return text + "".join(map(printed, captions)) + squeezed(article.get("source", ""))
