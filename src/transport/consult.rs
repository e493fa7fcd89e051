//! What of a dial its user decides: a `lookup` of his own, a `checkServerIdentity` of his own.

use std::fmt::Debug;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use rustls::pki_types::CertificateDer;

use crate::error::Error;

/// What the user says, once he has said it.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// A user who is asked while a connection is made.
pub trait Consult: Debug + Send + Sync {
    /// The addresses of `host`, with port 0, for a family of 4, 6, or 0 for either; `None` leaves it to the system.
    fn look_up(&self, host: &str, family: u8) -> Option<Answer<Vec<SocketAddr>>>;

    /// Says nothing, once his thread has had its turn: what he had not read until now he has read, and has answered what he
    /// could. `None`: there is no such thread.
    fn come_round(&self) -> Option<Answer<()>>;

    /// Whether a server of these certificates, its own first, is `host`; `None` if the user has no say in it.
    fn check(&self, host: &str, chain: &[CertificateDer<'_>]) -> Option<Answer<()>>;
}
