//! Decisions about requests, as tables.

#[cfg(test)]
mod retry;
