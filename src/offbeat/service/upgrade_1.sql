-- From version 1 to version 2: streams have the names of their channels and can be deleted, and rows of the log know
-- when they came. Files of version 1 may lack indexes, which were added to it over time.
CREATE TABLE streams_2 (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    clock TEXT NOT NULL,
    n_channels INTEGER NOT NULL,
    channels TEXT,
    deleted INTEGER
);
INSERT INTO streams_2 (id, model, key, clock, n_channels) SELECT id, model, key, clock, n_channels FROM streams;
DROP TABLE streams;
ALTER TABLE streams_2 RENAME TO streams;
CREATE UNIQUE INDEX streams_by_name ON streams (model, key) WHERE deleted IS NULL;
ALTER TABLE log ADD COLUMN stored REAL NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS chunks_by_place ON chunks (stream, first_at);
CREATE INDEX IF NOT EXISTS chunks_by_age ON chunks (stored);
CREATE INDEX IF NOT EXISTS events_by_time ON events (start_time);
CREATE INDEX IF NOT EXISTS events_open ON events (stream) WHERE status = 'open';
CREATE INDEX IF NOT EXISTS events_by_age ON events (stored) WHERE status != 'open';
CREATE INDEX IF NOT EXISTS events_unsaid ON events (stored) WHERE verdict IS NULL AND status != 'merged';
CREATE INDEX IF NOT EXISTS changes_by_age ON changes (stored);
