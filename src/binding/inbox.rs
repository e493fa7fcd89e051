//! What a JavaScript thread has told the engine, and the bell by which the ring's task is woken for it.
//!
//! A `Vec` that is swapped whole, and the runtime's own bell, which remembers that it was rung while nobody waited. Whatever
//! is sent, at whatever moment, is handed over; of what is told to a task that has ended nothing is kept: `__tests__/loom`
//! plays every order.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::task::Poll;

use super::sync::{Mutex, Notify};

/// Who obeys what is handed over.
pub(super) trait Serves<T> {
    /// Obeys, but for what can be put off; or ends it all.
    fn obey(&mut self, item: T) -> ControlFlow<()>;

    /// Does some of what was put off; says whether there is more.
    fn go_on(&mut self) -> bool;
}

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

    /// Has everything obeyed, in order and at once, until something ends it; what that has put off is gone on with by turns with
    /// whatever else is ready. However the end comes about, by a panic too, nothing is queued from then on.
    pub(super) async fn hand_over(&self, mut server: impl Serves<T>) {
        let _end = End(self);
        loop {
            let items = std::mem::take(&mut self.queue.lock().items);
            for item in items {
                if server.obey(item).is_break() {
                    return;
                }
            }
            if server.go_on() {
                behind_others().await;
            } else {
                self.doorbell.notified().await;
            }
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
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::ops::ControlFlow;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake, Waker};

    use super::{Inbox, Serves};

    /// Puts everything off, and does one thing at a time.
    struct Idler<'a> {
        put_off: VecDeque<u32>,
        done: &'a RefCell<Vec<u32>>,
    }

    impl Serves<u32> for Idler<'_> {
        fn obey(&mut self, item: u32) -> ControlFlow<()> {
            if item == END {
                return ControlFlow::Break(());
            }
            self.put_off.push_back(item);
            ControlFlow::Continue(())
        }

        fn go_on(&mut self) -> bool {
            self.done.borrow_mut().extend(self.put_off.pop_front());
            !self.put_off.is_empty()
        }
    }

    const END: u32 = 0;

    /// Has two things put off and polls so often, with another thing told before the last time; gives what was done, how often the task
    /// was woken, and whether it is over.
    fn after(polls: usize, told: Option<u32>) -> (Vec<u32>, usize, bool) {
        let (inbox, done, rung) = (Inbox::new(), RefCell::default(), Arc::new(Rung::default()));
        [1, 2].into_iter().for_each(|item| inbox.enqueue(item));
        let waker = Waker::from(Arc::clone(&rung));
        let is_over = {
            let mut life = pin!(inbox.hand_over(Idler { put_off: VecDeque::new(), done: &done }));
            (1..=polls).fold(false, |_, poll| {
                told.into_iter().filter(|_| poll == polls).for_each(|item| inbox.enqueue(item));
                life.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
            })
        };
        (done.into_inner(), rung.0.load(Ordering::Relaxed), is_over)
    }

    #[test]
    fn what_is_put_off_is_gone_on_with_behind_whoever_is_ready_and_behind_what_is_told_meanwhile() {
        assert_eq!(after(1, None), (vec![1], 1, false), "it asks for its next turn at once");
        assert_eq!(after(2, Some(END)), (vec![1], 1, true), "the end waits for nothing that was put off");
    }

    #[test]
    fn once_nothing_is_put_off_any_more_it_waits_for_the_bell() {
        assert_eq!(after(3, None), (vec![1, 2], 1, false));
    }

    /// How often a task was woken.
    #[derive(Default)]
    struct Rung(AtomicUsize);

    impl Wake for Rung {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    struct Faulty;

    impl<T> Serves<T> for Faulty {
        fn obey(&mut self, _: T) -> ControlFlow<()> {
            panic!("a fault of ours")
        }

        fn go_on(&mut self) -> bool {
            false
        }
    }

    #[test]
    fn of_what_is_told_to_a_task_that_panicked_nothing_is_kept() {
        let inbox = Inbox::new();
        let body = Arc::new(());
        inbox.enqueue(Arc::clone(&body));
        inbox.enqueue(Arc::clone(&body));
        let died = catch_unwind(AssertUnwindSafe(|| {
            let life = pin!(inbox.hand_over(Faulty));
            life.poll(&mut Context::from_waker(Waker::noop()))
        }));
        assert!(died.is_err());
        inbox.send(Arc::clone(&body));
        assert_eq!(Arc::strong_count(&body), 1);
    }
}
