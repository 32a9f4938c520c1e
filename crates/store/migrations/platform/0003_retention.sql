-- Pruning takes entries out of the index by the commits that they came with.
CREATE INDEX posting_first ON posting (first);
