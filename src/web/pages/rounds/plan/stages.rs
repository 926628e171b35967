//! The steps from an idea to an open round, in their order: which one this is, which are done, and where each is.

use serde::{Deserialize, Serialize};

use crate::post::mailing;
use crate::round::{Progress, Round, RoundId};
use crate::store::Conn;
use crate::web::problem::Problem;

/// A step of planning. Mail and the opening have pages that are there for longer than the planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::web::pages) enum Stage {
    /// What is asked, and of whom.
    Basics,
    /// Who is invited.
    Rosters,
    /// When.
    Window,
    /// What is promised.
    Promise,
    /// Invitations and reminders.
    #[serde(skip)]
    Mail,
    /// The opening.
    #[serde(skip)]
    Open,
}

/// A step, as pages show it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::web::pages) struct StageView {
    label: &'static str,
    /// Empty before there is a round.
    href: String,
    is_here: bool,
    is_done: bool,
}

impl Stage {
    const ALL: [Self; 6] = [
        Self::Basics,
        Self::Rosters,
        Self::Window,
        Self::Promise,
        Self::Mail,
        Self::Open,
    ];

    /// What it is called.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Basics => "What is asked, and of whom",
            Self::Rosters => "Rosters",
            Self::Window => "When",
            Self::Promise => "The promise",
            Self::Mail => "Invitations and reminders",
            Self::Open => "Open it",
        }
    }

    /// Where it is.
    pub(super) fn path(self, id: &RoundId) -> String {
        match self {
            Self::Basics => format!("/rounds/{id}/plan/basics"),
            Self::Rosters => format!("/rounds/{id}/plan/rosters"),
            Self::Window => format!("/rounds/{id}/plan/window"),
            Self::Promise => format!("/rounds/{id}/plan/promise"),
            Self::Mail => format!("/rounds/{id}/mail"),
            Self::Open => format!("/rounds/{id}"),
        }
    }

    /// The field at which somebody is told what concerns the whole step.
    pub(super) fn first_field(self) -> &'static str {
        match self {
            Self::Window => "opens_at",
            Self::Promise => "least_respondents",
            Self::Basics | Self::Rosters | Self::Mail | Self::Open => "title",
        }
    }

    /// The step before it.
    pub(super) fn before(self) -> Option<Self> {
        let place = Self::ALL.iter().position(|stage| *stage == self)?;
        Self::ALL.get(place.checked_sub(1)?).copied()
    }

    /// The step after it.
    pub(super) fn after(self) -> Option<Self> {
        let place = Self::ALL.iter().position(|stage| *stage == self)?;
        Self::ALL.get(place + 1).copied()
    }
}

/// The steps of a round, seen from one of them.
pub(in crate::web::pages) fn of(
    conn: &mut Conn,
    round: &Round,
    progress: &Progress,
    here: Stage,
) -> Result<Vec<StageView>, Problem> {
    let mailings = mailing::list(conn, &round.id)?;
    let is_done = |stage: Stage| match stage {
        Stage::Basics | Stage::Promise => true,
        Stage::Rosters => progress.audiences.iter().all(|audience| audience.invited > 0),
        Stage::Window => round.opens_at.is_some() && round.closes_at.is_some(),
        Stage::Mail => progress.audiences.iter().all(|audience| {
            let planned = |one: &mailing::Mailing| {
                one.audience == audience.audience && one.progress != mailing::Progress::Dropped
            };
            mailings.iter().any(planned)
        }),
        Stage::Open => false,
    };
    let view = |stage: Stage| StageView {
        label: stage.label(),
        href: stage.path(&round.id),
        is_here: stage == here,
        is_done: is_done(stage),
    };
    Ok(Stage::ALL.into_iter().map(view).collect())
}

/// The steps before there is a round.
pub(super) fn of_nothing() -> Vec<StageView> {
    let view = |stage: Stage| StageView {
        label: stage.label(),
        href: String::new(),
        is_here: stage == Stage::Basics,
        is_done: false,
    };
    Stage::ALL.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_there_and_back_visits_every_step() {
        let mut way = vec![Stage::Basics];
        while let Some(next) = way.last().and_then(|stage| stage.after()) {
            assert_eq!(next.before(), way.last().copied());
            way.push(next);
        }
        assert_eq!(way, Stage::ALL);
        assert_eq!(Stage::Basics.before(), None);
    }
}
