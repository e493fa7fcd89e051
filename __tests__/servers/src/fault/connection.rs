//! One connection: reads requests, plays their scripts, keeps count.

use std::io;
use std::pin::pin;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::sleep;

use super::Fault;
use super::faults;
use super::ledger::id_of;
use super::mode::Ending;
use super::script::Step;
use crate::census::{Busy, Guest};
use crate::h1::{Body, Request, Wire, parse};
use crate::listen::Socket;

/// How often the bytes of a flood go into one write.
const FLOOD_AT_ONCE: usize = 256;

/// How a connection leaves its loop.
enum End {
    /// The script, the client or the mode closed it in good order.
    Close,
    /// FIN alone.
    Cut,
    Reset,
}

/// What an idle connection came to.
enum Idle {
    Request(Box<Request>),
    End(End),
}

/// Serves one connection to its end. However it ends, the counters tell.
pub(super) async fn serve<S: Socket>(fault: &Fault, guest: Guest, socket: S) {
    let mut wire = Wire::new(socket);
    let mut session = Session { fault, guest, limit: None };
    let end = session.converse(&mut wire).await.unwrap_or_else(|why| {
        if why.kind() == io::ErrorKind::InvalidData {
            fault.counters.malformed.fetch_add(1, Relaxed);
        }
        End::Cut
    });
    match end {
        // A client that left first makes these fail, and is closed all the same.
        End::Close => drop(wire.shutdown().await),
        End::Reset => drop(wire.socket().tcp().set_zero_linger()),
        End::Cut => {}
    }
}

/// Says nothing until the client has gone.
pub(super) async fn stall<S: Socket>(fault: &Fault, wire: &mut Wire<S>) {
    fault.counters.stalled.fetch_add(1, Relaxed);
    wire.drain().await;
    fault.counters.stalled.fetch_sub(1, Relaxed);
    fault.counters.stalls_ended.fetch_add(1, Relaxed);
}

struct Session<'a> {
    fault: &'a Fault,
    guest: Guest,
    /// How long the connection may now stay idle, and how it ends then.
    limit: Option<(Duration, Ending)>,
}

impl Session<'_> {
    async fn converse<S: Socket>(&mut self, wire: &mut Wire<S>) -> io::Result<End> {
        if self.fault.greetings.take(self.guest.is_tls()) {
            self.write(wire, &faults::greeting()).await?;
        }
        loop {
            let request = match self.next(wire).await? {
                Idle::Request(request) => request,
                Idle::End(end) => return Ok(end),
            };
            self.limit = self.fault.mode.draw();
            if let Some(end) = self.play(wire, &request).await? {
                return Ok(end);
            }
            if !request.keep_alive {
                return Ok(End::Close);
            }
        }
    }

    /// Waits for the head of a request, for no longer than an idle connection may wait.
    async fn next<S: Socket>(&mut self, wire: &mut Wire<S>) -> io::Result<Idle> {
        let connection = self.guest.connection();
        let mut told_to_close = pin!(connection.told_to_close());
        let mut expired = pin!(sleep(self.limit.map_or(Duration::MAX, |(limit, _)| limit)));
        loop {
            if let Some((length, request)) = parse(wire.input(), |head| Box::new(Request::of(head)))? {
                wire.consume(length);
                self.fault.counters.bytes_read.fetch_add(length as u64, Relaxed);
                return Ok(Idle::Request(request));
            }
            let idle = wire.input().is_empty();
            tokio::select! {
                biased;
                more = wire.fill() => if !more? {
                    if !idle {
                        self.fault.counters.requests_cut.fetch_add(1, Relaxed);
                    }
                    return Ok(Idle::End(End::Close));
                },
                () = &mut expired, if idle && self.limit.is_some() => return Ok(Idle::End(self.expire())),
                () = &mut told_to_close, if idle => return Ok(Idle::End(End::Close)),
            }
        }
    }

    fn expire(&self) -> End {
        let counters = &self.fault.counters;
        let (counter, end) = match self.limit {
            Some((_, Ending::Reset)) => (&counters.idle_resets, End::Reset),
            _ => (&counters.idle_fins, End::Close),
        };
        counter.fetch_add(1, Relaxed);
        end
    }

    /// Answers one request; says how the connection ends, if it does.
    async fn play<S: Socket>(&mut self, wire: &mut Wire<S>, request: &Request) -> io::Result<Option<End>> {
        let script = faults::script(request).unwrap_or_else(|why| faults::unknown(&why));
        let mut busy = self.guest.begin();
        for step in script {
            match step {
                Step::ReadRequest => self.read(wire, request).await?,
                Step::Write(bytes) => self.write(wire, &bytes).await?,
                Step::Dribble(bytes, every) => {
                    for byte in bytes.chunks(1) {
                        sleep(every).await;
                        self.write(wire, byte).await?;
                    }
                }
                Step::Flood(bytes) => {
                    let many = bytes.repeat(FLOOD_AT_ONCE).into_bytes();
                    loop {
                        self.write(wire, &many).await?;
                    }
                }
                Step::Pause(pause) => sleep(pause).await,
                Step::Answered => self.answered(request, &mut busy),
                Step::CloseIfIdle(limit) => self.limit = Some((limit, Ending::Fin)),
                Step::Stall => {
                    stall(self.fault, wire).await;
                    return Ok(Some(End::Cut));
                }
                Step::Close => return Ok(Some(End::Close)),
                Step::Cut => return Ok(Some(End::Cut)),
                Step::Reset => return Ok(Some(End::Reset)),
            }
        }
        Ok(None)
    }

    async fn read<S: Socket>(&self, wire: &mut Wire<S>, request: &Request) -> io::Result<()> {
        if request.expects_continue {
            self.write(wire, b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let counters = &self.fault.counters;
        let mut body = Body::new(request.framing);
        loop {
            match wire.piece(&mut body).await {
                Ok(Some(piece)) => drop(counters.bytes_read.fetch_add(piece.len() as u64, Relaxed)),
                Ok(None) => break,
                Err(why) => {
                    counters.requests_cut.fetch_add(1, Relaxed);
                    return Err(why);
                }
            }
        }
        counters.requests_read.fetch_add(1, Relaxed);
        if let Some(id) = id_of(request) {
            self.fault.ledger.read(id);
        }
        Ok(())
    }

    async fn write<S: Socket>(&self, wire: &mut Wire<S>, bytes: &[u8]) -> io::Result<()> {
        wire.write_through(bytes).await?;
        self.fault.counters.bytes_written.fetch_add(bytes.len() as u64, Relaxed);
        Ok(())
    }

    fn answered(&self, request: &Request, busy: &mut Busy) {
        busy.finish();
        self.fault.counters.replies_finished.fetch_add(1, Relaxed);
        if let Some(id) = id_of(request) {
            self.fault.ledger.answered(id);
        }
    }
}
