//! How answers are distributed: over bands for every score, over points for rating items, over options for choices.
//!
//! What may be told of a distribution depends on counts; the share itself is weighted as the mean beside it is.

use super::cells::{At, Cells, ScoreCounts};
use super::levels::{StateLevel, UnitLevel};
use super::score::Scored;
use super::weights::CONFIDENCE;
use crate::measure::numeric::real_u64;
use crate::measure::proportion::hypergeometric;
use crate::measure::scoring::Standings;
use crate::measure::tally::Tally;
use crate::protect::{Bar, Distribution, Thresholds, coded_answers, coded_standings};
use crate::report::model::{Interval, Points};

/// A band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Band {
    Favourable,
    Neutral,
    Unfavourable,
}

impl Band {
    fn of(self, standings: &Standings) -> u64 {
        match self {
            Self::Favourable => standings.favourable,
            Self::Neutral => standings.neutral,
            Self::Unfavourable => standings.unfavourable,
        }
    }
}

/// The bands of a unit's scores, and the interval (per cent) of the favourable share where that is told.
pub(super) fn unit_standing(level: &UnitLevel) -> (Distribution, Option<Interval>) {
    let standings = level.group.all.standings();
    let bands = coded_standings(&standings);
    let weighted_share = |band: Band| {
        let parts: Vec<(u64, u64)> = level
            .group
            .parts
            .iter()
            .map(|part| (band.of(&part.standings()), part.n()))
            .collect();
        level.estimated.share(&parts)
    };
    let share = |band: Band| {
        let plain = per_cent(band.of(&standings), standings.total());
        weighted_share(band).map_or(plain, |(share, _)| share)
    };
    let interval = match weighted_share(Band::Favourable) {
        Some((_, interval)) => interval,
        None => level.group.people.and_then(|people| {
            let interval = hypergeometric(
                u64::from(people),
                standings.total(),
                standings.favourable,
                CONFIDENCE,
            );
            interval.ok().map(|interval| interval.scaled(100.0))
        }),
    };
    let interval = interval.filter(|_| is_told(&bands));
    (with_shares(bands, share), interval)
}

/// The same for the state, every share weighted by people.
pub(super) fn state_standing(level: &StateLevel) -> Option<(Distribution, Option<Interval>)> {
    let all = Tally::together(level.parts.iter().map(|(_, _, tally)| tally)).ok()??;
    let standings = all.standings();
    let bands = coded_standings(&standings);
    let share = |band: Band| level.share(|_, tally| band.of(&tally.standings()));
    let interval = share(Band::Favourable).1.filter(|_| is_told(&bands));
    Some((with_shares(bands, |band| share(band).0), interval))
}

fn with_shares(bands: Distribution, share: impl Fn(Band) -> f64) -> Distribution {
    match bands {
        Distribution::Bands {
            favourable,
            neutral,
            unfavourable,
        } => Distribution::Bands {
            favourable: weighted(favourable, share(Band::Favourable)),
            neutral: weighted(neutral, share(Band::Neutral)),
            unfavourable: weighted(unfavourable, share(Band::Unfavourable)),
        },
        Distribution::FavourableOrNot { favourable, rest } => {
            let of = share(Band::Favourable);
            Distribution::FavourableOrNot {
                favourable: weighted(favourable, of),
                rest: weighted(rest, 100.0 - of),
            }
        }
        points @ Distribution::Points(_) => points,
    }
}

/// How a unit's answers to a rating item are distributed; `None` for other subjects.
pub(super) fn unit_answers(scored: &Scored, counts: &ScoreCounts, rule: &Thresholds) -> Option<Points> {
    if counts.points.is_empty() {
        return None;
    }
    let bars = coded_answers(&counts.points, rule);
    Some(Points {
        labels: labels(scored),
        bars,
    })
}

/// The same for the state, every share weighted by people. Bands stand beside it already, so only points do.
pub(super) fn state_answers(
    scored: &Scored,
    level: &StateLevel,
    cells: &Cells,
    at: impl Fn(usize) -> At,
    rule: &Thresholds,
) -> Option<Points> {
    let of_unit = |unit: usize| cells.scores(at(unit)).map(|scores| scores.points.as_slice());
    let mut counts: Vec<u64> = Vec::new();
    for unit in level.parts.iter().flat_map(|(units, _, _)| units) {
        let points = of_unit(*unit).unwrap_or(&[]);
        counts.resize(counts.len().max(points.len()), 0);
        for (sum, count) in counts.iter_mut().zip(points) {
            *sum += count;
        }
    }
    if counts.is_empty() {
        return None;
    }
    let Distribution::Points(bars) = coded_answers(&counts, rule) else {
        return None;
    };
    let share = |place: usize| {
        let of_one = |unit: &usize| {
            of_unit(*unit)
                .and_then(|points| points.get(place))
                .copied()
                .unwrap_or(0)
        };
        let counted = |units: &[usize], _: &Tally| units.iter().map(of_one).sum();
        level.share(counted).0
    };
    let bars = bars
        .iter()
        .enumerate()
        .map(|(place, bar)| weighted(*bar, share(place)))
        .collect();
    Some(Points {
        labels: labels(scored),
        bars: Distribution::Points(bars),
    })
}

/// A told share takes the weighted value; a coded one stays coded.
pub(super) fn weighted(bar: Bar, per_cent: f64) -> Bar {
    match bar {
        Bar::Exactly(_) => Bar::Exactly(per_cent),
        coded => coded,
    }
}

/// So many of so many, in per cent.
pub(super) fn per_cent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * real_u64(part) / real_u64(whole)
    }
}

/// Whether the favourable share itself is told, and not only that it is small or large.
pub(super) fn is_told(bands: &Distribution) -> bool {
    matches!(bands.favourable(), Some(Bar::Exactly(_)))
}

/// A reverse-keyed item's highest answer is its lowest score.
fn labels(scored: &Scored) -> Vec<String> {
    let reverse = scored.form.items().any(|item| item.reverse);
    let labels = scored.points.iter().cloned();
    if reverse {
        labels.rev().collect()
    } else {
        labels.collect()
    }
}
