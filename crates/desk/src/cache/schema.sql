-- The desk's copy. Everything here can be fetched again, so a schema of another version is thrown
-- away and rebuilt, never migrated; what must not be lost (trust) lies outside.

-- What the copy is: the compact ranges it begins after and ends with, when it was level with the
-- platform.
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The leaf hash of every entry from its first on, visible or not, and the roots of complete subtrees of 256^level
-- leaves: enough to lead any leaf to the root offline.
CREATE TABLE leaf (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE node (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                   PRIMARY KEY (level, number)) WITHOUT ROWID;

-- Canonical bytes: entries, and the groups that this reader may open.
CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE sealed (seq INTEGER NOT NULL, number INTEGER NOT NULL, seed BLOB NOT NULL, data BLOB NOT NULL,
                     PRIMARY KEY (seq, number)) WITHOUT ROWID;
-- Whom the groups are about, from the entries; and who was erased.
CREATE TABLE holder (subject BLOB NOT NULL, seq INTEGER NOT NULL, number INTEGER NOT NULL,
                     PRIMARY KEY (subject, seq, number)) WITHOUT ROWID;
CREATE INDEX holder_seq ON holder (seq);
CREATE TABLE erased (subject BLOB PRIMARY KEY) WITHOUT ROWID;

-- Words that stay clear in the ledger and repeat: kinds, services, countries, outcomes.
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- One row an event, with folded search keys only; what is shown is decoded from the bytes above.
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, time INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    kind INTEGER NOT NULL, severity INTEGER NOT NULL, status INTEGER, service INTEGER NOT NULL,
    country INTEGER, count INTEGER NOT NULL,
    actor_id TEXT, actor_email TEXT, actor_name TEXT, actor_role TEXT, actor_session TEXT,
    source_ip BLOB, source_port INTEGER, source_host TEXT,
    target_type TEXT, target_id TEXT, target_email TEXT, target_name TEXT,
    trace_id TEXT, person BLOB, texts INTEGER NOT NULL
);
-- Covers the histogram, the heat map and the sign-in series without touching the rows.
CREATE INDEX event_time ON event (time, severity, kind);
CREATE INDEX event_kind ON event (kind, time);
CREATE INDEX event_id ON event (id);
CREATE INDEX event_source_ip ON event (source_ip, time) WHERE source_ip IS NOT NULL;
CREATE INDEX event_actor_email ON event (actor_email, time) WHERE actor_email IS NOT NULL;
CREATE INDEX event_actor_name ON event (actor_name, time) WHERE actor_name IS NOT NULL;
CREATE INDEX event_trace_id ON event (trace_id) WHERE trace_id IS NOT NULL;

-- Foreign fields by their own names.
CREATE TABLE detail_name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE detail (name INTEGER NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,
                     PRIMARY KEY (name, value, seq)) WITHOUT ROWID;
CREATE INDEX detail_seq ON detail (seq);

-- Words of all texts, cut and folded by text.rs before they come here; no second copy of them.
CREATE VIRTUAL TABLE text USING fts5(message, user_agent, other, content='', tokenize='ascii');
-- A deleted row's words leave the index at once instead of being marked.
INSERT INTO text (text, rank) VALUES ('secure-delete', 1);
