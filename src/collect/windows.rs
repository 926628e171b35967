//! Whether rounds take answers, asked by the writer for a whole batch: true from then on until its commit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::door::Window;
use crate::round::RoundId;
use crate::store::entry::{self, WindowRow};
use crate::store::{Conn, StoreError};
use crate::survey::definition::VersionNumber;

/// The windows of some rounds, none of which can close before the transaction ends.
#[derive(Debug)]
pub(super) struct Windows(BTreeMap<String, (Window, VersionNumber)>);

impl Windows {
    /// Holds off the closing of these rounds, and reads their windows.
    pub(super) fn held<'r>(
        conn: &mut Conn,
        rounds: impl IntoIterator<Item = &'r RoundId>,
    ) -> Result<Self, StoreError> {
        let ids: BTreeSet<&str> = rounds.into_iter().map(RoundId::as_str).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        entry::keep_open(conn, &ids)?;
        let rows = entry::windows(conn, &ids)?;
        rows.into_iter().map(window).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the round takes answers to this version at this moment. Only a round that is not open can change its
    /// version; a record that was packed before would be of another layout.
    pub(super) fn takes(&self, round: &RoundId, version: VersionNumber, at: Timestamp) -> bool {
        let found = self.0.get(round.as_str());
        found.is_some_and(|(window, asked)| *asked == version && window.open_at(at).is_ok())
    }
}

fn window(row: WindowRow) -> Result<(String, (Window, VersionNumber)), StoreError> {
    let version = VersionNumber::try_from(row.version).map_err(|error| StoreError::Corrupt {
        what: "round",
        problem: error.to_string(),
    })?;
    let window = Window::of(&row.state, row.opens_at, row.closes_at)?;
    Ok((row.round, (window, version)))
}
