-- What generation 3 adds for photographs.

-- The renditions of photographs: each is shown while something public shows the photograph that it was made of.
CREATE TABLE rendition (
    hash     TEXT NOT NULL,
    original TEXT NOT NULL,
    kind     TEXT NOT NULL,
    PRIMARY KEY (hash, original)
) STRICT, WITHOUT ROWID;

-- Photographs that were brought in before are looked at once more: what they tell of places and people is not published
-- any longer. An article whose photographs told nothing gets no entry for it.
UPDATE file SET stat = '' WHERE article IN (SELECT article FROM item WHERE media IS NOT NULL);
