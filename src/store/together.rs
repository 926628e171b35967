//! Writes of one kind that are decided together: few statements for all that wait, instead of a few for each.
//!
//! A [`Together`] gathers what waits. When the writer comes to it, it takes everything (up to the size of a batch), hands it to
//! one function, and answers each after the commit, as it answers any other write. Where the set cannot be decided as one, because a
//! statement failed for one of them, it is undone and each is decided alone, in a savepoint of its own: what
//! fails, fails alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tracing::warn;

use super::activity::Activity;
use super::writer::{self, Job, Ran, Writer};
use super::{Conn, StoreError};

/// Decides a set: one outcome for each item, in their order. An item whose outcome is an error must have written nothing. An
/// error of the whole undoes everything, and each item is decided alone.
pub type Decide<I, T, E> = fn(&mut Conn, &[I]) -> Result<Vec<Result<T, E>>, StoreError>;

/// What waits to be decided together; see [`Store::write_together`](super::Store::write_together).
pub struct Together<I, T, E> {
    shared: Arc<Shared<I, T, E>>,
}

struct Shared<I, T, E> {
    decide: Decide<I, T, E>,
    waiting: Mutex<Waiting<I, T, E>>,
}

struct Waiting<I, T, E> {
    entries: VecDeque<Entry<I, T, E>>,
    /// How many jobs in the queue of the writer will take of the entries.
    turns: usize,
}

struct Entry<I, T, E> {
    item: I,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<I, T, E> Together<I, T, E>
where
    I: Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// Nothing waits yet; `decide` will decide what does.
    #[must_use]
    pub fn new(decide: Decide<I, T, E>) -> Self {
        let waiting = Waiting {
            entries: VecDeque::new(),
            turns: 0,
        };
        Self {
            shared: Arc::new(Shared {
                decide,
                waiting: Mutex::new(waiting),
            }),
        }
    }

    /// Puts an item with the others that wait, and sees to it that the writer comes for it.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait.
    pub(super) fn add(
        &self,
        writer: &Writer,
        activity: &Arc<Activity>,
        item: I,
    ) -> Result<oneshot::Receiver<Result<T, E>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let mut waiting = self.shared.lock();
        if waiting.entries.len() >= writer::QUEUE {
            return Err(StoreError::Busy);
        }
        if waiting.turns.saturating_mul(writer.batch()) <= waiting.entries.len() {
            // Nobody would come for one more. The queue never waits, so neither does whoever wants this lock.
            writer.submit(self.job(writer.batch(), activity))?;
            waiting.turns += 1;
        }
        waiting.entries.push_back(Entry { item, reply });
        activity.gathered();
        Ok(answer)
    }

    /// A turn of the writer.
    fn job(&self, most: usize, activity: &Arc<Activity>) -> Job {
        let (shared, activity) = (Arc::clone(&self.shared), Arc::clone(activity));
        Job::new(move |conn| {
            let (items, replies) = shared.take(most);
            activity.taken(items.len());
            let outcomes = match conn {
                Ok(conn) => decided(conn, shared.decide, &items),
                Err(away) => {
                    let told = away.to_string();
                    let away = |_| Err(E::from(StoreError::Unavailable(told.clone())));
                    items.iter().map(away).collect()
                }
            };
            let writes = items.len();
            let tell = move |committed: Result<(), &str>| {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    // The caller may have gone away (a closed browser tab): then nobody is left to tell.
                    drop(reply.send(writer::once_committed(outcome, committed)));
                }
            };
            Ran {
                writes,
                tell: Box::new(tell),
            }
        })
    }
}

type Taken<I, T, E> = (Vec<I>, Vec<oneshot::Sender<Result<T, E>>>);

impl<I, T, E> Shared<I, T, E> {
    fn lock(&self) -> MutexGuard<'_, Waiting<I, T, E>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, most: usize) -> Taken<I, T, E> {
        let mut waiting = self.lock();
        waiting.turns = waiting.turns.saturating_sub(1);
        let count = waiting.entries.len().min(most);
        let entries = waiting.entries.drain(..count);
        entries.map(|entry| (entry.item, entry.reply)).unzip()
    }
}

/// All at once, or else one by one.
fn decided<I, T, E>(conn: &mut Conn, decide: Decide<I, T, E>, items: &[I]) -> Vec<Result<T, E>>
where
    E: From<StoreError>,
{
    if items.len() > 1 {
        match in_savepoint(conn, decide, items) {
            Ok(outcomes) => return outcomes,
            Err(error) => {
                warn!(%error, together = items.len(), "writes could not be decided together; each is tried alone");
            }
        }
    }
    items.iter().map(|item| alone(conn, decide, item)).collect()
}

fn alone<I, T, E>(conn: &mut Conn, decide: Decide<I, T, E>, item: &I) -> Result<T, E>
where
    E: From<StoreError>,
{
    let mut outcomes = in_savepoint(conn, decide, std::slice::from_ref(item))?;
    outcomes.pop().unwrap_or_else(|| Err(E::from(undecided())))
}

fn in_savepoint<I, T, E>(
    conn: &mut Conn,
    decide: Decide<I, T, E>,
    items: &[I],
) -> Result<Vec<Result<T, E>>, StoreError> {
    writer::in_transaction(conn, |conn| {
        let outcomes = decide(conn, items)?;
        if outcomes.len() == items.len() {
            Ok(outcomes)
        } else {
            Err(undecided())
        }
    })
}

fn undecided() -> StoreError {
    StoreError::Stopped("not everything that was to be written was decided".to_owned())
}
