"""feedgen as a peer of the bench: see peer.rs for what it is asked."""

import json
import sys
from datetime import datetime
from time import perf_counter_ns

from feedgen.feed import FeedGenerator

with open(sys.argv[1], encoding="utf-8") as file:
    fields = json.load(file)
# Dates are at hand as the language has them, like everybody's.
fields["updated"] = datetime.fromisoformat(fields["updated"])
for item in fields["items"]:
    item["published"] = datetime.fromisoformat(item["published"])
    item["updated"] = datetime.fromisoformat(item["updated"])


def build(form):
    feed = FeedGenerator()
    feed.load_extension("dc", atom=False, rss=True)
    feed.id(fields["id"])
    feed.title(fields["title"])
    feed.description(fields["title"])
    feed.language(fields["language"])
    feed.updated(fields["updated"])
    feed.lastBuildDate(fields["updated"])
    feed.author(name=fields["publisher"])
    feed.link(href=fields["page"], rel="alternate", type="text/html")
    feed.link(href=fields["self"][form], rel="self")
    for item in fields["items"]:
        entry = feed.add_entry(order="append")
        entry.id(item["id"])
        entry.title(item["title"])
        entry.link(href=item["url"], rel="alternate", type="text/html")
        entry.published(item["published"])
        entry.updated(item["updated"])
        entry.category(item["categories"])
        if form == "rss":
            entry.description(item["summary"])
            entry.content(item["html"], type="CDATA")
            entry.dc.dc_creator(item["authors"])
        else:
            entry.summary(item["summary"])
            entry.content(item["html"], type="html")
            entry.author([{"name": name} for name in item["authors"]])
    return feed.rss_str() if form == "rss" else feed.atom_str()


for line in sys.stdin:
    form, _, path = line.strip().partition(" ")
    started = perf_counter_ns()
    document = build(form)
    taken = perf_counter_ns() - started
    if path:
        with open(path, "wb") as file:
            file.write(document)
    print(taken, len(document), flush=True)
