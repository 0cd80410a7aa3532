//! One connection: requests in, answers out, in the same order.

use std::{io, io::IoSlice, pin::pin, sync::Arc, time::Duration};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt as _},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{
    Broker,
    answer::{Answer, Later},
    api::{self, Context, RequestError},
    frame::{self, FrameError},
};

/// A client that does not read its answers is let go.
const READS_ON: Duration = Duration::from_secs(30);

/// Why a connection is closed, other than by its client.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error("read a frame")]
    Frame(#[from] FrameError),
    #[error("understand a request")]
    Request(#[from] RequestError),
    #[error("its answers are not read for {} s", READS_ON.as_secs())]
    NotRead,
    #[error("write an answer")]
    Write(#[from] io::Error),
}

/// What a client asked that went away is done for so long.
const GONE: Duration = Duration::from_secs(60);

type Queued = (Later, OwnedSemaphorePermit);

/// Serves until the client is done.
pub(super) async fn serve(broker: &Arc<Broker>, stream: TcpStream) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let (here, peer) = (stream.local_addr()?, stream.peer_addr()?);
    let (read, write) = stream.into_split();
    let (queue, answers) = mpsc::channel(broker.options.in_flight);
    let context = Context { broker: Arc::clone(broker), here, peer };
    let mut giving = pin!(give_answers(answers, write));
    tokio::select! {
        ended = take_requests(&context, read, queue) => ended?,
        ended = &mut giving => return ended,
    }
    // What a client asked before it went is done all the same: one that closes behind its leaving a group has left.
    timeout(GONE, giving).await.unwrap_or(Ok(()))
}

/// The client went away: that is its right.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof)
}

async fn take_requests(
    context: &Context,
    mut read: OwnedReadHalf,
    queue: mpsc::Sender<Queued>,
) -> Result<(), ConnectionError> {
    let broker = &context.broker;
    loop {
        let frame = match frame::read(&mut read, broker.options.frame_bytes, &broker.frames).await {
            Ok(Some(frame)) => frame,
            Ok(None) => return Ok(()),
            Err(FrameError::Io(error)) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if let Some(later) = api::take(context, frame.bytes).await? {
            // It is the writer that ended when nobody takes it, and says why.
            if queue.send((later, frame.room)).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// Ends when there are no more requests.
async fn give_answers(
    mut answers: mpsc::Receiver<Queued>,
    mut write: OwnedWriteHalf,
) -> Result<(), ConnectionError> {
    let mut is_there = true;
    while let Some((later, room)) = answers.recv().await {
        let Answer { parts, room: held } = later.await?;
        drop(room);
        if is_there {
            match write_all(&mut write, parts).await {
                Err(ConnectionError::Write(error)) if is_gone(&error) => is_there = false,
                written => written?,
            }
        }
        drop(held);
    }
    Ok(())
}

async fn write_all(
    into: &mut (impl AsyncWrite + Unpin),
    mut parts: Vec<Bytes>,
) -> Result<(), ConnectionError> {
    parts.retain(|part| !part.is_empty());
    let mut first = 0;
    while first < parts.len() {
        let slices: Vec<IoSlice<'_>> =
            parts[first..].iter().take(64).map(|part| IoSlice::new(part)).collect();
        let written = timeout(READS_ON, into.write_vectored(&slices)).await;
        let mut written = written.map_err(|_| ConnectionError::NotRead)??;
        if written == 0 {
            return Err(io::Error::from(io::ErrorKind::WriteZero).into());
        }
        while written > 0 {
            let part = &mut parts[first];
            let taken = written.min(part.len());
            part.advance(taken);
            written -= taken;
            if part.is_empty() {
                first += 1;
            }
        }
    }
    Ok(())
}
