//! What the suites share: where the real inputs lie, a platform on a free port, personas.
