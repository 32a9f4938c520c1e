//! Tells Tauri where the capabilities and the hand-written permissions lie.

fn main() {}
