//! The transport against real servers on loopback.

mod certificates;
mod decompress;
mod dial;
mod dns;
mod h1_body;
mod h1_connection;
mod h1_head;
mod loopback;
mod socket;
mod tls_handshake;
mod tls_verdicts;
