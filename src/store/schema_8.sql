-- What generation 8 adds: columns for what was looked for in texts, so that every engine has an index for it.

-- The address that the picture is served at.
ALTER TABLE upload ADD COLUMN hash TEXT NOT NULL DEFAULT '';
UPDATE upload SET hash = json_extract(photograph, '$.hash');
DROP INDEX IF EXISTS upload_hash;
CREATE INDEX upload_hash ON upload (hash);

-- The guid that the article will have.
ALTER TABLE pending ADD COLUMN guid TEXT;
UPDATE pending SET guid = json_extract(content, '$.guid');
DROP INDEX IF EXISTS pending_guid;
CREATE INDEX pending_guid ON pending (guid) WHERE guid IS NOT NULL;

-- What changed in a selection since an entry of the log. An item is filed with the entry that last altered what is said of it,
-- and with the first entry of the transaction that filed it so; where it was filed before is kept for a while, from that
-- entry on up to the first one of the transaction that filed it otherwise. What was filed before this generation is taken
-- for unknown: the entry of the row in meta is the first whose windows are known.
ALTER TABLE filing ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE filing ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
CREATE TABLE filing_before (
    selection TEXT NOT NULL,
    activity  INTEGER NOT NULL,
    article   TEXT NOT NULL,
    position  INTEGER NOT NULL,
    item      TEXT NOT NULL,
    size      INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (selection, item, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX filing_before_selection ON filing_before (selection, until);
CREATE INDEX filing_before_until ON filing_before (until);
INSERT INTO meta (key, value) SELECT 'changes_known_from', CAST(coalesce(max(seq), 0) AS TEXT) FROM log WHERE true
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- The first entry of the transaction that closed the segment.
ALTER TABLE archived ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX archived_seq ON archived (selection, seq);

-- The entries behind which every window may be another.
CREATE INDEX log_whole ON log (seq) WHERE kind IN ('settings', 'rendering', 'restore');
