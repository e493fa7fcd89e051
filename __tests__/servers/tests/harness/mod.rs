//! A server as a child process, and a client that knows nothing but bytes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking; the lint sees tests only in `#[test]`"
)]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// Longer than anything here takes; reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    child: Child,
    pub(crate) ready: Value,
}

impl Server {
    pub(crate) fn start(binary: &str, flags: &[&str]) -> Self {
        let mut child =
            Command::new(binary).args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        Self { child, ready: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn connect(&self, port: &str) -> TcpStream {
        let port = u16::try_from(self.ready[port].as_u64().unwrap()).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Trusts the server's authority and nothing else.
    pub(crate) fn tls_config(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let pem = self.ready["ca"].as_str().unwrap();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_root_certificates(roots).with_no_client_auth())
    }

    pub(crate) fn connect_tls(
        &self,
        port: &str,
        config: &Arc<ClientConfig>,
    ) -> StreamOwned<ClientConnection, TcpStream> {
        let name = ServerName::try_from("localhost").unwrap();
        StreamOwned::new(ClientConnection::new(Arc::clone(config), name).unwrap(), self.connect(port))
    }

    pub(crate) fn control(&self, method: &str, path: &str, body: &str) -> Value {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        let reply = to_end(&mut ask(self.connect("control"), &request)).unwrap();
        serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    pub(crate) fn stats(&self) -> Value {
        self.control("GET", "/stats", "")
    }

    /// Looks at the statistics until they hold what is waited for.
    pub(crate) fn await_stats(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let stats = self.stats();
            if holds(&stats) {
                return stats;
            }
            assert!(Instant::now() < deadline, "never came: {what}; {stats}");
            thread::yield_now();
        }
    }

    /// Closes its standard input; gives back how it ended.
    pub(crate) fn close_input(&mut self) -> bool {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close_input();
    }
}

/// Sends text and gives the connection back.
pub(crate) fn ask<S: Write>(mut stream: S, text: &str) -> S {
    stream.write_all(text.as_bytes()).unwrap();
    stream.flush().unwrap();
    stream
}

/// Everything until the stream ends in good order.
pub(crate) fn to_end(stream: &mut impl Read) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Everything until `end` has come, and not a byte more.
pub(crate) fn until(stream: &mut impl Read, end: &str) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(end.as_bytes()) {
        stream.read_exact(&mut byte).unwrap_or_else(|why| {
            panic!("{why} after {:?}", String::from_utf8_lossy(&bytes));
        });
        bytes.push(byte[0]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
