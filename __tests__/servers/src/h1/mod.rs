//! HTTP/1.1, the server's side: strict about what it reads (RFC 9112), so that what is counted is true.

mod body;
mod head;
mod wire;
mod write;

pub use body::Body;
pub use head::{Framing, Head, Request, parse};
pub use wire::Wire;
pub use write::send;
