-- What generation 6 adds: which version of an agency's item was taken last, what photographs are called by others, addresses
-- that articles had elsewhere, and articles that were first published elsewhere.

-- The version of the item that an article or an uploaded photograph was last made of: an older one does not overwrite it.
CREATE TABLE received (
    item    TEXT PRIMARY KEY,
    version TEXT,
    created INTEGER,
    -- The section that the document named.
    section TEXT,
    -- A hash of what was made of it: another now means that a desk changed it since.
    print   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What uploaded photographs are called beside their names: by the Slug that came with them, and by the uri and the
-- addresses of the items that speak of them.
CREATE TABLE called (
    name   TEXT PRIMARY KEY,
    upload TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX called_upload ON called (upload);

-- Items that are pictures, whose photographs have not come yet.
CREATE TABLE awaited (
    seq  INTEGER PRIMARY KEY,
    uri  TEXT NOT NULL UNIQUE,
    -- What it says, as JSON.
    item TEXT NOT NULL
) STRICT;
CREATE TABLE awaited_name (
    name TEXT NOT NULL,
    uri  TEXT NOT NULL,
    PRIMARY KEY (name, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX awaited_name_uri ON awaited_name (uri);

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
