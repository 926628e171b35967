//! How answers are distributed: over bands for every score, over points for rating items.

use super::levels::{CONFIDENCE, StateLevel};
use super::score::Scored;
use crate::measure::numeric::count;
use crate::measure::proportion::hypergeometric;
use crate::measure::scoring::{Standing, Standings, item_score, standing};
use crate::protect::{Bar, Distribution, Thresholds, protect_answers, protect_standings};
use crate::report::model::{Interval, Points};

/// Scores this close are the same point of a scale.
const SAME_POINT: f64 = 1e-6;

/// The bands of a unit's scores, and the interval (per cent) of the favourable share where that is told.
pub(super) fn unit_standing(
    scores: &[f64],
    people: u32,
    rule: &Thresholds,
) -> Option<(Distribution, Option<Interval>)> {
    let standings = Standings::of(scores);
    let bands = protect_standings(&standings, u64::from(people), rule)
        .shown()?
        .clone();
    let interval = is_told(&bands)
        .then(|| {
            hypergeometric(
                u64::from(people),
                standings.total(),
                standings.favourable,
                CONFIDENCE,
            )
            .ok()
        })
        .flatten()
        .map(|interval| interval.scaled(100.0));
    Some((bands, interval))
}

/// The same for the state, every share weighted by people.
pub(super) fn state_standing(
    level: &StateLevel,
    rule: &Thresholds,
) -> Option<(Distribution, Option<Interval>)> {
    let standings = Standings::of(&pooled(level));
    let bands = protect_standings(&standings, u64::from(level.people), rule)
        .shown()?
        .clone();
    let (favourable_share, interval) = level.share(|score| standing(score) == Standing::Favourable);
    let interval = interval.filter(|_| is_told(&bands));
    let share = |wanted: Standing| level.share(|score| standing(score) == wanted).0;
    let bands = match bands {
        Distribution::Bands {
            favourable,
            neutral,
            unfavourable,
        } => Distribution::Bands {
            favourable: weighted(favourable, favourable_share),
            neutral: weighted(neutral, share(Standing::Neutral)),
            unfavourable: weighted(unfavourable, share(Standing::Unfavourable)),
        },
        Distribution::FavourableOrNot { favourable, rest } => Distribution::FavourableOrNot {
            favourable: weighted(favourable, favourable_share),
            rest: weighted(rest, 100.0 - favourable_share),
        },
        points @ Distribution::Points(_) => points,
    };
    Some((bands, interval))
}

/// How a unit's answers to a rating item are distributed; `None` for other subjects.
pub(super) fn unit_answers(
    scored: &Scored,
    scores: &[f64],
    people: u32,
    rule: &Thresholds,
) -> Option<Points> {
    let bars = protect_answers(&counts(scored, scores)?, u64::from(people), rule)
        .shown()?
        .clone();
    Some(Points {
        labels: labels(scored),
        bars,
    })
}

/// The same for the state, every share weighted by people. Bands stand beside it already, so only points do.
pub(super) fn state_answers(scored: &Scored, level: &StateLevel, rule: &Thresholds) -> Option<Points> {
    let counts = counts(scored, &pooled(level))?;
    let protected = protect_answers(&counts, u64::from(level.people), rule);
    let Distribution::Points(bars) = protected.shown()? else {
        return None;
    };
    let places = places(scored);
    let share = |place: f64| level.share(|score| (score - place).abs() < SAME_POINT).0;
    let bars = bars
        .iter()
        .zip(places)
        .map(|(bar, place)| weighted(*bar, share(place)))
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

fn is_told(bands: &Distribution) -> bool {
    matches!(bands.favourable(), Some(Bar::Exactly(_)))
}

fn pooled(level: &StateLevel) -> Vec<f64> {
    level
        .parts
        .iter()
        .flat_map(|(_, scores)| scores)
        .copied()
        .collect()
}

/// How many scores stand at each point, lowest score first.
fn counts(scored: &Scored, scores: &[f64]) -> Option<Vec<u64>> {
    if scored.points.is_empty() {
        return None;
    }
    let at = |place: f64| {
        count(
            scores
                .iter()
                .filter(|score| (**score - place).abs() < SAME_POINT)
                .count(),
        )
    };
    Some(places(scored).into_iter().map(at).collect())
}

/// The score of each point of the scale, lowest first.
fn places(scored: &Scored) -> Vec<f64> {
    let points = u8::try_from(scored.points.len()).unwrap_or(u8::MAX);
    (1..=points)
        .filter_map(|point| item_score(point, points, false))
        .collect()
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
