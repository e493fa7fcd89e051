//! How far a dialling has come, and who is told.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::socket::Socket;
use crate::error::Phase;

/// Who is told how far a dialling has come.
pub trait Reached: Send + Sync + Debug {
    /// The name of the host stands for these addresses. Not told of where the host is one itself, or a proxy is gone by.
    fn found(&self, addresses: &[SocketAddr]);
    /// TCP is through, and TLS begins: the connection is open, by this socket.
    fn reached(&self, socket: &Socket);
}

/// A step of dialling, as a number that several threads may look at.
pub(super) mod step {
    pub(in crate::transport) const DNS: u8 = 0;
    pub(in crate::transport) const CONNECT: u8 = 1;
    pub(in crate::transport) const TLS: u8 = 2;
    pub(in crate::transport) const PROXY: u8 = 3;
}

/// The step that a dialling is in, for whoever runs out of patience with it.
#[derive(Debug, Default)]
pub struct PhaseCell {
    step: AtomicU8,
    ear: Option<Arc<dyn Reached>>,
}

impl PhaseCell {
    /// At [`Phase::Dns`], where dialling begins.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, which tells of its steps.
    pub fn telling(ear: Option<Arc<dyn Reached>>) -> Self {
        Self { step: AtomicU8::new(step::DNS), ear }
    }

    /// The step that is under way.
    pub fn phase(&self) -> Phase {
        match self.step.load(Ordering::Relaxed) {
            step::DNS => Phase::Dns,
            step::CONNECT => Phase::Connect,
            step::TLS => Phase::Tls,
            _ => Phase::Proxy,
        }
    }

    pub(super) fn enter(&self, step: u8) {
        self.step.store(step, Ordering::Relaxed);
    }

    pub(super) fn found(&self, addresses: &[SocketAddr]) {
        if let Some(ear) = &self.ear {
            ear.found(addresses);
        }
    }

    pub(super) fn reached(&self, socket: &Socket) {
        if let Some(ear) = &self.ear {
            ear.reached(socket);
        }
    }
}
