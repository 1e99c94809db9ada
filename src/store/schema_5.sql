-- What generation 5 adds: what is killed leaves no word in the store's files, and no write goes through all that waits.

-- Fingerprints of what an article that was killed was known by: its addresses, its file, what that held. The words
-- themselves go with it, and still its old address says that it is gone, and its file does not bring it back.
CREATE TABLE gone (
    print   TEXT PRIMARY KEY,
    article TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_article ON gone (article);

-- Touches whose keys say a name that only killed items had. They go when all caches in front were told of them.
CREATE TABLE forgotten (
    selection TEXT PRIMARY KEY,
    seq       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO forgotten (selection, seq)
    SELECT n.kind || '/' || n.slug, (SELECT coalesce(max(seq), 0) FROM log) FROM name n
    WHERE EXISTS (SELECT 1 FROM filing f WHERE f.selection = n.kind || '/' || n.slug)
      AND NOT EXISTS (SELECT 1 FROM filing f JOIN item i ON i.id = f.item
          WHERE f.selection = n.kind || '/' || n.slug AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden'));
DELETE FROM filing WHERE selection IN (SELECT selection FROM forgotten);
DELETE FROM name WHERE kind || '/' || slug IN (SELECT selection FROM forgotten);

-- The ids of captions of articles that wait, and all that files name which do: no other article may take them meanwhile.
CREATE TABLE reserved (
    id      TEXT PRIMARY KEY,
    article TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX reserved_article ON reserved (article);
INSERT OR IGNORE INTO reserved (id, article)
    SELECT json_extract(c.value, '$.id'), p.article FROM pending p, json_each(p.content, '$.captions') c
    WHERE json_extract(c.value, '$.id') IS NOT NULL;

-- The key of a request about what was killed is kept as a fingerprint.
ALTER TABLE once ADD COLUMN is_print INTEGER NOT NULL DEFAULT 0;

-- Nobody chose the slug: the article that waits takes another where its address is wanted before its time.
ALTER TABLE pending ADD COLUMN is_slug_made INTEGER NOT NULL DEFAULT 0;

CREATE INDEX pending_guid ON pending (json_extract(content, '$.guid'))
    WHERE json_extract(content, '$.guid') IS NOT NULL;
CREATE INDEX pending_section ON pending (section);

-- Files whose time has not come: nothing else takes the addresses that they will have, and what is overdue is told.
CREATE TABLE waiting_file (
    path    TEXT PRIMARY KEY,
    slug    TEXT NOT NULL,
    article TEXT NOT NULL,
    due     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_file_slug ON waiting_file (slug);
CREATE INDEX waiting_file_due ON waiting_file (due);
CREATE INDEX unseen_miss ON unseen (seq) WHERE kind = 'miss';

-- Photographs of uploads that were refused or broken off when their files were kept already: surely this paper's, however
-- many they are.
CREATE TABLE left_over (
    hash TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- The photographs and renditions that the captions of what waits show, and by which names, those of uploads, and the names
-- that captions still have whose right has ended: who has a photograph is told without a look into texts.
CREATE TABLE pending_photograph (
    hash    TEXT NOT NULL,
    name    TEXT NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (hash, name, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_photograph_name ON pending_photograph (name);
CREATE INDEX pending_photograph_article ON pending_photograph (article);
INSERT OR IGNORE INTO pending_photograph (hash, name, article)
    SELECT json_extract(c.value, '$.image.photograph.hash'), json_extract(c.value, '$.image.name'), p.article
        FROM pending p, json_each(p.content, '$.captions') c
        WHERE json_extract(c.value, '$.image.photograph.hash') IS NOT NULL
    UNION
    SELECT json_extract(r.value, '$.hash'), json_extract(c.value, '$.image.name'), p.article
        FROM pending p, json_each(p.content, '$.captions') c,
            json_each(c.value, '$.image.photograph.renditions') r;

CREATE TABLE upload_photograph (
    hash   TEXT NOT NULL,
    upload TEXT NOT NULL,
    PRIMARY KEY (hash, upload)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_photograph_upload ON upload_photograph (upload);
INSERT INTO upload_photograph (hash, upload)
    SELECT json_extract(photograph, '$.hash'), id FROM upload
    UNION
    SELECT json_extract(r.value, '$.hash'), u.id FROM upload u, json_each(u.photograph, '$.renditions') r;

CREATE TABLE expired_photograph (
    caption TEXT PRIMARY KEY,
    name    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX expired_photograph_name ON expired_photograph (name);
INSERT INTO expired_photograph (caption, name)
    SELECT i.id, json_extract(r.content, '$.image.name') FROM item i
        JOIN revision r ON r.item = i.id AND r.revision = i.revision
    WHERE i.expired = 1 AND i.kind = 'caption' AND coalesce(i.removal, '') NOT IN ('killed', 'forbidden')
        AND json_extract(r.content, '$.image.name') IS NOT NULL;
