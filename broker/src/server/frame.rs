//! Frames: a length and so many bytes.

use std::{io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// A client that sends nothing at all for so long is let go.
const IDLE: Duration = Duration::from_mins(10);
/// A client that began a frame has to go on.
const GOES_ON: Duration = Duration::from_secs(30);
/// So much is made room for at once: who announces a lot and sends nothing holds no more.
const STEP: usize = 1 << 20;

/// Why a frame cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrameError {
    #[error("a frame of {length} bytes, at most {most} are read")]
    Length { length: i32, most: usize },
    #[error("nothing came for {} s", after.as_secs())]
    Silent { after: Duration },
    #[error("no memory for a frame for {} s", after.as_secs())]
    NoMemory { after: Duration },
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A frame, and the room that it takes.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) room: OwnedSemaphorePermit,
}

/// The next frame; nothing when the client is done.
pub(super) async fn read(
    from: &mut (impl AsyncRead + Unpin),
    most: usize,
    room: &Arc<Semaphore>,
) -> Result<Option<Frame>, FrameError> {
    let mut length = [0; 4];
    match silent_for(IDLE, from.read(&mut length[..1])).await? {
        0 => return Ok(None),
        _ => silent_for(GOES_ON, from.read_exact(&mut length[1..])).await?,
    };
    let length = i32::from_be_bytes(length);
    let Some(wanted) = usize::try_from(length).ok().filter(|wanted| (1..=most).contains(wanted)) else {
        return Err(FrameError::Length { length, most });
    };
    let mut bytes = BytesMut::new();
    let mut held: Option<OwnedSemaphorePermit> = None;
    while bytes.len() < wanted {
        let step = STEP.min(wanted - bytes.len());
        let more = acquire(room, step).await?;
        match &mut held {
            None => held = Some(more),
            Some(held) => held.merge(more),
        }
        let end = bytes.len() + step;
        bytes.reserve(step);
        while bytes.len() < end {
            let left = end - bytes.len();
            let mut part = (&mut *from).take(left as u64);
            if silent_for(GOES_ON, part.read_buf(&mut bytes)).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }
    let room = held.expect("because a frame has at least one byte");
    Ok(Some(Frame { bytes: bytes.freeze(), room }))
}

/// Holds room for so many bytes.
pub(super) async fn acquire(room: &Arc<Semaphore>, bytes: usize) -> Result<OwnedSemaphorePermit, FrameError> {
    let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
    let acquired = timeout(GOES_ON, Arc::clone(room).acquire_many_owned(kilobytes)).await;
    let permit = acquired.map_err(|_| FrameError::NoMemory { after: GOES_ON })?;
    Ok(permit.expect("because it is never closed"))
}

async fn silent_for<T>(
    limit: Duration,
    reading: impl Future<Output = io::Result<T>>,
) -> Result<T, FrameError> {
    timeout(limit, reading).await.map_err(|_| FrameError::Silent { after: limit })?.map_err(FrameError::Io)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8], most: usize) -> Result<Vec<Bytes>, FrameError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (room, mut from, mut frames) = (Arc::new(Semaphore::new(10_000)), bytes, Vec::new());
            while let Some(frame) = read(&mut from, most, &room).await? {
                frames.push(frame.bytes);
            }
            assert_eq!(room.available_permits(), 10_000);
            Ok(frames)
        })
    }

    #[test]
    fn frames_come_one_after_the_other() {
        let mut bytes = vec![0, 0, 0, 2, 7, 8];
        bytes.extend(u32::to_be_bytes(3 << 20));
        bytes.extend(vec![9; 3 << 20]);
        let frames = read_all(&bytes, 4 << 20).unwrap();
        assert_eq!((&frames[0][..], frames[1].len(), frames.len()), (&[7, 8][..], 3 << 20, 2));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for length in [0_i32, -1, i32::MIN, i32::MAX, 1_001] {
            let refused = read_all(&length.to_be_bytes(), 1_000);
            assert!(matches!(refused, Err(FrameError::Length { .. })), "{length}: {refused:?}");
        }
        assert!(matches!(read_all(&[0, 0, 0, 5, 1], 1_000), Err(FrameError::Io(_))));
        assert!(matches!(read_all(&[0, 0], 1_000), Err(FrameError::Io(_))));
    }
}
