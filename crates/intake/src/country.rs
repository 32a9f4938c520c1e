//! country.
