//! A streamed request body on its way from JavaScript to its connection.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::dispatch::Engine;
use crate::transport::body::{BodySender, Gone, ReqBody};

use super::ring::{Completion, Ring};

/// Bytes of a request body that JavaScript may hand over before the connection has taken them.
const UPLOAD_WINDOW: u32 = 256 * 1024;

/// What JavaScript hands over of a body.
pub(super) enum Piece {
    Data(Bytes),
    End,
}

/// The body, and where its pieces go. JavaScript is given room as the connection takes what came before.
pub(super) fn begin(
    engine: &Engine,
    ring: &Arc<Ring>,
    handle: u32,
    length: Option<u64>,
) -> (mpsc::UnboundedSender<Piece>, ReqBody) {
    let (sender, body) = ReqBody::channel(1, length);
    let (pieces, queue) = mpsc::unbounded_channel();
    engine.spawn(feed(Arc::clone(ring), handle, queue, sender));
    (pieces, body)
}

async fn feed(ring: Arc<Ring>, handle: u32, mut queue: mpsc::UnboundedReceiver<Piece>, sender: BodySender) {
    ring.push(Completion::Room { handle, bytes: UPLOAD_WINDOW });
    ring.flush();
    loop {
        let piece = tokio::select! {
            piece = queue.recv() => piece,
            () = sender.gone() => return,
        };
        match piece {
            Some(Piece::Data(bytes)) => {
                let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                if sender.send(bytes).await.is_err() {
                    return;
                }
                ring.push(Completion::Room { handle, bytes: size });
            }
            Some(Piece::End) => {
                // Gone is no fault here: the reply came before the body's end.
                let _over: Result<(), Gone> = sender.finish(None).await;
                return;
            }
            // Dropping the sender fails the request: a body that was cut off must not look whole.
            None => return,
        }
    }
}
