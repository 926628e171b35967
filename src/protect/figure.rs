//! A figure that has been through the rule.

use serde::{Deserialize, Serialize};

use super::thresholds::Thresholds;

/// Why a plan withholds a cell. It stays in the plan and is told in numbers only ([`Summary`](super::plan::Summary)): a
/// withheld figure looks the same whatever the reason, on a page and in the database, because the difference would tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reason {
    /// Fewer respondents than the round's k, none included.
    TooFewRespondents,
    /// Fewer people than the round promises.
    TooFewPeople,
    /// Everybody said the same, among fewer than 50.
    Unanimous,
    /// Nothing is wrong with it, but it would reveal another that is withheld.
    Complement,
}

/// A figure as it may leave the house: shown or withheld.
///
/// Only a [`Plan`](super::plan::Plan) makes one, for the cell it decided about; rendering code takes `Protected<_>` and so
/// cannot be handed a bare estimate. It is stored as it is (serde), so that pages read what was
/// decided at seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Protected<T>(State<T>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State<T> {
    Shown(T),
    Withheld(Told),
}

/// The one thing that is told of a withheld figure. Its name is that of the first reason there was; the others are read
/// in results that were sealed when reasons were still stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Told {
    #[serde(
        rename = "too_few_respondents",
        alias = "too_few_people",
        alias = "unanimous",
        alias = "complement",
        alias = "no_figure"
    )]
    Withheld,
}

/// What a reader sees of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View<'a, T> {
    /// The figure.
    Shown(&'a T),
    /// "withheld": no reason, by intention.
    Withheld,
}

/// Why R1 withholds a figure, or `None` when it may be shown.
pub(super) fn refusal(respondents: u64, people: u64, thresholds: &Thresholds) -> Option<Reason> {
    if people < thresholds.least_people() {
        Some(Reason::TooFewPeople)
    } else if respondents < thresholds.least_respondents() {
        Some(Reason::TooFewRespondents)
    } else {
        None
    }
}

/// A figure that is shown, because a plan said so.
pub(super) fn shown<T>(figure: T) -> Protected<T> {
    Protected(State::Shown(figure))
}

/// A figure that is withheld.
pub(super) fn withhold<T>() -> Protected<T> {
    Protected(State::Withheld(Told::Withheld))
}

impl<T> Protected<T> {
    /// What a reader sees.
    #[must_use]
    pub fn view(&self) -> View<'_, T> {
        match &self.0 {
            State::Shown(figure) => View::Shown(figure),
            State::Withheld(_) => View::Withheld,
        }
    }

    /// The figure, when it is shown.
    #[must_use]
    pub fn shown(&self) -> Option<&T> {
        match &self.0 {
            State::Shown(figure) => Some(figure),
            State::Withheld(_) => None,
        }
    }

    /// Whether it is shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.shown().is_some()
    }

    /// A part or a form of the figure, equally protected.
    #[must_use]
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Protected<U> {
        match self.0 {
            State::Shown(figure) => Protected(State::Shown(form(figure))),
            State::Withheld(told) => Protected(State::Withheld(told)),
        }
    }

    /// A part of the figure that has a rule of its own, equally protected before it.
    #[must_use]
    pub fn and_then<U>(self, rule: impl FnOnce(T) -> Protected<U>) -> Protected<U> {
        match self.0 {
            State::Shown(figure) => rule(figure),
            State::Withheld(told) => Protected(State::Withheld(told)),
        }
    }

    /// Borrows the figure, equally protected.
    #[must_use]
    pub fn as_ref(&self) -> Protected<&T> {
        match &self.0 {
            State::Shown(figure) => Protected(State::Shown(figure)),
            State::Withheld(told) => Protected(State::Withheld(*told)),
        }
    }
}
