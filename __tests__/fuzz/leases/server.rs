//! The server of the exchanges: it does what the script says, at the times at which it is told to go on.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};

use super::script::{Script, When};

/// Number of the exchange and length of the body, which stand before that.
pub const HEAD: usize = 8;

/// One exchange, as the server is told of it.
pub struct Part {
    pub number: u32,
    pub script: Script,
    /// The reply has come; the lease is over.
    pub cues: Receiver<()>,
    /// The number of the connection, once its request is there and each time that it has followed a cue.
    pub told: Sender<usize>,
}

/// Who is on next.
pub type Bill = Arc<Mutex<Option<Part>>>;

pub fn listen(listener: &UnixListener, bill: &Bill) {
    for (connection, stream) in listener.incoming().enumerate() {
        let (mut stream, bill) = (stream.unwrap(), Arc::clone(bill));
        std::thread::spawn(move || while serve(&mut stream, connection, &bill).is_some() {});
    }
}

/// None: the client has gone.
fn serve(stream: &mut UnixStream, connection: usize, bill: &Bill) -> Option<()> {
    let mut head = [0; HEAD];
    stream.read_exact(&mut head).ok()?;
    let part = bill.lock().unwrap().take().expect("a request that nobody has made");
    let [number, length] = [0, 4].map(|at| u32::from_le_bytes(head[at..at + 4].try_into().unwrap()));
    let script = &part.script;
    let asked = (number, length as usize);
    assert_eq!(asked, (part.number, script.body), "bytes of one exchange are read in another");
    let mut body = vec![0; script.body];
    if !script.is_early {
        stream.read_exact(&mut body).ok()?;
    }
    say(stream, script)?;
    part.told.send(connection).ok()?;
    for when in [When::BeforeTheEnd, When::AfterTheEnd] {
        part.cues.recv().ok()?;
        script.act(stream, when);
        part.told.send(connection).ok()?;
    }
    if script.is_early {
        stream.read_exact(&mut body).ok()?;
    }
    Some(())
}

fn say(stream: &mut UnixStream, script: &Script) -> Option<()> {
    for piece in script.reply.chunks(script.reply.len().div_ceil(script.pieces)) {
        stream.write_all(piece).ok()?;
    }
    script.act(stream, When::WithTheReply);
    Some(())
}
