//! What a JavaScript thread has told the engine, and the bell by which the ring's task is woken for it.
//!
//! A `Vec` that is swapped whole, and the runtime's own bell, which remembers that it was rung while nobody waited. Whatever
//! is sent, at whatever moment, is handed over; of what is told to a task that has ended nothing is kept: `__tests__/loom`
//! plays every order.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::task::Poll;

use super::sync::{Mutex, Notify};

/// The queue towards the engine.
#[derive(Debug)]
pub(super) struct Inbox<T> {
    queue: Mutex<Queue<T>>,
    doorbell: Notify,
}

#[derive(Debug)]
struct Queue<T> {
    items: Vec<T>,
    /// Nobody takes anything any more.
    closed: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { items: Vec::new(), closed: false }
    }
}

impl<T> Inbox<T> {
    pub(super) fn new() -> Self {
        Self { queue: Mutex::default(), doorbell: Notify::new() }
    }

    /// Queues for the engine, which is not woken yet.
    pub(super) fn enqueue(&self, item: T) {
        let mut queue = self.queue.lock();
        if !queue.closed {
            queue.items.push(item);
        }
    }

    /// Queues for the engine and wakes it.
    pub(super) fn send(&self, item: T) {
        self.enqueue(item);
        self.nudge();
    }

    /// Wakes the engine, whether or not anything is queued.
    pub(super) fn nudge(&self) {
        self.doorbell.notify_one();
    }

    /// Has everything obeyed, in order, until something ends it. What is obeyed in part gives the rest, whose turn is behind
    /// what was begun. However the end comes about, by a panic too, nothing is queued from then on.
    pub(super) async fn hand_over(&self, mut obey: impl FnMut(T) -> ControlFlow<(), Option<T>>) {
        let _end = End(self);
        loop {
            let items = std::mem::take(&mut self.queue.lock().items);
            for item in items {
                let mut next = Some(item);
                while let Some(item) = next {
                    next = match obey(item) {
                        ControlFlow::Break(()) => return,
                        ControlFlow::Continue(rest) => rest,
                    };
                    if next.is_some() {
                        behind_others().await;
                    }
                }
            }
            self.doorbell.notified().await;
        }
    }

    fn close(&self) {
        let left = {
            let mut queue = self.queue.lock();
            queue.closed = true;
            std::mem::take(&mut queue.items)
        };
        drop(left);
    }
}

/// Lets everything that is ready have its turn. Unlike the runtime's own way to yield it asks for no look at the sockets.
async fn behind_others() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

struct End<'a, T>(&'a Inbox<T>);

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use super::Inbox;

    #[test]
    fn the_rest_of_an_item_comes_behind_whoever_is_ready_and_before_the_next_item() {
        let inbox = Inbox::new();
        inbox.enqueue(2);
        inbox.enqueue(0);
        let mut obeyed = Vec::new();
        {
            let mut life = pin!(inbox.hand_over(|left: u32| {
                obeyed.push(left);
                ControlFlow::Continue(left.checked_sub(1))
            }));
            let rung = Arc::new(Rung::default());
            let waker = Waker::from(Arc::clone(&rung));
            for turn in 1..=2 {
                assert!(life.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
                assert_eq!(rung.0.load(Ordering::Relaxed), turn, "it asks for its next turn at once");
            }
            assert!(life.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(obeyed, [2, 1, 0, 0]);
    }

    /// How often a task was woken.
    #[derive(Default)]
    struct Rung(AtomicUsize);

    impl Wake for Rung {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn of_what_is_told_to_a_task_that_panicked_nothing_is_kept() {
        let inbox = Inbox::new();
        let body = Arc::new(());
        inbox.enqueue(Arc::clone(&body));
        inbox.enqueue(Arc::clone(&body));
        let died = catch_unwind(AssertUnwindSafe(|| {
            let life =
                pin!(inbox.hand_over(|_| -> ControlFlow<(), Option<Arc<()>>> { panic!("a fault of ours") }));
            life.poll(&mut Context::from_waker(Waker::noop()))
        }));
        assert!(died.is_err());
        inbox.send(Arc::clone(&body));
        assert_eq!(Arc::strong_count(&body), 1);
    }
}
