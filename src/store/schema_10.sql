-- What generation 10 changes: beside stories of the paper their photographs have no place in the paper's list.
UPDATE filing SET listed = NULL
    WHERE selection = 'all' AND listed IS NOT NULL AND item <> article
    AND EXISTS (SELECT 1 FROM filing story WHERE story.selection = 'all' AND story.item = story.article);
