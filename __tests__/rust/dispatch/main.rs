//! The life of a request against servers on loopback that do nothing but what the test tells them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod consumer;
mod look;
mod resend;
mod reuse;
mod server;
mod stage;
