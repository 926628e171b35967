//! Why a figure does not exist.
//!
//! Every function of this room that can meet a group without an answer returns
//! `Result<_, Undefined>`: an empty group, one respondent or a margin without cases is a normal
//! outcome with words for the page, never NaN, infinity or a panic.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a figure does not exist. `Display` gives the English words for a page;
/// [`code`](Undefined::code) is stable, for translations and stored results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Error)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Undefined {
    /// Nobody answered.
    #[error("nobody in this group answered")]
    EmptyGroup,
    /// A spread or a test needs two.
    #[error("only one respondent: no spread can be estimated")]
    OneRespondent,
    /// Every value is the same.
    #[error("no variation: every value is the same")]
    NoVariation,
    /// Fewer values than the method needs.
    #[error("{given} values, but this needs at least {needed}")]
    TooFew {
        /// How many there are.
        given: u64,
        /// How many there must be.
        needed: u64,
    },
    /// A response count above the headcount: the roster is wrong.
    #[error("{respondents} respondents but only {people} people: check the headcount")]
    MoreRespondentsThanPeople {
        /// Who answered.
        respondents: u64,
        /// Who could have.
        people: u64,
    },
    /// A count of successes above the count of trials.
    #[error("a part of {part} is larger than the whole of {whole}")]
    PartExceedsWhole {
        /// The part.
        part: u64,
        /// The whole.
        whole: u64,
    },
    /// NaN or infinity among the values.
    #[error("a value is not a finite number")]
    NotFinite,
    /// A score outside 0..100 where the scale matters.
    #[error("a score lies outside 0 to 100")]
    OffScale,
    /// A probability or confidence level outside (0, 1).
    #[error("a probability lies outside its range")]
    BadProbability,
    /// A weight below zero, or weights that sum to zero.
    #[error("weights must not be negative, and must not all be zero")]
    BadWeights,
    /// A standard error or variance that is zero or negative where it must be positive.
    #[error("a standard error is zero: nothing can be weighted by it")]
    ZeroStandardError,
    /// Slices that must run in parallel do not.
    #[error("lists of different lengths: {left} and {right}")]
    UnequalLengths {
        /// The length of the first.
        left: u64,
        /// The length of the second.
        right: u64,
    },
    /// Tallies of different forms that were to be added up.
    #[error("scores counted in steps of 1/{one} and 1/{other} cannot be added up")]
    DifferentSteps {
        /// Steps of the first.
        one: u32,
        /// Steps of the second.
        other: u32,
    },
    /// One predictor is a sum of others, or all times are equal.
    #[error("predictors cannot be told apart (one is a combination of the others)")]
    Collinear,
    /// A margin or cell with people in it but no respondent.
    #[error("a group of {people} people has no respondent to stand for it")]
    CellWithoutRespondents {
        /// The people of the cell.
        people: u64,
    },
    /// An iteration that did not reach its tolerance.
    #[error("the computation did not settle within {passes} passes")]
    NotConverged {
        /// How many were tried.
        passes: u64,
    },
    /// A one-factor model with a uniqueness at zero (a Heywood case).
    #[error("the one-factor model does not fit: an item's error variance is zero")]
    HeywoodCase,
    /// A design that names a cluster, stratum or population count that cannot be.
    #[error("the sampling design contradicts itself: {0}")]
    BadDesign(#[serde(skip)] DesignFault),
}

/// What is wrong with a sampling design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Error)]
pub enum DesignFault {
    /// A stratum with one sampling unit and no rule for it.
    #[default]
    #[error("a stratum has one sampled unit and no rule says what to do with it")]
    LonelyUnit,
    /// More units sampled than the population has.
    #[error("a stratum has more sampled units than its population count")]
    SampleExceedsPopulation,
    /// A later stage without population counts.
    #[error("a second stage needs its population counts")]
    MissingSecondStage,
}

impl Undefined {
    /// A stable name for translations, logs and stored results.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::EmptyGroup => "empty-group",
            Self::OneRespondent => "one-respondent",
            Self::NoVariation => "no-variation",
            Self::TooFew { .. } => "too-few",
            Self::MoreRespondentsThanPeople { .. } => "more-respondents-than-people",
            Self::PartExceedsWhole { .. } => "part-exceeds-whole",
            Self::NotFinite => "not-finite",
            Self::OffScale => "off-scale",
            Self::BadProbability => "bad-probability",
            Self::BadWeights => "bad-weights",
            Self::ZeroStandardError => "zero-standard-error",
            Self::UnequalLengths { .. } => "unequal-lengths",
            Self::DifferentSteps { .. } => "different-steps",
            Self::Collinear => "collinear",
            Self::CellWithoutRespondents { .. } => "cell-without-respondents",
            Self::NotConverged { .. } => "not-converged",
            Self::HeywoodCase => "heywood-case",
            Self::BadDesign(_) => "bad-design",
        }
    }
}
