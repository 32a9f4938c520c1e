//! Typed HTTP and WebSocket client of the contract.
