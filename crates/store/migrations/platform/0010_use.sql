-- When a session or a key was last used, to the minute. No event tells of it: using is not changing.
CREATE TABLE last_use (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);
-- Until here, values that no index holds are not listed: searching looks through these entries.
INSERT INTO meta (name, value) SELECT 'indexed_from', CAST(size AS TEXT) FROM head WHERE size > 0;
