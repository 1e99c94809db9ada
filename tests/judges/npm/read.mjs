// Reads feeds with feedsmith: an address on each line of standard input, on each line of standard output what the reader
// kept of that feed, as JSON in the terms of ../readers.py.

import { createInterface } from 'node:readline'
import { parseFeed } from 'feedsmith'

const texts = (values) => (values ?? []).map((value) => value.value ?? value)

const photographs = (media) =>
  (media?.contents ?? []).map((content) => ({
    caption: content.description?.value,
    // Media RSS has no place for it; it is in the content.
    alt: null,
    credits: texts(content.credits),
    terms: content.copyright?.value ?? null,
    type: content.type,
  }))

const kept = {
  rss: (item) => ({
    id: item.guid?.value,
    title: item.title,
    content: item.content?.encoded,
    summary: item.description,
    published: item.pubDate,
    updated: item.dcterms?.modified?.[0],
    authors: item.dc?.creators ?? [],
    contributors: item.dc?.contributors ?? [],
    tags: (item.categories ?? []).map((category) => category.name),
    photographs: photographs(item.media),
  }),
  atom: (entry) => ({
    id: entry.id,
    title: entry.title?.value ?? entry.title,
    content: entry.content?.value,
    summary: entry.summary?.value ?? entry.summary,
    published: entry.published,
    updated: entry.updated,
    authors: (entry.authors ?? []).map((person) => person.name),
    contributors: (entry.contributors ?? []).map((person) => person.name),
    tags: (entry.categories ?? []).map((category) => category.label),
    photographs: photographs(entry.media),
  }),
  json: (item) => ({
    id: item.id,
    title: item.title,
    content: item.content_html,
    summary: item.summary,
    published: item.date_published,
    updated: item.date_modified,
    authors: (item.authors ?? []).map((person) => person.name),
    tags: item.tags ?? [],
    types: (item.attachments ?? []).map((attachment) => attachment.mime_type),
  }),
}

const older = {
  rss: (feed) => linked(feed.atom?.links),
  atom: (feed) => linked(feed.links),
  json: (feed) => feed.next_url ?? null,
}

const linked = (links) => (links ?? []).find((link) => link.rel === 'prev-archive')?.href ?? null

for await (const url of createInterface({ input: process.stdin })) {
  const answer = await fetch(url)
  const { format, feed } = parseFeed(await answer.text())
  const entries = (feed.items ?? feed.entries ?? []).map(kept[format])
  const title = feed.title?.value ?? feed.title
  process.stdout.write(`${JSON.stringify({ url, status: answer.status, format, title, older: older[format](feed), entries })}\n`)
}
