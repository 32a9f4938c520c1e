-- From where people and periods were seen, of large commits: one sealed list of addresses for each
-- commit and bucket, instead of a row for each address and network. slot is 256 times the commit's
-- first entry, plus the bucket.
CREATE TABLE seen (
    slot INTEGER NOT NULL PRIMARY KEY,
    data BYTEA NOT NULL
);
