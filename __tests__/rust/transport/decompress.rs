//! Content codings, against what Node's zlib makes and says. The inputs in hexadecimal were made by zlib of
//! Node 20.20 (`gzipSync`, `deflateSync`, `deflateRawSync`, `brotliCompressSync`) and by zstd 1.5.

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body;
use http_body_util::{BodyExt, Full};
use rag_connection_pool::error::{Error, Kind};
use rag_connection_pool::transport::body::ReqBody;
use rag_connection_pool::transport::decompress::{Bounds, Coding, codings, decode};

use crate::loopback::run;

const TEXT: &str = "hello hello hello hello\n";
const GZIP: &str = "1f8b0800000000000003cb48cdc9c957c84027b9000088590b18000000";
const ZLIB: &str = "789ccb48cdc9c957c84027b90070be08bb";
const RAW: &str = "cb48cdc9c957c84027b900";
const BROTLI: &str = "1b1700f88d946ede445586d60a206c6f4a1179e280ae16";
const ZSTD: &str = "28b52ffd04586d00003868656c6c6f200a0100994b11a87c2ea8";
/// "hello hello hello hello\n" in gzip, then that in brotli.
const GZIP_THEN_BROTLI: &str = "0b0e801f8b0800000000000003cb48cdc9c957c84027b9000088590b1800000003";
/// A gzip stream of "event one\n" and "event two\n", flushed between; and where the flush ends.
const FLUSHED: &str = "1f8b08000000000000034a2d4bcd2b51c8cf4be502000000ffff4b05b34acaf3b9009f23fd3114000000";
const FLUSHED_AT: usize = 26;
/// 64 MiB of zeros in brotli.
const BOMB: &str = "cbffff3f002400e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40f7fe8fffff7f004800c46101e8defff1ffff0f000980382c00ddfbbffcffff032001108705a07bff07";

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

async fn decoded(codings: &[Coding], coded: Vec<u8>) -> Result<Bytes, Error> {
    let body = decode(codings, ReqBody::Full(coded.into()), Bounds::default());
    body.collect().await.map(http_body_util::Collected::to_bytes)
}

/// The same, the body coming byte by byte.
async fn decoded_slowly(codings: &[Coding], coded: Vec<u8>) -> Result<Bytes, Error> {
    let (sender, body) = ReqBody::channel(1, None);
    tokio::spawn(async move {
        for byte in coded {
            sender.send(Bytes::from(vec![byte])).await.unwrap();
        }
        drop(sender.finish(None).await);
    });
    decode(codings, body, Bounds::default()).collect().await.map(http_body_util::Collected::to_bytes)
}

fn fields(value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(http::header::CONTENT_ENCODING, http::HeaderValue::from_static(value))])
}

#[test]
fn every_coding_comes_off() {
    run(async {
        for (coding, coded) in [
            (Coding::Gzip, GZIP),
            (Coding::Deflate, ZLIB),
            (Coding::Deflate, RAW),
            (Coding::Brotli, BROTLI),
            (Coding::Zstd, ZSTD),
        ] {
            assert_eq!(decoded(&[coding], bytes(coded)).await.unwrap(), TEXT, "{coding:?}");
        }
    });
}

#[test]
fn every_coding_comes_off_byte_by_byte() {
    run(async {
        for (coding, coded) in [
            (Coding::Gzip, GZIP),
            (Coding::Deflate, ZLIB),
            (Coding::Deflate, RAW),
            (Coding::Brotli, BROTLI),
            (Coding::Zstd, ZSTD),
        ] {
            assert_eq!(decoded_slowly(&[coding], bytes(coded)).await.unwrap(), TEXT, "{coding:?}");
        }
    });
}

#[test]
fn stacked_codings_come_off_last_first() {
    run(async {
        let codings = codings(&fields("gzip, br")).unwrap();
        assert_eq!(decoded(&codings, bytes(GZIP_THEN_BROTLI)).await.unwrap(), TEXT);
    });
}

#[test]
fn a_flushed_piece_passes_before_the_next_arrives() {
    run(async {
        let coded = Bytes::from(bytes(FLUSHED));
        let (sender, body) = ReqBody::channel(1, None);
        let mut body = decode(&[Coding::Gzip], body, Bounds::default());
        sender.send(coded.slice(..FLUSHED_AT)).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "event one\n");
        sender.send(coded.slice(FLUSHED_AT..)).await.unwrap();
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "event two\n");
    });
}

#[test]
fn a_truncated_body_is_an_error() {
    run(async {
        for (coding, coded) in [
            (Coding::Gzip, GZIP),
            (Coding::Deflate, ZLIB),
            (Coding::Deflate, RAW),
            (Coding::Brotli, BROTLI),
            (Coding::Zstd, ZSTD),
        ] {
            let mut coded = bytes(coded);
            coded.pop();
            let error = decoded(&[coding], coded).await.unwrap_err();
            assert_eq!(
                (error.code(), &*error.facts().message),
                ("Z_BUF_ERROR", "unexpected end of file"),
                "{coding:?}"
            );
        }
    });
}

#[test]
fn a_body_that_is_not_in_its_coding_is_an_error() {
    run(async {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            let error =
                decoded(&[coding], b"\xff\xffplain text, and enough of it".to_vec()).await.unwrap_err();
            assert_eq!(error.code(), "Z_DATA_ERROR", "{coding:?}");
        }
    });
}

#[test]
fn a_wrong_checksum_is_an_error() {
    run(async {
        let mut coded = bytes(GZIP);
        let at = coded.len() - 8;
        coded[at] ^= 1;
        assert_eq!(decoded(&[Coding::Gzip], coded).await.unwrap_err().code(), "Z_DATA_ERROR");
    });
}

#[test]
fn an_empty_body_is_whole() {
    run(async {
        for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
            assert_eq!(decoded(&[coding], Vec::new()).await.unwrap(), "", "{coding:?}");
        }
    });
}

#[test]
fn gzip_members_follow_one_another() {
    run(async {
        let coded = [bytes(GZIP), bytes(GZIP)].concat();
        assert_eq!(decoded(&[Coding::Gzip], coded).await.unwrap(), TEXT.repeat(2));
    });
}

#[test]
fn zeros_after_a_gzip_member_are_padding() {
    run(async {
        let coded = [bytes(GZIP), vec![0; 512]].concat();
        assert_eq!(decoded(&[Coding::Gzip], coded).await.unwrap(), TEXT);
    });
}

#[test]
fn a_bomb_is_cut_at_its_bound() {
    run(async {
        let bounds = Bounds { free: 1024 * 1024, ..Bounds::default() };
        let mut body = decode(&[Coding::Brotli], ReqBody::Full(bytes(BOMB).into()), bounds);
        let mut given = 0;
        let error = loop {
            match body.frame().await.expect("a bomb does not end well") {
                Ok(frame) => given += frame.into_data().unwrap().len(),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), &Kind::BodyTooLarge);
        assert!(given <= 1024 * 1024, "{given}");
        assert!(body.is_end_stream());
    });
}

#[test]
fn what_is_free_is_not_measured_against_the_ratio() {
    run(async {
        let body = decode(
            &[Coding::Brotli],
            ReqBody::Full(bytes(BOMB).into()),
            Bounds { free: 64 * 1024 * 1024, ..Bounds::default() },
        );
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 64 * 1024 * 1024);
    });
}

#[test]
fn the_bodys_own_error_passes_through() {
    run(async {
        let cause = Error::new(Kind::BodyTimeout, rag_connection_pool::error::Phase::Body, "no byte");
        let (sender, body) = ReqBody::channel(2, None);
        sender.send(Bytes::from(bytes(GZIP)).slice(..12)).await.unwrap();
        sender.abort(cause.clone()).await.unwrap();
        let error = decode(&[Coding::Gzip], body, Bounds::default()).collect().await.unwrap_err();
        assert_eq!(error, cause);
    });
}

#[test]
fn trailers_pass_through() {
    run(async {
        let trailers = fields("x");
        let given = trailers.clone();
        let body = Full::new(Bytes::from(bytes(GZIP)))
            .with_trailers(async move { Some(Ok(given)) })
            .map_err(|never| -> Error { match never {} });
        let body = Box::pin(body);
        let collected = decode(&[Coding::Gzip], body, Bounds::default()).collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
    });
}

#[test]
fn an_unknown_coding_leaves_the_body_as_it_is() {
    for value in ["compress", "gzip, compress", "aes128gcm, br"] {
        assert_eq!(codings(&fields(value)).unwrap(), [], "{value}");
    }
}

#[test]
fn codings_are_named_in_any_case_and_identity_is_none() {
    assert_eq!(codings(&fields("X-GZip, identity")).unwrap(), [Coding::Gzip]);
}

#[test]
fn more_than_five_codings_are_refused() {
    let error = codings(&fields("gzip, gzip, gzip, gzip, gzip, gzip")).unwrap_err();
    assert_eq!(error.code(), "Z_DATA_ERROR");
}
