//! A streamed request body on its way from JavaScript to its connection.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::dispatch::Engine;
use crate::transport::body::{BodySender, Gone, ReqBody};

use super::ring::{Completion, Ring};
use super::stream::Stream;

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
    stream: &Arc<Stream>,
    length: Option<u64>,
) -> (mpsc::UnboundedSender<Piece>, ReqBody) {
    let (sender, body) = ReqBody::channel(1, length);
    let (pieces, queue) = mpsc::unbounded_channel();
    engine.spawn(feed(Arc::clone(ring), Arc::clone(stream), queue, sender));
    (pieces, body)
}

async fn feed(
    ring: Arc<Ring>,
    stream: Arc<Stream>,
    mut queue: mpsc::UnboundedReceiver<Piece>,
    sender: BodySender,
) {
    let tell = |bytes| stream.tell(|| ring.push(Completion::Room { handle: stream.handle, bytes }));
    tell(UPLOAD_WINDOW);
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
                tell(size);
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

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::super::home::Home;
    use super::*;

    fn told(stream: Stream) -> usize {
        let ring = Arc::new(Ring::new(Home::default()));
        let (pieces, queue) = mpsc::unbounded_channel();
        let (sender, _body) = ReqBody::channel(1, None);
        drop(pieces);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(feed(
            Arc::clone(&ring),
            Arc::new(stream),
            queue,
            sender,
        ));
        let mut told = VecDeque::new();
        ring.collect(&mut told);
        told.len()
    }

    #[test]
    fn a_body_is_given_room() {
        assert_eq!(told(Stream::new(1)), 1);
    }

    #[test]
    fn no_room_is_told_of_behind_the_last_record() {
        let over = Stream::new(1);
        over.tell_last(|| {});
        assert_eq!(told(over), 0);
    }
}
