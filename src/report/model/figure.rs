//! A figure: an estimate with everything that is needed to read it rightly.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::drivers::Drivers;
use super::standing::{Agreement, Rank, Ranking, Stabilisation, Stabilised};
use super::trend::Trend;
use crate::measure::method::Method;

pub use crate::measure::estimate::IntervalKind;
pub use crate::measure::interval::Interval;
pub use crate::protect::{Bar, Distribution, Protected};

/// One estimate of one unit and subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// n: how many respondents it is about.
    pub respondents: u32,
    /// N: how many people were invited; none for a segment of which the roster does not tell.
    pub people: Option<u32>,
    /// The share (0 to 1) of the invited who sent a response, whether or not they answered this; none where `people` is.
    pub response_rate: Option<f64>,
    /// What was found.
    pub measured: Measured,
    /// Indices only: the change since the comparable round before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// Indices only: the course over rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trend: Option<Trend>,
    /// What a reader must know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// How it was computed.
    pub method: Method,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Measured {
    /// A mean score.
    Score(Box<Score>),
    /// The median of agencies' scores.
    Median {
        /// The score in the middle.
        value: f64,
        /// How many agencies and clusters it is the middle of.
        agencies: u32,
        /// From the middle of the units' lower limits to the middle of their upper ones: at least 95 %.
        interval: Option<Interval>,
    },
    /// Answers to a choice item.
    Choices {
        /// In the order of the form. Of a multiple choice they may add up to more than all.
        options: Vec<OptionShare>,
    },
    /// Participation only: n, N and rate say it all.
    Participation,
    /// Answers to a number item, in its own unit.
    Number(NumberSummary),
    /// Whether agencies may be compared at all (the state only).
    Agreement(Agreement),
    /// Whether agencies are ranked (the state only).
    Ranking(Ranking),
    /// The place of a unit among all.
    Rank(Rank),
    /// The model of the stabilised view (the state only).
    Stabilisation(Stabilisation),
    /// A unit in the stabilised view.
    Stabilised(Stabilised),
    /// What goes with an outcome.
    Drivers(Drivers),
}

/// Answers to a number item, in its own unit. Neither the least nor the largest: they are somebody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumberSummary {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: Option<f64>,
    /// With finite population correction where N is known.
    pub standard_error: Option<f64>,
    /// 95 %, Student's t.
    pub interval: Option<Interval>,
    /// The one in the middle.
    pub median: f64,
}

/// A mean score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100.
    pub mean: f64,
    /// The spread between respondents.
    pub sd: Option<f64>,
    /// With finite population correction where N is known.
    pub standard_error: Option<f64>,
    /// 95 %.
    pub interval: Option<Interval>,
    /// The smallest change that two rounds with so many respondents and this spread would show in four of five cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_detectable: Option<f64>,
    /// Weighted means only: Kish's design effect of the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub design_effect: Option<f64>,
    /// What kind of interval it is, or why there is none.
    pub interval_kind: IntervalKind,
    /// Per cent favourable, neutral, unfavourable, as finely as the number of respondents allows.
    pub standing: Distribution,
    /// 95 % interval of the favourable share in per cent, where the share itself is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourable_interval: Option<Interval>,
    /// Indices only: those who answered every item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_cases: Option<CompleteCases>,
    /// Indices only: how well the items go together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<Reliability>,
    /// Indices only: the share (per cent) of respondents who gave the same answer to every item. Flagged, never deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub straight_lined: Option<Bar>,
    /// Rating items only: how answers are distributed over the points of the scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Points>,
}

/// How the answers to a rating item are distributed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// What stands at each point, lowest score first, in the survey's first language.
    pub labels: Vec<String>,
    /// Bars for the points, or for bands where there are too few respondents.
    pub bars: Distribution,
}

/// How well the items of an index go together, among those who answered every one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Who answered every item.
    pub complete: u32,
    /// Cronbach's alpha; negative where an item is keyed the wrong way.
    pub alpha: f64,
    /// Feldt's interval, 95 %.
    pub alpha_interval: Interval,
    /// McDonald's omega total of a one-factor model; from 100 complete answers on, and only where the model fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omega: Option<f64>,
}

/// Those who answered every item of an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompleteCases {
    /// Their share of the respondents, 0 to 1; none where it would single some out.
    pub share: Option<f64>,
    /// The index among them; none where it would single some out.
    pub mean: Option<f64>,
}

/// The share of respondents who chose an option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptionShare {
    /// The option.
    pub id: String,
    /// As people read it, in the survey's first language.
    pub label: String,
    /// In per cent of the respondents.
    pub bar: Bar,
}

/// What a reader must know about a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Warning {
    /// Fewer than half of the invited answered.
    LowResponse,
    /// Some agencies have no figure and do not enter this one.
    AgenciesMissing,
    /// The wording of an item changed since the round before.
    WordingChanged,
    /// Everybody answered: there is no sampling error.
    CompleteCount,
    /// Weights differ so much that the interval is a good deal wider than n says: a design effect above 1.5.
    HighDesignEffect,
    /// Cronbach's alpha is negative: an item may be keyed the wrong way.
    CheckKeying,
    /// What people say about themselves contradicts the roster's headcounts, so these were not used.
    HeadcountsContradict,
}
