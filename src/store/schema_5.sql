-- What generation 5 adds: indexes, so that no write goes through all that waits.

CREATE INDEX pending_guid ON pending (json_extract(content, '$.guid'))
    WHERE json_extract(content, '$.guid') IS NOT NULL;
CREATE INDEX pending_section ON pending (section);
