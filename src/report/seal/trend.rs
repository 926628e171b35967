//! The course of an index over rounds, for every unit: points on common items, breaks, slope and test.

use std::collections::BTreeMap;

use super::bodies::reorganised;
use super::joins::line;
use super::levels::{Levels, levels_of_form};
use super::material::{Fielded, Fielding, Material, as_people};
use super::rules::stricter;
use super::weights::CONFIDENCE;
use crate::measure::trend::{TrendPoint as Timed, known_error_trend, mann_kendall, theil_sen};
use crate::report::model::{Break, Segment, Slope, Trend, TrendPoint, TrendTest, Unit};
use crate::round::AudienceName;
use crate::survey::definition::IndexId;

/// From so many points on a slope is told.
const SLOPE_FROM: usize = 3;
/// From so many points on a test of direction can say something.
const TEST_FROM: usize = 5;

/// The levels of a stretch of comparable rounds.
struct Course<'a> {
    common: u32,
    break_before: Option<String>,
    rounds: Vec<(&'a Fielding, Levels)>,
}

/// The trend of an index for each unit of the present round and for the state.
pub(super) fn trends(
    material: &Material,
    audience: &AudienceName,
    fielded: &Fielded,
    index: &IndexId,
) -> BTreeMap<Unit, Trend> {
    let courses = courses(material, audience, index);
    let units = fielded
        .units()
        .into_keys()
        .chain([Unit::StateMean, Unit::StateMedian]);
    units
        .map(|unit| {
            let trend = unit_trend(material, audience, &courses, &unit);
            (unit, trend)
        })
        .collect()
}

fn courses<'a>(material: &'a Material, audience: &AudienceName, index: &IndexId) -> Vec<Course<'a>> {
    let levels_of = |round: &'a Fielding, form: &_| {
        let fielded = round.audiences.get(audience)?;
        let rule = stricter(&material.present, round);
        Some((round, levels_of_form(fielded, form, &rule)))
    };
    line(material, audience, index)
        .into_iter()
        .map(|stretch| Course {
            common: stretch.common,
            break_before: stretch.break_before,
            rounds: stretch
                .rounds
                .iter()
                .filter_map(|(round, form)| levels_of(round, form))
                .collect(),
        })
        .collect()
}

/// A segment under construction, with what separates it from the one before.
struct Piece {
    breaks: Option<Break>,
    segment: Segment,
}

fn unit_trend(material: &Material, audience: &AudienceName, courses: &[Course<'_>], unit: &Unit) -> Trend {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut last: Option<&Fielding> = None;
    for course in courses {
        let mut reason = last.and(course.break_before.clone());
        let mut is_new = true;
        for (round, levels) in &course.rounds {
            let body = last.and_then(|last| reorganised(material, audience, unit, (last, round)));
            reason = reason.or(body);
            if is_new || reason.is_some() {
                pieces.push(piece(round, reason.take(), course.common));
                is_new = false;
            }
            if let (Some(piece), Some(point)) = (pieces.last_mut(), point(round, levels, unit)) {
                piece.segment.points.push(point);
            }
            last = Some(round);
        }
    }
    let mut trend = joined(pieces);
    let times = |point: &TrendPoint| time_of(courses, point);
    let is_present = |point: &TrendPoint| point.round == material.present.round;
    if let Some(segment) = trend
        .segments
        .last()
        .filter(|segment| segment.points.iter().any(is_present))
    {
        let times: Vec<f64> = segment.points.iter().map(times).collect();
        trend.slope = slope(segment, &times);
        trend.test = test(segment);
    }
    trend
}

fn piece(first: &Fielding, reason: Option<String>, common_items: u32) -> Piece {
    Piece {
        breaks: reason.map(|reason| Break {
            date: first.opened_on.clone(),
            reason,
        }),
        segment: Segment {
            common_items,
            points: Vec::new(),
        },
    }
}

/// Leaves out segments without a point. A break that then has nothing before it goes too; one after a left-out
/// segment stays, with the reasons of both.
fn joined(pieces: Vec<Piece>) -> Trend {
    let mut trend = Trend::default();
    let mut open: Option<Break> = None;
    for piece in pieces {
        open = match (open, piece.breaks) {
            (Some(first), Some(second)) => Some(Break {
                date: second.date,
                reason: format!("{}; {}", first.reason, second.reason),
            }),
            (first, second) => first.or(second),
        };
        if piece.segment.points.is_empty() {
            continue;
        }
        if !trend.segments.is_empty() {
            trend.breaks.extend(open.take());
        }
        open = None;
        trend.segments.push(piece.segment);
    }
    trend
}

fn point(round: &Fielding, levels: &Levels, unit: &Unit) -> Option<TrendPoint> {
    let base = |value: f64, respondents: u32| TrendPoint {
        round: round.round.clone(),
        title: round.title.clone(),
        date: round.closed_on.clone(),
        value,
        standard_error: None,
        process_error: None,
        interval: None,
        respondents,
    };
    match unit {
        Unit::StateMean => levels.mean.as_ref().map(|level| TrendPoint {
            standard_error: level.estimate.se,
            process_error: level.estimate.process_se,
            interval: level.estimate.interval,
            ..base(level.estimate.mean, as_people(level.estimate.respondents))
        }),
        Unit::StateMedian => levels.median.as_ref().map(|level| TrendPoint {
            interval: level.interval,
            ..base(level.value, level.agencies)
        }),
        unit => levels.shown.get(unit).map(|level| TrendPoint {
            standard_error: level.estimate().se,
            process_error: level.estimate().process_se,
            interval: level.estimate().interval,
            ..base(level.estimate().mean, as_people(level.respondents()))
        }),
    }
}

fn time_of(courses: &[Course<'_>], point: &TrendPoint) -> f64 {
    let mut rounds = courses.iter().flat_map(|course| &course.rounds);
    let found = rounds.find(|(round, _)| round.round == point.round);
    found.map_or(0.0, |(round, _)| round.closed_in_years)
}

/// The slope of the points that have an error of their own; none where fewer than three have.
fn slope(segment: &Segment, times: &[f64]) -> Option<Slope> {
    let timed: Vec<Timed> = segment
        .points
        .iter()
        .zip(times)
        .filter_map(|(point, time)| {
            Some(Timed {
                time: *time,
                value: point.value,
                se: point.process_error.filter(|error| *error > 0.0)?,
            })
        })
        .collect();
    if timed.len() < SLOPE_FROM {
        return None;
    }
    let trend = known_error_trend(&timed, CONFIDENCE).ok()?;
    let values: Vec<f64> = timed.iter().map(|point| point.value).collect();
    let times: Vec<f64> = timed.iter().map(|point| point.time).collect();
    Some(Slope {
        per_year: trend.slope,
        standard_error: trend.se,
        interval: trend.interval,
        theil_sen: theil_sen(&times, &values, CONFIDENCE).ok().map(|line| line.slope),
    })
}

fn test(segment: &Segment) -> Option<TrendTest> {
    let values: Vec<f64> = segment.points.iter().map(|point| point.value).collect();
    if values.len() < TEST_FROM {
        return None;
    }
    let test = mann_kendall(&values).ok()?;
    Some(TrendTest {
        tau: test.tau_b,
        p: test.p,
    })
}
