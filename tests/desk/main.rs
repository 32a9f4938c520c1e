//! The desk against a real platform over HTTP, with the real `vigiactl` under a throw-away keyring.

mod copy;
mod terminal;
mod trust;
