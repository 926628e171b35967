//! The mean of a group: a census of a known number of people of whom some answered.
//!
//! Non-response is taken as random within strata (say so on every page). The finite population
//! correction belongs here, to *levels*; changes, trends and ranks ask about the process and use
//! [`MeanEstimate::process_se`].
//!
//! | file | what |
//! | --- | --- |
//! | `stratified` | one group, or strata that count by their headcounts; thin ones joined |
//! | `weighted` | respondents with weights of their own |
//! | `respondents` | a list of scores or a tally: both are estimated by the same code |
//! | `finish` | the interval on the logit scale, or the reason for none |
//!
//! Formulas: with `w_i` the weights, `u_i = w_i (x_i - m)/sum w` the linearised scores,
//! `V = sum_h (1 - f_h) n_h/(n_h - 1) sum_i (u_i - ubar_h)^2`, `f_h = n_h/N_h`, `df = n - H`; post-stratified
//! weights `w = N_h/n_h` take `m_h` in place of `m`. The interval is formed on the logit scale,
//! `h = t(df) SE / (100 p (1 - p))`, `100 expit(logit p -+ h)` with `p = m/100`, so that it stays inside the
//! scale and keeps its coverage near the ends.
//!
//! Reference implementation: R `survey::svymean` on `svydesign(strata, fpc)`, `svyciprop("xlogit")`.

mod finish;
mod respondents;
mod stratified;
mod weighted;

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::method::Method;
use super::undefined::Undefined;

pub use finish::logit_interval;
pub use respondents::Respondents;
pub use stratified::{Stratum, group_mean, poststratified_mean, stratified_mean};
pub use weighted::{WeightClass, WeightedStratum, class_weighted_mean, tallied_weighted_mean, weighted_mean};

/// Spreads below this are rounding noise of equal scores.
const NO_SPREAD: f64 = 1e-9;

/// What kind of interval stands beside a mean, or why none does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalKind {
    /// Student's t on the logit scale.
    LogitT,
    /// Everybody answered: there is no sampling error.
    CompleteCount,
    /// Every score is the same: no spread can be estimated. No interval.
    NoVariation,
    /// One respondent: no spread can be estimated. No interval.
    OneRespondent,
}

impl IntervalKind {
    /// English words for the page.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::LogitT => "interval from those who answered to all people of the group",
            Self::CompleteCount => "complete count, no sampling error",
            Self::NoVariation => "no variation observed",
            Self::OneRespondent => "one respondent, no interval",
        }
    }
}

/// The mean of a group with everything that is published beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanEstimate {
    /// n: respondents with a valid score.
    pub respondents: u64,
    /// N: people of the group.
    pub people: u64,
    /// n / N.
    pub rate: f64,
    /// The (weighted) mean, 0..100.
    pub mean: f64,
    /// Standard deviation of the respondents' scores, unweighted, with n - 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// Standard error of the level, with finite population correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// Standard error without the correction: for changes, trends and ranks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_se: Option<f64>,
    /// Degrees of freedom, n - H.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// The interval, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// What kind of interval, or why none.
    pub interval_kind: IntervalKind,
    /// Strata that were estimated together, because one had fewer than two respondents: each
    /// entry lists positions in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub collapsed: Vec<Vec<usize>>,
    /// Kish's design effect of the weights; 1 when all are equal. Above 1.5 a page should warn.
    pub weight_deff: f64,
    /// How it was computed.
    pub method: Method,
}

impl MeanEstimate {
    /// The strata that were estimated, given the people of those that were handed in: people and positions, after joining
    /// and in order. Those without people are left out, as they are in the estimate.
    #[must_use]
    pub fn strata(&self, people: &[u64]) -> Vec<(u64, Vec<usize>)> {
        let mut strata: Vec<(u64, Vec<usize>)> = Vec::new();
        for (place, own) in people.iter().enumerate().filter(|(_, people)| **people > 0) {
            let members = self.collapsed.iter().find(|members| members.contains(&place));
            let first = members.and_then(|members| members.iter().min()).copied();
            match strata
                .iter_mut()
                .find(|(_, found)| first.is_some_and(|first| found.contains(&first)))
            {
                Some((sum, found)) => {
                    *sum += own;
                    found.push(place);
                }
                None => strata.push((*own, vec![place])),
            }
        }
        strata
    }
}

/// Whether so many people can have given these scores.
fn check<R: Respondents + ?Sized>(people: u64, scores: &R) -> Result<(), Undefined> {
    let respondents = scores.n();
    if respondents > people {
        return Err(Undefined::MoreRespondentsThanPeople { respondents, people });
    }
    scores.check()
}
