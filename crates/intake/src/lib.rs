//! Foreign bytes to domain events. Pure, fuzzed.
