-- What generation 2 adds to the tables of schema.sql: archives, and indexes for sitemaps and for what was touched.

CREATE INDEX item_published ON item (published) WHERE kind = 'article' AND status = 'usable';
CREATE INDEX former_article ON former (article);

-- How many public articles each month of UTC has, as 2025-02: so many sitemaps it needs.
CREATE TABLE sitemap (
    month    TEXT PRIMARY KEY,
    articles INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sitemap (month, articles)
SELECT strftime('%Y-%m', published / 1000, 'unixepoch'), count(*) FROM item
WHERE kind = 'article' AND status = 'usable' GROUP BY 1;

-- Unique, so that an item's place in a selection is known to be one row.
DROP INDEX filing_article;
CREATE UNIQUE INDEX filing_article ON filing (article, selection, item);

-- Items that stand in a closed segment of their selection's archive (RFC 5005 §4). The place is kept for good, also while
-- the item is filed elsewhere or withdrawn: then the segment does not give it.
CREATE TABLE archived (
    selection TEXT NOT NULL,
    segment   INTEGER NOT NULL,
    item      TEXT NOT NULL,
    PRIMARY KEY (selection, segment, item)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX archived_item ON archived (item, selection);

-- Items that stand in no closed segment yet; the selection's feed holds them until one takes them up.
CREATE TABLE unarchived (
    selection TEXT NOT NULL,
    item      TEXT NOT NULL,
    PRIMARY KEY (selection, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX touch_seq ON touch (seq);
