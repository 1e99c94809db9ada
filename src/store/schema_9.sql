-- What generation 9 adds: the order of lists for people. An item is filed with the moment of its publication where it stands in
-- such lists; a caption without a photograph does not, nor does anything in an article's own selection, which is no list.
ALTER TABLE filing ADD COLUMN listed INTEGER;
UPDATE filing SET listed = (SELECT i.published FROM item i WHERE i.id = filing.item AND (i.kind = 'article' OR i.media IS NOT NULL))
    WHERE withdrawn = 0 AND NOT (selection BETWEEN 'article/' AND 'article0');
CREATE INDEX filing_listed ON filing (selection, listed DESC, article, position, item) WHERE listed IS NOT NULL;
