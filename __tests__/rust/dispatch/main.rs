//! The life of a request against servers on loopback that do nothing but what the test tells them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails in a test fails the test"
)]

mod abort;
mod ahead;
#[expect(dead_code, reason = "the tests of the transport want certificates of more kinds")]
#[path = "../transport/certificates.rs"]
mod certificates;
mod consumer;
mod dead_host;
mod destroy;
mod fresh;
mod hold;
mod limits;
mod look;
mod panics;
mod policies;
mod raw_abort;
mod raw_end;
mod raw_resend;
mod raw_user;
mod resend;
mod reuse;
mod sections;
mod server;
mod slow_source;
mod stage;
mod stress;
mod timeouts;
mod tls;
mod upload;
mod window;
