-- What generation 7 adds: where articles are filed that are not public, too, so that a section is changed or taken away without
-- a look at all articles of the others; and recordings.

CREATE INDEX item_filed ON item (section, id) WHERE kind = 'article';

-- Sound and film that articles have, public or not, as files that are kept here.
CREATE TABLE recording (
    hash    TEXT NOT NULL,
    article TEXT NOT NULL,
    -- The extension of its file.
    kind    TEXT NOT NULL,
    PRIMARY KEY (hash, article, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX recording_article ON recording (article);

-- Those that were uploaded, and when: nothing has to name them yet.
CREATE TABLE uploaded_recording (
    hash        TEXT PRIMARY KEY,
    uploaded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX uploaded_recording_time ON uploaded_recording (uploaded_at);
