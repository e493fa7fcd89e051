//! What a dial has come to.

use crate::config::Config;
use crate::error::Error;
use crate::metrics::Event;
use crate::pool::Capacity;
use crate::transport::connect::Timings;
use crate::transport::h1::{Driver, H1, H1Options, start};
use crate::transport::h2::{self, H2};
use crate::transport::io::Io;

use super::super::shared;

/// A connection that was dialled and speaks HTTP.
pub(in super::super) struct Opened {
    pub(in super::super) spoken: Spoken,
    pub(super) timings: Timings,
    /// Its TLS handshake; none in clear.
    pub(super) secured: Option<Event>,
}

/// What it speaks.
pub(in super::super) enum Spoken {
    H1 { h1: H1, driver: Box<Driver>, options: H1Options },
    H2 { h2: H2, driver: Box<h2::Driver>, most: u32 },
}

impl Spoken {
    /// What it can carry, as far as that is known.
    pub(in super::super) fn capacity(&self) -> Capacity {
        match self {
            Self::H1 { .. } => Capacity::SINGLE,
            Self::H2 { most, .. } => shared::at_first(*most),
        }
    }
}

pub(super) async fn start_h1(io: Io, config: &Config) -> Result<Spoken, Error> {
    let head = &config.head;
    let options = H1Options { max_head: head.max_size as usize, max_headers: head.max_count as usize };
    let (h1, driver) = start(io, &options).await?;
    Ok(Spoken::H1 { h1, driver: Box::new(driver), options })
}
