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
