//! What content codings may cost that come to nothing, or to little: memory, and the turns of others.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt;
use rag_connection_pool::error::{Error, Kind};
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::decompress::{Bounds, Coding, Decoded, decode};

use crate::loopback::run;

/// A gzip member of nothing.
const EMPTY: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
/// A gzip member of "a".
const LETTER: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x04\0\x43\xbe\xb7\xe8\x01\0\0\0";
/// A stored block of 65,535 bytes, the most that one holds (RFC 1951, 3.2.4), without them.
const STORED: &[u8] = b"\x00\xff\xff\x00\x00";
const LAST_STORED: &[u8] = b"\x01\xff\xff\x00\x00";

/// A zstd frame (RFC 8878, 3.1.1) of these bytes, and then of so many zeros.
fn zstd(bytes: &[u8], zeros: usize) -> Vec<u8> {
    let head = |kind: usize, size: usize, last: bool| {
        let head = size << 3 | kind << 1 | usize::from(last);
        head.to_le_bytes()[..3].to_vec()
    };
    let mut frame = b"\x28\xb5\x2f\xfd\x00\x68".to_vec();
    frame.extend([head(0, bytes.len(), false), bytes.to_vec()].concat());
    let mut left = zeros;
    while left > 0 {
        let size = left.min(128 * 1024);
        frame.extend([head(1, size, false), vec![0]].concat());
        left -= size;
    }
    frame.extend(head(0, 0, true));
    frame
}

fn opened(codings: &[Coding], coded: Vec<u8>, bounds: Bounds) -> Decoded<ReqBody> {
    decode(codings, ReqBody::Full(coded.into()), bounds)
}

async fn decoded(codings: &[Coding], coded: Vec<u8>, bounds: Bounds) -> Result<Bytes, Error> {
    opened(codings, coded, bounds).collect().await.map(http_body_util::Collected::to_bytes)
}

/// Whether a single poll gives the thread back before it has a frame or the end.
async fn yields(body: &mut Decoded<ReqBody>) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *body).poll_frame(cx).is_pending())).await
}

#[test]
fn a_layer_that_comes_to_nothing_is_cut_at_the_bodys_bound() {
    run(async {
        let coded = zstd(EMPTY, 64 << 20);
        let error = decoded(&[Coding::Gzip, Coding::Zstd], coded, Bounds::default()).await.unwrap_err();
        assert_eq!(error.kind(), &Kind::BodyTooLarge);
    });
}

#[test]
fn a_layer_between_two_others_is_cut_at_the_bodys_bound() {
    run(async {
        let coded = zstd(&zstd(EMPTY, 64 << 20), 0);
        let codings = [Coding::Gzip, Coding::Zstd, Coding::Zstd];
        let error = decoded(&codings, coded, Bounds::default()).await.unwrap_err();
        assert_eq!(error.kind(), &Kind::BodyTooLarge);
    });
}

#[test]
fn a_layer_may_have_its_frames_besides_what_the_body_may_have() {
    run(async {
        let coded = [zstd(STORED, 65_535), zstd(LAST_STORED, 65_535)].concat();
        let bounds = Bounds { max_ratio: 1, free: 2 * 65_535, ..Bounds::default() };
        let body = decoded(&[Coding::Deflate, Coding::Zstd], coded, bounds).await.unwrap();
        assert_eq!(body.len(), 2 * 65_535);
    });
}

#[test]
fn members_of_nothing_let_others_have_their_turn() {
    run(async {
        let mut body = opened(&[Coding::Gzip], EMPTY.repeat(10_000), Bounds::default());
        assert!(yields(&mut body).await);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "");
    });
}

#[test]
fn frames_of_nothing_let_others_have_their_turn() {
    run(async {
        let mut body = opened(&[Coding::Zstd], zstd(b"", 0).repeat(10_000), Bounds::default());
        assert!(yields(&mut body).await);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "");
    });
}

#[test]
fn a_layer_that_comes_to_nothing_lets_others_have_their_turn() {
    run(async {
        let coded = zstd(EMPTY, 8 << 20);
        let mut body = opened(&[Coding::Gzip, Coding::Zstd], coded, Bounds::default());
        assert!(yields(&mut body).await);
        assert_eq!(body.collect().await.unwrap().to_bytes(), "");
    });
}

#[test]
fn members_of_a_byte_each_let_others_have_their_turn() {
    run(async {
        let mut body = opened(&[Coding::Gzip], LETTER.repeat(10_000), Bounds::default());
        let mut given = 0;
        while !yields(&mut body).await {
            given += 1;
            assert!(given < 10_000);
        }
    });
}

#[test]
fn a_small_body_is_decoded_in_one_turn() {
    run(async {
        let mut body = opened(&[Coding::Zstd], zstd(b"", 64 * 1024), Bounds::default());
        assert!(!yields(&mut body).await);
    });
}

#[test]
fn members_of_a_byte_each_share_the_room_of_one() {
    run(async {
        let mut body = opened(&[Coding::Gzip], LETTER.repeat(1_000), Bounds::default());
        let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
        let second = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!((&*first, &*second), (&b"a"[..], &b"a"[..]));
        assert_eq!(second.as_ptr().addr() - first.as_ptr().addr(), 1);
    });
}
