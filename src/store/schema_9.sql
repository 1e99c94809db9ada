-- What generation 9 adds: the order of lists for people. An item is filed with the moment of its publication where it stands in
-- such lists; a caption without a photograph does not.
ALTER TABLE filing ADD COLUMN listed INTEGER;
UPDATE filing SET listed = (SELECT i.published FROM item i WHERE i.id = filing.item AND (i.kind = 'article' OR i.media IS NOT NULL))
    WHERE withdrawn = 0;
CREATE INDEX filing_listed ON filing (selection, listed DESC, article, position, item) WHERE listed IS NOT NULL;
