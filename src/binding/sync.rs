//! Locks, flags and bells, or loom's in their place where `__tests__/loom` plays every order in which two threads can meet.

#[cfg(not(loom))]
pub(super) use parking_lot::Mutex;
#[cfg(not(loom))]
pub(super) use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(loom))]
pub(super) use tokio::sync::Notify;

#[cfg(loom)]
pub(super) use loom::sync::atomic::{AtomicBool, Ordering};

/// loom's, in the manner of parking_lot's.
#[cfg(loom)]
#[derive(Debug, Default)]
pub(super) struct Mutex<T>(loom::sync::Mutex<T>);

#[cfg(loom)]
impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// loom's, in the manner of tokio's. Whoever polls for it sleeps until it is rung.
#[cfg(loom)]
#[derive(Debug, Default)]
pub(super) struct Notify(loom::sync::Notify);

#[cfg(loom)]
impl Notify {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn notify_one(&self) {
        self.0.notify();
    }

    pub(super) async fn notified(&self) {
        self.0.wait();
    }
}
