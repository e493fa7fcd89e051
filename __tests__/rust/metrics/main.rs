//! What a pool counts and times.
