-- What generation 6 adds: addresses that articles had elsewhere, and articles that were first published elsewhere.

-- Paths of this site that articles had before they came here. Those of an article that waits keep others from having them;
-- nothing public looks at them.
CREATE TABLE former_path (
    path      TEXT PRIMARY KEY,
    article   TEXT NOT NULL,
    is_public INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX former_path_article ON former_path (article);

-- It was first published elsewhere: sitemaps, which list canonical addresses, do not have it.
ALTER TABLE item ADD COLUMN is_elsewhere INTEGER NOT NULL DEFAULT 0;
