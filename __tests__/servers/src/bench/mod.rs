//! The server that behaves, as fast as it can.

mod http1;
mod http2;
mod prebuilt;
mod routes;
mod streams;

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::census::Census;
use crate::certificate::{Identity, Kind};
use crate::control::{self, Controlled, cpu_micros};
use crate::launch::Failure;
use crate::listen::{accept, bind, handshake};
use prebuilt::Prebuilt;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Bench {
    census: Arc<Census>,
    prebuilt: Prebuilt,
    max_streams: u32,
}

/// Opens every port; gives the line that says where they are. `max_streams` is SETTINGS_MAX_CONCURRENT_STREAMS.
pub async fn start(certificate: Kind, max_streams: u32) -> Result<Value, Failure> {
    let identity = Identity::generate(certificate)?;
    let bench = Arc::new(Bench { census: Arc::default(), prebuilt: Prebuilt::new(), max_streams });
    let (http, http_port) = bind().await?;
    let (h2c, h2c_port) = bind().await?;
    let (https, https_port) = bind().await?;
    let (https1, https1_port) = bind().await?;
    let (control, control_port) = bind().await?;

    let shared = Arc::clone(&bench);
    drop(tokio::spawn(accept(http, move |stream| plain(Arc::clone(&shared), stream))));
    let shared = Arc::clone(&bench);
    drop(tokio::spawn(accept(h2c, move |stream| cleartext2(Arc::clone(&shared), stream))));
    for (listener, protocols) in [(https, &["h2", "http/1.1"][..]), (https1, &["http/1.1"][..])] {
        let shared = Arc::clone(&bench);
        let acceptor = TlsAcceptor::from(identity.config(protocols)?);
        drop(tokio::spawn(accept(listener, move |stream| {
            secure(Arc::clone(&shared), acceptor.clone(), stream)
        })));
    }
    drop(tokio::spawn(control::serve(control, bench)));
    Ok(json!({
        "http": http_port, "https": https_port, "https1": https1_port, "h2c": h2c_port,
        "control": control_port, "ca": identity.ca,
    }))
}

/// Bytes that are read at once under TLS.
const AHEAD: usize = 16 * 1024;

async fn plain(bench: Arc<Bench>, stream: TcpStream) {
    let guest = bench.census.welcome(false);
    http1::serve(bench, guest, stream).await;
}

async fn cleartext2(bench: Arc<Bench>, stream: TcpStream) {
    let guest = bench.census.welcome(false);
    http2::serve(bench, guest, stream).await;
}

async fn secure(bench: Arc<Bench>, acceptor: TlsAcceptor, stream: TcpStream) {
    let guest = bench.census.welcome(true);
    // TLS asks for 4 KiB at a time, so that of a large upload the calls would be measured, and not the client.
    let stream = BufReader::with_capacity(AHEAD, stream);
    let Some(stream) = handshake(&acceptor, stream, &bench.census).await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2::serve(bench, guest, stream).await;
    } else {
        http1::serve(bench, guest, stream).await;
    }
}

impl Controlled for Bench {
    fn control(&self, method: &str, path: &str, _body: &[u8]) -> Option<Result<Value, String>> {
        Some(match (method, path) {
            ("GET", "/stats") => {
                let mut stats = self.census.snapshot();
                stats["cpuMicros"] = cpu_micros().into();
                Ok(stats)
            }
            ("POST", "/reset") => {
                self.census.reset();
                control::done()
            }
            ("POST", "/close-idle") => Ok(json!({ "closed": self.census.close_idle() })),
            _ => return None,
        })
    }
}
