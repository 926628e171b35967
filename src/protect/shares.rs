//! Shares of answers, with their tails coded.
//!
//! "0 %" says of everybody in the group what they did not answer, "100 %" what they did. So small and
//! large shares are shown as "at most" and "at least" (rule R3): 5 and 95 below 100 respondents, 2 and
//! 98 below 300; and below 20, where 5 % is less than one person, 10 and 90.
//!
//! A coded share is worth nothing if the others give it away (60 % and 40 % leave 0 for the rest), so bars
//! are merged until more than one split of the coded respondents is possible: all answer points,
//! then favourable / neutral / unfavourable, then one of them against the rest.

use serde::{Deserialize, Serialize};

use crate::measure::numeric::real_u64;
use crate::measure::scoring::{Standing, Standings, item_score, standing};

use super::thresholds::Thresholds;

/// One share of a shown distribution, in per cent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// The share, unrounded.
    Exactly(f64),
    /// "<= 5 %": nobody, or few.
    AtMost(f64),
    /// ">= 95 %": nearly all, or all.
    AtLeast(f64),
}

/// The shares that may be shown, as coarse as the group's size asks for. Each list adds up to all
/// respondents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// One bar for each answer point, lowest score first.
    Points(Vec<Bar>),
    /// Three bands.
    Bands {
        /// Scores of 75 and above.
        favourable: Bar,
        /// Between.
        neutral: Bar,
        /// 25 and below.
        unfavourable: Bar,
    },
    /// Two: the bands cannot be told apart without giving one away.
    FavourableOrNot {
        /// Scores of 75 and above.
        favourable: Bar,
        /// All others.
        rest: Bar,
    },
}

impl Distribution {
    /// The share of favourable answers, where the bars show it. From answer points it is added up by
    /// the caller, from counts.
    #[must_use]
    pub fn favourable(&self) -> Option<Bar> {
        match self {
            Self::Points(_) => None,
            Self::Bands { favourable, .. } | Self::FavourableOrNot { favourable, .. } => Some(*favourable),
        }
    }
}

/// The answers to one item, as finely as may be told: `counts` of each point of its scale, lowest *score* first (a
/// reverse-keyed item's counts come reversed). It belongs into a figure that a plan protects.
///
/// Every point is told from [`Thresholds::distribution_from`] respondents on, three bands below.
#[must_use]
pub fn coded_answers(counts: &[u64], thresholds: &Thresholds) -> Distribution {
    let respondents: u64 = counts.iter().sum();
    let standings = standings_of_points(counts);
    let points = (respondents >= thresholds.distribution_from())
        .then(|| coded(counts))
        .flatten()
        .map(Distribution::Points);
    points.unwrap_or_else(|| coded_standings(&standings))
}

/// Favourable, neutral and unfavourable counts from the counts of a scale's points.
#[must_use]
pub fn standings_of_points(counts: &[u64]) -> Standings {
    let points = u8::try_from(counts.len()).unwrap_or(u8::MAX);
    counts
        .iter()
        .zip(1..=points)
        .fold(Standings::default(), |mut all, (count, point)| {
            match item_score(point, points, false).map(standing) {
                Some(Standing::Favourable) => all.favourable += count,
                Some(Standing::Unfavourable) => all.unfavourable += count,
                _ => all.neutral += count,
            }
            all
        })
}

/// The favourable, neutral and unfavourable shares, as finely as may be told: three bands, or two where three would give
/// a coded one away. It belongs into a figure that a plan protects.
#[must_use]
pub fn coded_standings(standings: &Standings) -> Distribution {
    let three = [standings.favourable, standings.neutral, standings.unfavourable];
    if let Some([favourable, neutral, unfavourable]) = coded(&three).as_deref() {
        return Distribution::Bands {
            favourable: *favourable,
            neutral: *neutral,
            unfavourable: *unfavourable,
        };
    }
    let total = standings.total();
    Distribution::FavourableOrNot {
        favourable: bar(standings.favourable, total),
        rest: bar(total - standings.favourable, total),
    }
}

/// The bars of a list of counts, or `None` when the bars together would reveal a coded one.
fn coded(counts: &[u64]) -> Option<Vec<Bar>> {
    let total: u64 = counts.iter().sum();
    let bars: Vec<Bar> = counts.iter().map(|count| bar(*count, total)).collect();
    let hidden: Vec<u64> = counts
        .iter()
        .zip(&bars)
        .filter(|(_, bar)| !matches!(bar, Bar::Exactly(_)))
        .map(|(count, _)| *count)
        .collect();
    let Some(most) = widest_tail(total).filter(|_| !hidden.is_empty()) else {
        return Some(bars);
    };
    if bars.iter().any(|bar| matches!(bar, Bar::AtLeast(_))) {
        // One bar holds nearly all; the rest are all coded and share what is left.
        return (hidden.len() > 1 && most > 0).then_some(bars);
    }
    let sum: u64 = hidden.iter().sum();
    let bars_hidden = u64::try_from(hidden.len()).unwrap_or(u64::MAX);
    (hidden.len() > 1 && sum > 0 && sum < most * bars_hidden).then_some(bars)
}

/// The limit of the lower tail, in per cent, for a group of that many respondents.
#[must_use]
pub fn tail_limit(respondents: u64) -> Option<f64> {
    match respondents {
        0..20 => Some(10.0),
        20..100 => Some(5.0),
        100..300 => Some(2.0),
        _ => None,
    }
}

/// The most respondents that a coded lower tail can stand for.
fn widest_tail(respondents: u64) -> Option<u64> {
    match respondents {
        0..20 => Some(respondents / 10),
        20..100 => Some(respondents / 20),
        100..300 => Some(respondents / 50),
        _ => None,
    }
}

fn bar(part: u64, whole: u64) -> Bar {
    let share = if whole == 0 {
        0.0
    } else {
        100.0 * real_u64(part) / real_u64(whole)
    };
    match (widest_tail(whole), tail_limit(whole)) {
        (Some(most), Some(limit)) if part <= most => Bar::AtMost(limit),
        (Some(most), Some(limit)) if whole - part <= most => Bar::AtLeast(100.0 - limit),
        _ => Bar::Exactly(share),
    }
}
