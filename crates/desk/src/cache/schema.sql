-- The desk's copy. Everything here can be fetched again, so a schema of another version is thrown
-- away and rebuilt, never migrated; what must not be lost (trust) lies outside.

-- What the copy is: the compact ranges it begins after and ends with, when it was level with the
-- platform.
CREATE TABLE state (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- Entries side by side (pack.rs): the leaf hash of each, visible or not, canonical bytes, and the groups
-- that this reader may open. `stamp` is another one whenever the bytes are.
CREATE TABLE pack (number INTEGER PRIMARY KEY, first INTEGER NOT NULL, stamp INTEGER NOT NULL, data BLOB NOT NULL);
-- The roots of complete subtrees of 256^level leaves: enough to lead any leaf to the root offline.
CREATE TABLE node (level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
                   PRIMARY KEY (level, number)) WITHOUT ROWID;
-- Who was erased.
CREATE TABLE erased (subject BLOB PRIMARY KEY) WITHOUT ROWID;

-- The index of the entries from `first` on and before `end`, without holes between segments but for
-- entries that may not be seen (crates/index). A number is never used again; `version` is another one
-- whenever the segment's blocks are. Block n of a segment has the id number × 2^20 + n.
CREATE TABLE segment (number INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL, first INTEGER NOT NULL,
                      end INTEGER NOT NULL, rows INTEGER NOT NULL, head BLOB NOT NULL, firsts BLOB NOT NULL);
CREATE INDEX segment_first ON segment (first);
CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
-- The dictionary of the index's coded columns: kinds, services, who did it, addresses.
CREATE TABLE word (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
