//! Bytes in, proof out: Merkle tree, checkpoints, sealing, verification. Pure.
