//! A pool's events, as records among the others of its ring.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use napi_derive::napi;

use crate::dispatch::{Happened, Listener, mask};
use crate::key::Origin;

use super::attach::ring;
use super::numbers::exact;
use super::pools::pool;
use super::records::{Writer, completion as record};
use super::ring::{Completion, Ring};

/// Events of one pool that may wait for a JavaScript thread. Past it they are counted and not kept: a thread that stands
/// still for minutes must not fill the memory.
const MOST_WAITING: u32 = 16 * 1024;

/// From now on this ring hears what `wanted` names of a pool's events: a sum of the bits that `lib/observe/events.js` lists.
#[napi]
pub fn listen(id: u32, number: u32, wanted: u32) {
    if let (Some(ring), Some(pool)) = (ring(id), pool(number)) {
        pool.listen(
            number,
            wanted,
            Arc::new(Ear { ring: Arc::downgrade(&ring), number, queue: Arc::default() }),
        );
    }
}

/// The listener that a ring has in a pool.
#[derive(Debug)]
struct Ear {
    ring: Weak<Ring>,
    number: u32,
    queue: Arc<Queue>,
}

/// How much of a listener's is under way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: AtomicU32,
    lost: AtomicU32,
}

/// An event on its way.
#[derive(Debug)]
pub(super) struct Told {
    number: u32,
    happened: Happened,
    /// How many were lost before this one.
    lost: u32,
    queue: Arc<Queue>,
}

impl Listener for Ear {
    fn tell(&self, happened: Happened) {
        let Some(ring) = self.ring.upgrade() else { return };
        if self.queue.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            self.queue.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.queue.waiting.fetch_add(1, Ordering::Relaxed);
        let lost = self.queue.lost.swap(0, Ordering::Relaxed);
        let queue = Arc::clone(&self.queue);
        ring.push(Completion::Event(Told { number: self.number, happened, lost, queue }));
        // On the I/O thread the end of its turn wakes JavaScript; a transition on another is nobody's turn.
        ring.nudge();
    }
}

impl Told {
    /// Whether it was written; false when the slab is full.
    pub(super) fn put(&self, writer: &mut Writer<'_>) -> bool {
        let (kind, [first, second, third], text) = self.parts();
        let figures = [f64::from(self.lost), first, second, third].map(f64::to_ne_bytes);
        let length = u32::try_from(text.len()).unwrap_or(0);
        // What fits into no slab at all is not worth a ring.
        let written = writer.put(
            record::EVENT,
            self.number,
            [kind, 0, length],
            &[figures.as_flattened(), text.as_bytes()],
        ) || writer.is_empty();
        if written {
            self.queue.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        written
    }

    /// Kind, figures, text. On the JavaScript thread, and for each request: no figure takes an allocation.
    fn parts(&self) -> (u32, [f64; 3], String) {
        match &self.happened {
            Happened::Created { origin, active, total } => {
                (mask::CREATED, [f64::from(*active), f64::from(*total), 0.0], place(origin))
            }
            Happened::Freed { origin, active } => {
                (mask::FREED, [f64::from(*active), 0.0, 0.0], place(origin))
            }
            Happened::Removed { origin, active, reason } => {
                (mask::REMOVED, [f64::from(*active), 0.0, 0.0], format!("{}\n{reason}", place(origin)))
            }
            Happened::Completed { took, average_ms, reused } => {
                let ms = took.as_secs_f64() * 1_000.0;
                (mask::COMPLETED, [ms, *average_ms, exact(*reused)], String::new())
            }
            Happened::Exhausted { active, count } => {
                (mask::EXHAUSTED, [f64::from(*active), exact(*count), 0.0], String::new())
            }
            Happened::Crowded { active } => (mask::CROWDED, [f64::from(*active), 0.0, 0.0], String::new()),
            Happened::Failing { errors, requests } => {
                (mask::FAILING, [exact(*errors), exact(*requests), 0.0], String::new())
            }
        }
    }
}

fn place(origin: &Origin) -> String {
    format!("{}\n{}\n{}\n{origin}", origin.scheme.name(), origin.host, origin.port)
}
