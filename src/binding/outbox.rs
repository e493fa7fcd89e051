//! What waits for a JavaScript thread, and the question whether that was woken for it.
//!
//! Two flags and a queue that is swapped whole. Whatever is pushed and flushed, at whatever moment, is either collected by
//! a delivery that is under way or has one called for it: `__tests__/loom` plays every order.

use std::collections::VecDeque;

use super::sync::{AtomicBool, Mutex, Ordering};

/// Room for so many items is kept once they are gone; more is given back.
const MOST_ROOM: usize = 1_024;

/// The queue towards JavaScript.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    queue: Mutex<VecDeque<T>>,
    /// Something was pushed that JavaScript was not woken for yet.
    due: AtomicBool,
    /// A delivery is on its way or under way. Node runs a thousand queued calls of a ThreadsafeFunction in one turn of the
    /// event loop, and those that come while it runs them, each for as long as it may keep the loop waiting: more than one
    /// would starve it.
    woken: AtomicBool,
    detached: AtomicBool,
}

impl<T> Outbox<T> {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::default(),
            due: AtomicBool::new(false),
            woken: AtomicBool::new(false),
            detached: AtomicBool::new(false),
        }
    }

    /// Queues, unless nobody is there any more; gives how much waits.
    pub(super) fn push(&self, item: T) -> usize {
        if self.is_detached() {
            return 0;
        }
        let waiting = {
            let mut queue = self.queue.lock();
            queue.push_back(item);
            queue.len()
        };
        self.due.store(true, Ordering::Release);
        waiting
    }

    /// Queues what can wait until JavaScript is woken for something else.
    pub(super) fn push_quietly(&self, item: T) {
        if !self.is_detached() {
            self.queue.lock().push_back(item);
        }
    }

    /// How much waits for a wake that is still to be called; 0 while a delivery is on its way, which collects all.
    #[cfg(not(loom))]
    pub(super) fn due(&self) -> usize {
        let is_due = self.due.load(Ordering::Acquire) && !self.woken.load(Ordering::Acquire);
        if is_due { self.queue.lock().len() } else { 0 }
    }

    /// Whether a delivery is on its way or under way. A hint, for who is to ask again.
    #[cfg(not(loom))]
    pub(super) fn is_woken(&self) -> bool {
        self.woken.load(Ordering::Relaxed)
    }

    /// Whether JavaScript is to be woken now: something was pushed since it was last collected, and no delivery is on its way.
    #[must_use = "nobody else is told so"]
    pub(super) fn calls(&self) -> bool {
        if !self.due.load(Ordering::Acquire) || self.woken.swap(true, Ordering::AcqRel) {
            return false;
        }
        self.due.swap(false, Ordering::AcqRel);
        true
    }

    /// A delivery ends: what is pushed from here on may wake JavaScript again. Whether it is to be followed by another, which
    /// needs no wake, for what came meanwhile.
    #[must_use = "nobody else is told so"]
    pub(super) fn end_delivery(&self) -> bool {
        // A swap as on the other side, so that all changes of the flag stand in one order: whoever was not let call before it
        // has told what is due by then.
        let _was_called: bool = self.woken.swap(false, Ordering::AcqRel);
        self.calls()
    }

    /// Moves what was pushed behind what is still to be written into the slab.
    pub(super) fn collect(&self, backlog: &mut VecDeque<T>) {
        // Before the queue is taken, or what is pushed between the two would not be due.
        self.due.swap(false, Ordering::AcqRel);
        let mut queue = self.queue.lock();
        if !backlog.is_empty() {
            backlog.extend(queue.drain(..));
            return;
        }
        // Either side pushes into the room that the other has emptied: to grow anew for each delivery would move all that is in it.
        std::mem::swap(&mut *queue, backlog);
        if queue.capacity() > MOST_ROOM {
            *queue = VecDeque::new();
        }
    }

    /// How much waits to be collected.
    #[cfg(not(loom))]
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().len()
    }

    pub(super) fn is_detached(&self) -> bool {
        self.detached.load(Ordering::Acquire)
    }

    /// Nobody is there any more. Says whether that is news.
    pub(super) fn detach(&self) -> bool {
        let news = !self.detached.swap(true, Ordering::AcqRel);
        if news {
            self.queue.lock().clear();
        }
        news
    }
}
