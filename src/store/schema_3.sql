-- What generation 3 adds: the ways in which an item is taken away, rights that end, items that wait for their time, and
-- who may write.

-- How an item was taken away, by the words of Removal; one that went before this generation was withdrawn.
ALTER TABLE item ADD COLUMN removal TEXT;
-- What the desk says in place of what it retracted.
ALTER TABLE item ADD COLUMN notice TEXT;
-- The day on which the right to use a photograph ends, as long as it has not come.
ALTER TABLE item ADD COLUMN usage_ends INTEGER;
-- The right has ended: the photograph is not shown.
ALTER TABLE item ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
-- It came by the write API, and no file changes its text.
ALTER TABLE item ADD COLUMN by_api INTEGER NOT NULL DEFAULT 0;
UPDATE item SET removal = 'withdrawn' WHERE status = 'canceled';
CREATE INDEX item_usage_ends ON item (usage_ends) WHERE usage_ends IS NOT NULL;
CREATE INDEX log_item ON log (item) WHERE item IS NOT NULL;

-- Articles that are not public yet: drafts, and those that wait for their time. Nothing public looks here.
CREATE TABLE pending (
    article    TEXT PRIMARY KEY,
    section    TEXT NOT NULL,
    slug       TEXT NOT NULL UNIQUE,
    due        INTEGER,
    changed_at INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    content    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_due ON pending (due) WHERE due IS NOT NULL;

-- Who may write, or read what is not public. Of a token only its SHA-256 is kept.
CREATE TABLE token (
    id         TEXT PRIMARY KEY,
    hash       TEXT NOT NULL,
    name       TEXT NOT NULL,
    scope      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_name ON token (name);

-- Requests that carried an Idempotency-Key, and what came of them.
CREATE TABLE once (
    actor       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    time        INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    item        TEXT NOT NULL,
    PRIMARY KEY (actor, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_time ON once (time);

-- Photographs that came by the write API, under names that stay when a picture is replaced.
CREATE TABLE upload (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    photograph TEXT NOT NULL,
    said       TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- By the address that a picture is served at.
CREATE INDEX upload_hash ON upload (json_extract(photograph, '$.hash'));
