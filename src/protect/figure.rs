//! A figure that has been through the rule.

use serde::{Deserialize, Serialize};

use super::thresholds::Thresholds;

/// Why something is withheld. For the audit of a round, not for its readers: to them every withheld
/// figure looks the same, because the difference would tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fewer respondents than the round's k, none included.
    TooFewRespondents,
    /// Fewer people than the round promises.
    TooFewPeople,
    /// Everybody said the same, among fewer than 50.
    Unanimous,
    /// Nothing is wrong with it, but it would reveal another that is withheld.
    Complement,
    /// It stands for something that has no figure (see the estimate's own reason).
    NoFigure,
}

/// A figure as it may leave the house: shown or withheld.
///
/// There is no public constructor but [`protect`] and [`withhold`]; rendering code takes `Protected<_>` and so
/// cannot be handed a bare estimate. It is stored as it is (serde), so that pages read what was
/// decided at seal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Protected<T>(State<T>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State<T> {
    Shown(T),
    Withheld(Reason),
}

/// What a reader sees of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View<'a, T> {
    /// The figure.
    Shown(&'a T),
    /// "withheld": no reason, by intention.
    Withheld,
}

/// Rule R1: a figure about `respondents` of `people` is shown when both reach the thresholds.
///
/// `respondents` are those behind *this* figure: for an item, who answered the item.
#[must_use]
pub fn protect<T>(figure: T, respondents: u64, people: u64, thresholds: &Thresholds) -> Protected<T> {
    match refusal(respondents, people, thresholds) {
        Some(reason) => Protected(State::Withheld(reason)),
        None => Protected(State::Shown(figure)),
    }
}

/// Why R1 withholds a figure, or `None` when it may be shown.
#[must_use]
pub fn refusal(respondents: u64, people: u64, thresholds: &Thresholds) -> Option<Reason> {
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

/// A figure that is withheld whatever its size.
#[must_use]
pub fn withhold<T>(reason: Reason) -> Protected<T> {
    Protected(State::Withheld(reason))
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

    /// Why it is withheld: for the record of the seal, never for a page.
    #[must_use]
    pub fn audit_reason(&self) -> Option<Reason> {
        match &self.0 {
            State::Shown(_) => None,
            State::Withheld(reason) => Some(*reason),
        }
    }

    /// The same figure withheld; one that already is keeps its first reason.
    #[must_use]
    pub fn withheld_as(self, reason: Reason) -> Self {
        match self.0 {
            State::Shown(_) => Self(State::Withheld(reason)),
            State::Withheld(first) => Self(State::Withheld(first)),
        }
    }

    /// A part or a form of the figure, equally protected.
    #[must_use]
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Protected<U> {
        match self.0 {
            State::Shown(figure) => Protected(State::Shown(form(figure))),
            State::Withheld(reason) => Protected(State::Withheld(reason)),
        }
    }

    /// A part of the figure that has a rule of its own, equally protected before it.
    #[must_use]
    pub fn and_then<U>(self, rule: impl FnOnce(T) -> Protected<U>) -> Protected<U> {
        match self.0 {
            State::Shown(figure) => rule(figure),
            State::Withheld(reason) => Protected(State::Withheld(reason)),
        }
    }

    /// Borrows the figure, equally protected.
    #[must_use]
    pub fn as_ref(&self) -> Protected<&T> {
        match &self.0 {
            State::Shown(figure) => Protected(State::Shown(figure)),
            State::Withheld(reason) => Protected(State::Withheld(*reason)),
        }
    }
}
