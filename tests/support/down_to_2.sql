-- Makes a store one of the second schema, as far as what came later can be taken away.
DROP TABLE rendition;
DROP TABLE pending;
DROP TABLE token;
DROP TABLE once;
DROP TABLE upload;
DROP TABLE unseen;
DROP TABLE dropped;
DROP INDEX item_usage_ends;
DROP INDEX log_item;
DROP INDEX item_section;
ALTER TABLE item DROP COLUMN removal;
ALTER TABLE item DROP COLUMN notice;
ALTER TABLE item DROP COLUMN usage_ends;
ALTER TABLE item DROP COLUMN expired;
ALTER TABLE item DROP COLUMN by_api;
PRAGMA user_version = 2;
