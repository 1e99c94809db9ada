-- What the nodes that share a schema of PostgreSQL agree by; a file of SQLite has one server and no such tables.

-- The one row that a writer locks first: the number of transactions that changed something, the newest entry, and the second
-- before which no entry is dated any more.
CREATE TABLE IF NOT EXISTS head (
    one      BIGINT PRIMARY KEY CHECK (one = 1),
    writes   BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    time     BIGINT NOT NULL,
    promised BIGINT NOT NULL
) WITH (fillfactor = 10);
-- The last transaction of each session that writes, by which it finds out whether one was committed that got no answer.
CREATE TABLE IF NOT EXISTS receipt (
    session TEXT COLLATE "C" PRIMARY KEY,
    number  BIGINT NOT NULL,
    time    BIGINT NOT NULL
) WITH (fillfactor = 50);
-- What one node alone does, and until when, by the database's clock.
CREATE TABLE IF NOT EXISTS lease (
    name   TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until  BIGINT NOT NULL
);
