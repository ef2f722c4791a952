CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    clock TEXT NOT NULL,          -- what places are: time, or seq
    n_channels INTEGER NOT NULL,
    UNIQUE (model, key)
);
-- What was committed and is in no chunk yet: one row a transaction, the streams and their numbers of points, then their
-- blocks.
CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    streams BLOB NOT NULL,
    blocks BLOB NOT NULL
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams,
    n INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    stored INTEGER NOT NULL,      -- seconds from 1970, when it was written
    block BLOB NOT NULL
);
CREATE INDEX chunks_by_place ON chunks (stream, first_at);
CREATE INDEX chunks_by_age ON chunks (stored);
-- What a stream remembers after its last chunk; the points in the log since then bring it up to date.
CREATE TABLE states (
    stream INTEGER PRIMARY KEY REFERENCES streams,
    n_points INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    newest TEXT NOT NULL,         -- time, score and level of the last point
    fingerprint TEXT NOT NULL,
    first INTEGER NOT NULL,       -- the point at which the detector began, when a new model took over
    arrays BLOB NOT NULL
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL REFERENCES streams,
    known_at INTEGER NOT NULL,    -- the number of the point at which it was known: an event is recognised by it
    known_time INTEGER NOT NULL,
    stored INTEGER NOT NULL,      -- seconds from 1970, when it was written last
    status TEXT NOT NULL,         -- open, closed, or merged into an earlier one
    severity INTEGER NOT NULL,
    score REAL,
    start_time INTEGER NOT NULL,
    end_time INTEGER NOT NULL,
    peak_time INTEGER NOT NULL,
    n_points INTEGER NOT NULL,
    channels TEXT NOT NULL,
    verdict TEXT,                 -- normal or real, once somebody has said so
    note TEXT NOT NULL DEFAULT '',
    acknowledged INTEGER,
    UNIQUE (stream, known_at)
);
CREATE INDEX events_by_time ON events (start_time);
CREATE INDEX events_open ON events (stream) WHERE status = 'open';
CREATE TABLE changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL,
    what TEXT NOT NULL,
    stored INTEGER NOT NULL,
    body TEXT NOT NULL
);
-- How far a source has come.
CREATE TABLE positions (
    name TEXT PRIMARY KEY,
    position TEXT NOT NULL
);
