-- What a person made on this computer for one platform. It cannot be fetched again, so it lies apart
-- from the copy, survives it, and is migrated, never thrown away. Queries name people: the file is
-- encrypted like the copy, under a key of its own.
CREATE TABLE search (
    id INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL, name TEXT NOT NULL, shipped TEXT,
    query TEXT NOT NULL, range TEXT NOT NULL, sort TEXT NOT NULL, columns TEXT
);
CREATE TABLE recent (query TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE choice (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- Exports that the platform has not been told of yet.
CREATE TABLE outbox (id TEXT PRIMARY KEY, at INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
