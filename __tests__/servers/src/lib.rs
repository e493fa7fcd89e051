//! Two servers for tests and benchmarks. `bench-server` behaves and is fast; `fault-server` misbehaves as told.
//!
//! HTTP/1.1 is spoken by hand here: the fault server must be able to break every rule, the bench server must be
//! cheap and must see header order and case as sent, and the client under test should not meet its own
//! library on the other side. HTTP/2 is hyper's.

pub mod bench;
pub mod census;
pub mod certificate;
pub mod client;
pub mod coding;
pub mod control;
pub mod fault;
pub mod h1;
pub mod launch;
pub mod listen;
pub mod reply;
pub mod target;
