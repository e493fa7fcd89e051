use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::super::window::{LEAST, Spare};
use super::{MOST_OVERFLOW, MUCH, OVERFLOW_STEP, Stream, Taken};

fn has_room(stream: &Stream) -> bool {
    stream.poll_room(&mut Context::from_waker(Waker::noop()), Instant::now) == Poll::Ready(())
}

#[test]
fn a_full_window_stops_the_reading_until_credit_comes() {
    let stream = Stream::new(1);
    assert!(stream.append(Bytes::from(vec![0; LEAST])).is_news);
    assert!(!has_room(&stream));
    let mut place = vec![0; LEAST];
    assert_eq!(stream.take(&mut place), Taken { bytes: LEAST, more: false });
    assert!(!has_room(&stream), "delivery alone gives no room");
    stream.credit(1, Instant::now);
    assert!(has_room(&stream));
}

#[test]
fn a_window_that_is_read_as_soon_as_it_is_full_has_more_room_from_then_on() {
    let stream = Stream::new(1);
    let now = Instant::now();
    let full_at = |at: Instant| stream.poll_room(&mut Context::from_waker(Waker::noop()), || at).is_pending();
    stream.append(Bytes::from(vec![0; LEAST]));
    assert!(full_at(now));
    assert_eq!(stream.take(&mut vec![0; LEAST]).bytes, LEAST);
    stream.credit(LEAST, || now + Duration::from_millis(1));
    stream.append(Bytes::from(vec![0; LEAST]));
    assert!(!full_at(now), "as much again has room");
    stream.append(Bytes::from(vec![0; LEAST]));
    assert!(full_at(now));
}

#[test]
fn a_body_that_ends_or_is_given_up_leaves_what_it_had_to_others() {
    for end in
        [|stream: &Stream| stream.tell_last(|| {}), |stream: &Stream| stream.discard(false), Stream::spoken]
    {
        let spare: &'static Spare = Box::leak(Box::new(Spare::of(100 * LEAST)));
        let (stream, now) = (Stream::sharing(1, spare), Instant::now());
        stream.append(Bytes::from(vec![0; LEAST]));
        let _ = stream.poll_room(&mut Context::from_waker(Waker::noop()), || now);
        let _ = stream.take(&mut vec![0; LEAST]);
        stream.credit(LEAST, || now);
        assert_eq!(spare.left(), 99 * LEAST);
        end(&stream);
        assert_eq!(spare.left(), 100 * LEAST);
    }
}

/// Whether a handle is free with its release, and whether that is told by a record.
fn released(stream: &Stream, is_reading: bool) -> (bool, bool) {
    let mut is_told = false;
    stream.release(is_reading, || is_told = true);
    (stream.is_free(), is_told)
}

#[test]
fn a_handle_is_free_with_its_release_if_no_record_of_it_is_on_its_way() {
    let stream = Stream::new(1);
    stream.tell_bytes(|| drop(stream.append(Bytes::from_static(b"a reply"))));
    let _ = stream.take(&mut [0; 7]);
    assert_eq!(released(&stream, false), (true, false));
}

#[test]
fn a_handle_is_not_free_while_a_record_of_it_may_be_on_its_way() {
    let (told, waited_for, read) = (Stream::new(1), Stream::new(1), Stream::new(1));
    told.tell(|| {});
    waited_for.append(Bytes::from_static(b"a reply"));
    for (stream, is_reading) in [(told, false), (waited_for, false), (read, true)] {
        assert_eq!(released(&stream, is_reading), (false, true), "{stream:?}");
    }
}

#[test]
fn credit_for_bytes_never_handed_out_is_not_believed() {
    let stream = Stream::new(1);
    stream.append(Bytes::from(vec![0; LEAST]));
    stream.credit(usize::MAX, Instant::now);
    assert!(!has_room(&stream));
}

#[test]
fn chunks_that_arrive_together_are_announced_once() {
    let stream = Stream::new(1);
    assert!(stream.append(Bytes::from_static(b"a")).is_news);
    assert!(!stream.append(Bytes::from_static(b"b")).is_news);
    assert_eq!(stream.take(&mut [0; 8]).bytes, 2);
    assert!(stream.append(Bytes::from_static(b"c")).is_news);
}

#[test]
fn half_the_window_is_much_however_it_came() {
    let stream = Stream::new(1);
    let much = [MUCH - 1, 1, 1].map(|size| stream.append(Bytes::from(vec![0; size])).is_much);
    assert_eq!(much, [false, true, true]);
    let _ = stream.take(&mut vec![0; MUCH]);
    assert!(!stream.append(Bytes::from_static(b"a")).is_much, "what was taken counts no more");
}

#[test]
fn a_body_is_a_transfer_once_more_has_come_than_its_window_held_at_first_whatever_was_read_of_it() {
    let stream = Stream::new(1);
    let mut place = vec![0; LEAST / 4];
    let is_transfer = [0; 5].map(|_| {
        let appended = stream.append(Bytes::from(vec![0; LEAST / 4]));
        let _ = stream.take(&mut place);
        appended.is_transfer
    });
    assert_eq!(is_transfer, [false, false, false, false, true]);
    stream.spoken();
    assert!(!stream.append(Bytes::from_static(b"an answer")).is_transfer);
}

#[test]
fn bytes_are_taken_in_order_however_they_came_and_however_much_room_there_is() {
    let all: Vec<u8> = (0..=255).collect();
    for room in 1..=300 {
        let stream = Stream::new(1);
        for piece in all.chunks(7) {
            stream.append(Bytes::copy_from_slice(piece));
        }
        let mut taken = Vec::new();
        while stream.standing().0 > 0 {
            let mut place = vec![0; room];
            let Taken { bytes, more } = stream.take(&mut place);
            taken.extend_from_slice(&place[..bytes]);
            assert_eq!(more, stream.standing().0 > 0);
        }
        assert_eq!(taken, all, "room for {room}");
    }
}

#[test]
fn what_arrives_between_the_question_and_the_taking_is_left_to_the_taker() {
    let stream = Stream::new(1);
    stream.append(Bytes::from_static(b"ab"));
    let asked = stream.standing().0;
    assert!(!stream.append(Bytes::from_static(b"c")).is_news, "its announcement is still under way");
    assert_eq!(stream.take(&mut vec![0; asked]), Taken { bytes: 2, more: true });
    assert_eq!(stream.take(&mut [0; 8]), Taken { bytes: 1, more: false });
}

#[test]
fn a_discarded_stream_has_room_and_holds_nothing() {
    let stream = Stream::new(1);
    stream.append(Bytes::from(vec![0; LEAST]));
    stream.discard(true);
    assert!(has_room(&stream));
    assert_eq!(stream.take(&mut [0; 8]).bytes, 0);
    let verdict = stream.poll_discarding(&mut Context::from_waker(Waker::noop()));
    assert_eq!(verdict, Poll::Ready(true));
}

#[test]
fn a_body_that_nobody_has_begun_to_read_has_more_room_so_often_and_none_once_somebody_has() {
    let stream = Stream::new(1);
    stream.append(Bytes::from(vec![0; LEAST]));
    assert!(!has_room(&stream));
    assert!(stream.overflow() && has_room(&stream));
    let times = 1 + std::iter::repeat_with(|| stream.overflow()).take_while(|more| *more).count();
    assert_eq!(times * OVERFLOW_STEP, MOST_OVERFLOW);
    stream.append(Bytes::from(vec![0; MOST_OVERFLOW]));
    assert!(!has_room(&stream));
    let mut place = vec![0; LEAST];
    assert_eq!(stream.take(&mut place), Taken { bytes: LEAST, more: true });
    stream.credit(LEAST, Instant::now);
    assert!(!has_room(&stream) && !stream.overflow(), "what is there is read first");
}
