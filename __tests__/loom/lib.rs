//! Every order in which an I/O thread and a JavaScript thread can meet at what they hand over: `cargo test` with
//! `RUSTFLAGS='--cfg loom'`. The files are the engine's own.
#![cfg(loom)]
#![allow(dead_code, reason = "the engine uses what no test does")]

#[path = "../../src/binding/inbox.rs"]
mod inbox;
#[path = "../../src/binding/outbox.rs"]
mod outbox;
#[path = "../../src/binding/stream.rs"]
mod stream;
#[path = "../../src/binding/sync.rs"]
mod sync;
#[path = "../../src/binding/window.rs"]
mod window;

#[cfg(test)]
mod handing_over {
    use std::collections::VecDeque;
    use std::ops::ControlFlow;
    use std::pin::pin;
    use std::sync::Arc as Counted;
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Instant;

    use bytes::Bytes;
    use loom::sync::Arc;
    use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use loom::thread;

    use super::inbox::{Inbox, Serves};
    use super::outbox::Outbox;
    use super::stream::Stream;
    use super::window::LEAST;

    /// A ring without Node: calls are counted, and a delivery answers each.
    struct Ring {
        outbox: Outbox<u32>,
        calls: AtomicUsize,
    }

    impl Ring {
        fn new() -> Arc<Self> {
            Arc::new(Self { outbox: Outbox::new(), calls: AtomicUsize::new(0) })
        }

        fn flush(&self) {
            if self.outbox.calls() {
                self.calls.fetch_add(1, Ordering::Release);
            }
        }

        /// Runs the callback as often as it was called for; gives what came.
        fn deliver(&self, got: &mut VecDeque<u32>) {
            while self.calls.load(Ordering::Acquire) > 0 {
                self.calls.fetch_sub(1, Ordering::AcqRel);
                loop {
                    self.outbox.collect(got);
                    // `later`: the event loop has its turn.
                    if !self.outbox.end_delivery() {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_pushed_and_flushed_is_delivered_in_order_and_no_wake_is_lost() {
        loom::model(|| {
            let ring = Ring::new();
            let engine = Arc::clone(&ring);
            let pushing = thread::spawn(move || {
                for number in 0..3 {
                    engine.outbox.push(number);
                    engine.flush();
                }
            });
            let mut got = VecDeque::new();
            ring.deliver(&mut got);
            pushing.join().unwrap();
            ring.deliver(&mut got);
            assert_eq!(got, [0, 1, 2], "something waits for a wake that nobody sends");
        });
    }

    #[test]
    fn two_threads_that_push_lose_nothing() {
        loom::model(|| {
            let ring = Ring::new();
            let pushing: Vec<_> = (0..2)
                .map(|number| {
                    let engine = Arc::clone(&ring);
                    thread::spawn(move || {
                        engine.outbox.push(number);
                        engine.flush();
                    })
                })
                .collect();
            let mut got = VecDeque::new();
            ring.deliver(&mut got);
            pushing.into_iter().for_each(|thread| thread.join().unwrap());
            ring.deliver(&mut got);
            assert_eq!(got.len(), 2);
        });
    }

    #[test]
    fn what_comes_while_javascript_reads_is_found_when_it_has_read_or_wakes_it_again() {
        loom::model(|| {
            let ring = Ring::new();
            ring.outbox.push(1);
            ring.flush();
            let engine = Arc::clone(&ring);
            let pushing = thread::spawn(move || {
                engine.outbox.push(2);
                engine.flush();
            });
            let mut got = VecDeque::new();
            ring.deliver(&mut got);
            pushing.join().unwrap();
            ring.deliver(&mut got);
            assert_eq!(got, [1, 2]);
        });
    }

    #[test]
    fn what_comes_quietly_is_delivered_with_what_does_not() {
        loom::model(|| {
            let ring = Ring::new();
            let engine = Arc::clone(&ring);
            let pushing = thread::spawn(move || {
                engine.outbox.push_quietly(1);
                engine.outbox.push(2);
                engine.flush();
            });
            let mut got = VecDeque::new();
            ring.deliver(&mut got);
            pushing.join().unwrap();
            ring.deliver(&mut got);
            assert_eq!(got, [1, 2]);
        });
    }

    #[test]
    fn a_ring_that_ends_while_something_is_pushed_ends_once_and_takes_nothing_after() {
        loom::model(|| {
            let ring = Ring::new();
            let engine = Arc::clone(&ring);
            let pushing = thread::spawn(move || {
                engine.outbox.push(1);
                engine.flush();
            });
            let other = Arc::clone(&ring);
            let ending = thread::spawn(move || other.outbox.detach());
            let ends = usize::from(ring.outbox.detach()) + usize::from(ending.join().unwrap());
            pushing.join().unwrap();
            assert_eq!(ends, 1);
            assert_eq!(ring.outbox.push(2), 0);
            let mut got = VecDeque::new();
            ring.outbox.collect(&mut got);
            // One that was on its way past the question may be left; it goes with the ring.
            assert!(got.is_empty() || got == [1]);
        });
    }

    /// Puts nothing off, and ends with the last.
    struct Until<IsLast>(IsLast);

    impl<T, IsLast: FnMut(T) -> bool> Serves<T> for Until<IsLast> {
        fn obey(&mut self, item: T) -> ControlFlow<()> {
            if (self.0)(item) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }

        fn go_on(&mut self) -> bool {
            false
        }
    }

    /// A ring's task, for as long as anything is awaited that is not the last. loom finds it out if it sleeps for ever.
    fn serve<T>(inbox: &Inbox<T>, is_last: impl FnMut(T) -> bool) {
        let life = pin!(inbox.hand_over(Until(is_last)));
        assert!(life.poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }

    #[test]
    fn what_is_submitted_is_handed_over_in_order_and_no_bell_is_lost() {
        loom::model(|| {
            let inbox = Arc::new(Inbox::new());
            let javascript = Arc::clone(&inbox);
            let submitting = thread::spawn(move || {
                javascript.enqueue(1);
                javascript.send(2);
                javascript.send(3);
            });
            let mut got = Vec::new();
            serve(&inbox, |number| {
                got.push(number);
                number == 3
            });
            submitting.join().unwrap();
            assert_eq!(got, [1, 2, 3]);
        });
    }

    #[test]
    fn a_bell_that_rings_for_something_else_takes_none_from_what_is_submitted() {
        loom::model(|| {
            let inbox = Arc::new(Inbox::new());
            let (javascript, other) = (Arc::clone(&inbox), Arc::clone(&inbox));
            let submitting = thread::spawn(move || javascript.send(1));
            let nudging = thread::spawn(move || other.nudge());
            serve(&inbox, |number| number == 1);
            submitting.join().unwrap();
            nudging.join().unwrap();
        });
    }

    #[test]
    fn of_what_is_submitted_while_a_ring_ends_nothing_is_kept() {
        loom::model(|| {
            let inbox = Arc::new(Inbox::new());
            let body = Counted::new(());
            let (javascript, submitted) = (Arc::clone(&inbox), Counted::clone(&body));
            let submitting = thread::spawn(move || {
                javascript.send((false, Counted::clone(&submitted)));
                javascript.send((true, Counted::clone(&submitted)));
                javascript.enqueue((false, Counted::clone(&submitted)));
                javascript.send((false, submitted));
            });
            serve(&inbox, |(is_last, _)| is_last);
            submitting.join().unwrap();
            assert_eq!(Counted::strong_count(&body), 1, "it is held for as long as somebody knows the ring");
        });
    }

    /// A task that is polled again when it is woken.
    #[derive(Default)]
    struct Task(std::sync::atomic::AtomicBool);

    impl Wake for Task {
        fn wake(self: Counted<Self>) {
            self.0.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    }

    #[test]
    fn credit_that_comes_while_the_reader_goes_to_sleep_wakes_it() {
        loom::model(|| {
            let stream = Arc::new(Stream::new(1));
            stream.append(Bytes::from_static(&[0; LEAST]));
            let consumer = Arc::clone(&stream);
            let consuming = thread::spawn(move || {
                let mut place = vec![0; LEAST];
                assert!(!consumer.take(&mut place).more);
                consumer.credit(LEAST, Instant::now);
            });
            let task = Counted::new(Task::default());
            let waker = Waker::from(Counted::clone(&task));
            let slept = stream.poll_room(&mut Context::from_waker(&waker), Instant::now).is_pending();
            consuming.join().unwrap();
            let woken = task.0.load(std::sync::atomic::Ordering::SeqCst);
            assert!(!slept || woken, "the reader sleeps for ever");
            assert_eq!(stream.poll_room(&mut Context::from_waker(&waker), Instant::now), Poll::Ready(()));
        });
    }

    #[test]
    fn bytes_that_come_while_others_are_taken_are_announced_by_one_of_the_two() {
        loom::model(|| {
            let stream = Arc::new(Stream::new(1));
            assert!(stream.append(Bytes::from_static(b"a")).is_news);
            assert!(!stream.append(Bytes::from_static(b"b")).is_news);
            let announced = Arc::new(AtomicBool::new(false));
            let (reader, tells) = (Arc::clone(&stream), Arc::clone(&announced));
            let reading = thread::spawn(move || {
                if reader.append(Bytes::from_static(b"c")).is_news {
                    tells.store(true, Ordering::SeqCst);
                }
            });
            let mut place = [0; 8];
            let taken = stream.take(&mut place);
            reading.join().unwrap();
            let left = stream.standing().0;
            assert_eq!(taken.bytes + left, 3);
            assert_eq!(&place[..taken.bytes], &b"abc"[..taken.bytes]);
            assert_eq!(left > 0, announced.load(Ordering::SeqCst) || taken.more);
        });
    }

    #[test]
    fn of_a_body_that_is_given_up_while_it_is_taken_nothing_is_left() {
        loom::model(|| {
            let stream = Arc::new(Stream::new(1));
            stream.append(Bytes::from_static(b"a"));
            stream.append(Bytes::from_static(b"b"));
            let consumer = Arc::clone(&stream);
            let leaving = thread::spawn(move || consumer.discard(false));
            let taken = stream.take(&mut [0; 8]);
            leaving.join().unwrap();
            assert!(taken.bytes <= 2);
            assert_eq!(stream.standing().0, 0);
            assert!(stream.append(Bytes::from_static(b"c")).is_news || taken.more);
        });
    }

    #[test]
    fn a_body_that_is_given_up_while_the_reader_goes_to_sleep_wakes_it() {
        loom::model(|| {
            let stream = Arc::new(Stream::new(1));
            stream.append(Bytes::from_static(&[0; LEAST]));
            let consumer = Arc::clone(&stream);
            let leaving = thread::spawn(move || consumer.discard(true));
            let task = Counted::new(Task::default());
            let waker = Waker::from(Counted::clone(&task));
            let slept = stream.poll_discarding(&mut Context::from_waker(&waker)).is_pending();
            leaving.join().unwrap();
            assert!(!slept || task.0.load(std::sync::atomic::Ordering::SeqCst));
            assert_eq!(stream.poll_discarding(&mut Context::from_waker(&waker)), Poll::Ready(true));
        });
    }
}
