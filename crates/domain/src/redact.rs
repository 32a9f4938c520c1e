//! What is never stored: passwords, tokens, session ids, national ids.
