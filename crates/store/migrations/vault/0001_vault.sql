-- Keys of people and periods, each wrapped by its bucket's key, and the blind index over them.
CREATE TABLE bucket (
    n BIGINT NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL
);
-- One row: what the next row is called, and how often keys went away.
CREATE TABLE counter (
    id BIGINT NOT NULL PRIMARY KEY,
    next_row BIGINT NOT NULL,
    generation BIGINT NOT NULL
);
CREATE TABLE subject (
    id BYTEA NOT NULL PRIMARY KEY,
    row BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    wrapped BYTEA NOT NULL
);
CREATE INDEX subject_bucket ON subject (bucket);
CREATE UNIQUE INDEX subject_row ON subject (row);
CREATE TABLE period (
    day BIGINT NOT NULL,
    class BIGINT NOT NULL,
    row BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (day, class)
);
CREATE INDEX period_bucket ON period (bucket);
-- holder is the row of the subject or period that the value belongs to and goes with.
CREATE TABLE token (
    row INTEGER NOT NULL PRIMARY KEY,
    bucket BIGINT NOT NULL,
    holder BIGINT NOT NULL,
    kind TEXT NOT NULL,
    service TEXT NOT NULL,
    token BYTEA NOT NULL,
    value BYTEA NOT NULL
);
CREATE INDEX token_token ON token (token);
CREATE INDEX token_holder ON token (holder);
CREATE INDEX token_bucket ON token (bucket);
-- Erasures under way; a row goes when its old bucket keys are gone. subjects: ids and rows, as JSON.
CREATE TABLE erasure (
    id TEXT NOT NULL PRIMARY KEY,
    subjects TEXT NOT NULL,
    state TEXT NOT NULL
);
