-- The blocks of a row lie in the table's own tree, instead of beside it: one tree less to write for
-- every event about somebody.
DROP INDEX posting_first;
ALTER TABLE posting RENAME TO posting_before;
CREATE TABLE posting (
    row BIGINT NOT NULL,
    first BIGINT NOT NULL,
    seqs BYTEA NOT NULL,
    PRIMARY KEY (row, first)
) WITHOUT ROWID;
INSERT INTO posting (row, first, seqs) SELECT row, first, seqs FROM posting_before;
DROP TABLE posting_before;
CREATE INDEX posting_first ON posting (first);
