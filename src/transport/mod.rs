//! Dials and speaks. No pooling, no policy, no deadline: whoever calls owns those, and dropping a future
//! of this layer stops everything that it had begun.

pub mod body;
pub mod connect;
pub mod consult;
pub mod decompress;
pub mod dns;
pub mod errno;
pub mod h1;
pub mod h2;
pub mod head;
pub mod inflow;
pub mod io;
mod last_words;
mod progress;
pub mod proxy;
pub mod raw;
pub mod socket;
pub mod tcp;
pub mod tls;
mod turn;
pub mod unix;
pub mod wire;
