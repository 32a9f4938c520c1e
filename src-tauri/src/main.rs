//! The binary `vigia`.

fn main() {}
