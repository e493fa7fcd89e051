//! The transport against real servers on loopback.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod certificates;
mod decompress;
mod decompress_cost;
mod dial;
mod dns;
mod h1_body;
mod h1_connection;
mod h1_head;
mod h2_connection;
mod last_words;
mod loopback;
mod proxy;
mod race;
mod socket;
mod tls_cases;
mod tls_failures;
mod tls_handshake;
mod tls_trust;
mod tls_trusts;
mod tls_verdicts;
