-- The store's tables, as generation 1 had them; schema_2.sql adds to them. Times are milliseconds since 1970 UTC. The
-- statements that use these tables are written in the SQL that SQLite and PostgreSQL share; STRICT and WITHOUT ROWID are
-- SQLite's own.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The change log: small rows, never changed. Texts live in revisions.
CREATE TABLE log (
    seq      INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    item     TEXT,
    revision INTEGER,
    before   TEXT,
    after    TEXT,
    actor    TEXT NOT NULL,
    note     TEXT
) STRICT;

-- Articles and captions as they stand. A caption's article is its owner; an article owns itself.
CREATE TABLE item (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    article      TEXT NOT NULL,
    position     INTEGER NOT NULL,
    slug         TEXT,
    guid         TEXT,
    section      TEXT,
    status       TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    significant  INTEGER NOT NULL,
    stamp        INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    withdrawn_at INTEGER,
    size         INTEGER NOT NULL,
    media        TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX item_article ON item (article, position);
CREATE INDEX item_guid ON item (guid) WHERE guid IS NOT NULL;
CREATE UNIQUE INDEX item_slug ON item (slug) WHERE slug IS NOT NULL;
CREATE UNIQUE INDEX item_stamp ON item (stamp);
CREATE INDEX item_media ON item (media) WHERE media IS NOT NULL;

-- What items said at each revision.
CREATE TABLE revision (
    item     TEXT NOT NULL,
    revision INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (item, revision)
) STRICT;

-- Which selections take an item, in the order of feeds.
CREATE TABLE filing (
    selection TEXT NOT NULL,
    activity  INTEGER NOT NULL,
    article   TEXT NOT NULL,
    position  INTEGER NOT NULL,
    item      TEXT NOT NULL,
    size      INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    PRIMARY KEY (selection, activity DESC, article, position, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX filing_article ON filing (article);

-- The newest log entry that altered what a selection gives; '*' is every selection.
CREATE TABLE touch (
    selection TEXT PRIMARY KEY,
    seq       INTEGER NOT NULL,
    time      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The slugs of tags and people, fixed when first seen.
CREATE TABLE name (
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (kind, slug),
    UNIQUE (kind, name)
) STRICT, WITHOUT ROWID;

-- Slugs that articles had before.
CREATE TABLE former (
    slug    TEXT PRIMARY KEY,
    article TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Item files as they were last read: an unchanged stat spares the reading, an unchanged digest the parsing.
CREATE TABLE file (
    path    TEXT PRIMARY KEY,
    article TEXT NOT NULL,
    stat    TEXT NOT NULL,
    digest  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_article ON file (article);
