//! Files that are written while they are sent, from one state of the database: memory does not grow with their size.
//!
//! Writing holds a reading connection for as long as the client takes, so there are few such transfers at a time, and one whose
//! client takes nothing for [`PATIENCE`] ends. A file that could not be finished is cut short, which every client tells from a whole one
//! (its chunks do not end).

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::store::{Conn, Store, StoreError};

/// Transfers at a time: half of the connections that read are left to everybody else.
const AT_A_TIME: usize = 2;
/// Bytes that are sent together, so many pieces of which may wait for the client.
const PIECE: usize = 1 << 15;
const WAITING: usize = 4;
/// For so long a client may take nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Who may transfer at the moment.
#[derive(Debug, Clone)]
pub struct Transfers(Arc<Semaphore>);

impl Default for Transfers {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_A_TIME)))
    }
}

impl Transfers {
    /// A place for one transfer.
    ///
    /// # Errors
    /// 503 with `Retry-After` when all are taken.
    pub fn place(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.0.clone().try_acquire_owned().or(Err(Problem::busy()))
    }
}

/// What `write` writes, as it is written. The place is given back at the end.
pub fn piped<E>(
    store: Store,
    place: OwnedSemaphorePermit,
    write: impl FnOnce(&mut Conn, &mut dyn Write) -> Result<(), E> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>>
where
    E: From<StoreError> + From<io::Error> + std::fmt::Display + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut pipe = Pipe {
        sender: sender.clone(),
        piece: Vec::with_capacity(PIECE),
    };
    actix_web::rt::spawn(async move {
        let written = store.read(move |conn| {
            write(conn, &mut pipe)?;
            pipe.flush().map_err(E::from)
        });
        if let Err(error) = written.await {
            // It is recorded; the client sees that the file ends too early.
            sender.send(Err(Problem::internal(&error))).await.ok();
        }
        drop(place);
    });
    stream::unfold(receiver, |mut receiver: Receiver<_>| async move {
        let piece = receiver.recv().await?;
        Some((piece.map_err(actix_web::Error::from), receiver))
    })
}

/// Hands on what is written into it, a piece at a time.
struct Pipe {
    sender: Sender<Result<Bytes, Problem>>,
    piece: Vec<u8>,
}

impl Pipe {
    fn hand_on(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.sender.send_timeout(Ok(piece.into()), PATIENCE);
        // Written on a thread for blocking work, which may wait.
        Handle::current()
            .block_on(sent)
            .map_err(|error| io::Error::new(io::ErrorKind::BrokenPipe, error.to_string()))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}
