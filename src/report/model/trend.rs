//! The course of an index over rounds.

use serde::{Deserialize, Serialize};

use super::figure::Interval;
use crate::round::RoundId;

/// All points of an index, in stretches within which they are comparable.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trend {
    /// Oldest first. The last one is the present.
    pub segments: Vec<Segment>,
    /// Why each segment but the first starts anew.
    pub breaks: Vec<Break>,
    /// The slope of the last segment, from three points on.
    pub slope: Option<Slope>,
    /// Whether the last segment goes one way, from five points on.
    pub test: Option<TrendTest>,
}

/// Points that were computed on the same items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// How many items all rounds of this stretch have in common.
    pub common_items: u32,
    /// Oldest first. Rounds without a figure for the unit are left out.
    pub points: Vec<TrendPoint>,
}

/// An estimate of one round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// The round.
    pub round: RoundId,
    /// Its title.
    pub title: String,
    /// The day it closed, `2025-05-31`.
    pub date: String,
    /// The index on the common items of its segment.
    pub value: f64,
    /// Its standard error, with finite population correction.
    pub standard_error: Option<f64>,
    /// The same without the correction: what slopes are weighted by.
    pub process_error: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// How many respondents it has; for the median agency, how many agencies.
    pub respondents: u32,
}

/// A place across which nothing is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// The day from which it holds, `2025-05-31`.
    pub date: String,
    /// In words.
    pub reason: String,
}

/// A slope by weighted least squares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slope {
    /// Points a year.
    pub per_year: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Its 95 % interval.
    pub interval: Interval,
    /// Theil and Sen's slope, points a year, as a description.
    pub theil_sen: Option<f64>,
}

/// The test of Mann and Kendall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrendTest {
    /// Kendall's tau.
    pub tau: f64,
    /// Two-sided.
    pub p: f64,
}
