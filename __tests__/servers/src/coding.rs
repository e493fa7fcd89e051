//! Content codings.

use std::io::{self, Read};

use flate2::Compression;

/// `coding` applied to everything that `source` gives: `gzip`, `deflate` (zlib, RFC 9110, 8.4.1.2), `br` or `zstd`.
pub fn encode(coding: &str, mut source: impl Read) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(out, Compression::fast());
            io::copy(&mut source, &mut encoder)?;
            out = encoder.finish()?;
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(out, Compression::fast());
            io::copy(&mut source, &mut encoder)?;
            out = encoder.finish()?;
        }
        "br" => {
            brotli::CompressorReader::new(source, 64 * 1024, 1, 22).read_to_end(&mut out)?;
        }
        "zstd" => zstd::stream::copy_encode(source, &mut out, 1)?,
        _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("coding={coding} is unknown"))),
    }
    Ok(out)
}
