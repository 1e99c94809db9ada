-- What generation 7 adds: where articles are filed that are not public, too, so that a section is changed or taken away without
-- a look at all articles of the others.

CREATE INDEX item_filed ON item (section, id) WHERE kind = 'article';
