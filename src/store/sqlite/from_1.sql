-- From the schema of generation 1 to that of generation 2; schema.sql says what the tables are for.

CREATE INDEX item_published ON item (published) WHERE kind = 'article' AND status = 'usable';

DROP INDEX filing_article;
CREATE UNIQUE INDEX filing_article ON filing (article, selection, item);

CREATE TABLE archived (
    selection TEXT NOT NULL,
    segment   INTEGER NOT NULL,
    item      TEXT NOT NULL,
    PRIMARY KEY (selection, segment, item)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX archived_item ON archived (item, selection);

CREATE TABLE unarchived (
    selection TEXT NOT NULL,
    item      TEXT NOT NULL,
    PRIMARY KEY (selection, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX touch_seq ON touch (seq);
