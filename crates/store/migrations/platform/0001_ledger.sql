-- The ledger and what is derived from it. No value about a person stands here unsealed.
-- INTEGER PRIMARY KEY is SQLite's row id, 64 bits wide and without a second tree; another engine
-- reads it as BIGINT.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
-- One row: the tree's head, read and written inside every append.
CREATE TABLE head (
    id BIGINT NOT NULL PRIMARY KEY,
    size BIGINT NOT NULL,
    compact BYTEA NOT NULL,
    recorded_at BIGINT NOT NULL,
    note TEXT NOT NULL
);
CREATE TABLE entry (
    seq INTEGER NOT NULL PRIMARY KEY,
    leaf BYTEA NOT NULL,
    body BYTEA
);
-- slot is 256 times the entry's seq, plus the group's place in it.
CREATE TABLE sealed (
    slot INTEGER NOT NULL PRIMARY KEY,
    data BYTEA NOT NULL
);
-- Roots of complete subtrees of 256^level leaves; the leaves themselves are entry.leaf.
CREATE TABLE node (
    level BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, idx)
);
-- Which entries a row of the vault (a subject, an address) appears in: one block per row and commit.
CREATE TABLE posting (
    row BIGINT NOT NULL,
    first BIGINT NOT NULL,
    seqs BYTEA NOT NULL,
    PRIMARY KEY (row, first)
);
CREATE TABLE aggregate (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    updated_seq BIGINT NOT NULL,
    owner TEXT,
    PRIMARY KEY (kind, id)
);
CREATE INDEX aggregate_owner ON aggregate (owner);
CREATE TABLE credential (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE idempotency (
    api_key TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    body_hash BYTEA NOT NULL,
    reply BYTEA NOT NULL,
    first BIGINT NOT NULL,
    events BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (api_key, key_hash)
);
CREATE INDEX idempotency_expires ON idempotency (expires_at);
