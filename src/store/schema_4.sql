-- What generation 4 adds: whole answers to requests that come again, and who did what that no reader sees.

-- The answer that a request with an Idempotency-Key was given, as JSON; none where it has not been given yet, or where
-- what it says was killed.
ALTER TABLE once ADD COLUMN answer TEXT;
CREATE INDEX once_item ON once (item);

-- Writes that stand in no entry of the log, which tells of what is public: drafts and schedules, remarks of the desk,
-- photographs that are uploaded. Who reads the log alone does not learn of them, not even by a gap.
CREATE TABLE unseen (
    seq   INTEGER PRIMARY KEY,
    time  INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    item  TEXT NOT NULL,
    -- Where it is filed, as section/slug.
    filed TEXT,
    due   INTEGER,
    actor TEXT NOT NULL,
    -- Why it came to this, where nobody asked for it.
    note  TEXT
) STRICT;
CREATE INDEX unseen_item ON unseen (item);

-- Photographs and renditions whose files go unless something else has them. The addresses of those that were killed say
-- so for ever; the others are forgotten with their files.
CREATE TABLE dropped (
    hash    TEXT PRIMARY KEY,
    killed  INTEGER NOT NULL,
    is_done INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX dropped_ahead ON dropped (hash) WHERE is_done = 0;
INSERT INTO dropped (hash, killed, is_done)
    SELECT media, 1, 0 FROM item WHERE removal IN ('killed', 'forbidden') AND media IS NOT NULL
    UNION
    SELECT r.hash, 1, 0 FROM rendition r JOIN item i ON i.media = r.original WHERE i.removal IN ('killed', 'forbidden');

-- What was uploaded and then killed is gone with what it said of itself, and so are the notes of its corrections.
DELETE FROM upload WHERE json_extract(photograph, '$.hash') IN (SELECT hash FROM dropped)
    AND NOT EXISTS (SELECT 1 FROM item WHERE media = json_extract(photograph, '$.hash')
        AND coalesce(removal, '') NOT IN ('killed', 'forbidden'))
    AND NOT EXISTS (SELECT 1 FROM pending WHERE instr(content, name) > 0);
UPDATE log SET note = NULL WHERE kind <> 'kill'
    AND item IN (SELECT id FROM item WHERE removal IN ('killed', 'forbidden'));

-- Lists of a section's articles, by their dates.
CREATE INDEX item_section ON item (section, published DESC, id) WHERE kind = 'article' AND status = 'usable';
