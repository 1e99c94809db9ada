// feed (npm) as a peer of the bench: see peer.rs for what it is asked.

import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Feed } from 'feed'

const fields = JSON.parse(readFileSync(process.argv[2], 'utf8'))
// Dates are at hand as the language has them, like everybody's.
fields.updated = new Date(fields.updated)
for (const item of fields.items) {
  item.published = new Date(item.published)
  item.updated = new Date(item.updated)
  item.people = item.authors.map((name) => ({ name }))
  item.categories = item.categories.map(({ term, scheme, label }) => ({ name: label, term, scheme, domain: scheme }))
}

const write = { rss: (feed) => feed.rss2(), atom: (feed) => feed.atom1(), json: (feed) => feed.json1() }

const build = (form) => {
  const feed = new Feed({
    id: fields.id,
    title: fields.title,
    description: fields.title,
    link: fields.page,
    language: fields.language,
    updated: fields.updated,
    author: { name: fields.publisher },
    feedLinks: fields.self,
    copyright: '',
  })
  for (const item of fields.items) {
    feed.addItem({
      id: item.id,
      guid: item.id,
      title: item.title,
      link: item.url,
      description: item.summary,
      content: item.html,
      // RSS has one date, that of publication.
      date: form === 'rss' ? item.published : item.updated,
      published: item.published,
      author: item.people,
      category: item.categories,
    })
  }
  return Buffer.from(write[form](feed))
}

for await (const line of createInterface({ input: process.stdin })) {
  const [form, path] = line.split(' ')
  const started = process.hrtime.bigint()
  const document = build(form)
  const taken = process.hrtime.bigint() - started
  if (path) writeFileSync(path, document)
  process.stdout.write(`${taken} ${document.length}\n`)
}
