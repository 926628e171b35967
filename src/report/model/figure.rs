//! A figure: an estimate with everything that is needed to read it rightly.

use serde::{Deserialize, Serialize};

use super::change::Change;
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
    /// N: how many people were invited.
    pub people: u32,
    /// The share (0 to 1) of the invited who sent a response, whether or not they answered this.
    pub response_rate: f64,
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
}

/// A mean score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// 0 to 100.
    pub mean: f64,
    /// The spread between respondents.
    pub sd: Option<f64>,
    /// With finite population correction.
    pub standard_error: Option<f64>,
    /// 95 %.
    pub interval: Option<Interval>,
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
}
