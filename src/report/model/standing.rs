//! How agencies stand to each other on an index: whether they may be compared, their ranks, and a steadier view.

use serde::{Deserialize, Serialize};

use super::figure::Interval;

/// Whether the people of an agency see it alike, and whether agencies differ by more than chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Agencies and clusters it is computed over: those that are shown.
    pub agencies: u32,
    /// ICC(1): the share of the variance between persons that lies between agencies.
    pub icc1: f64,
    /// ICC(2): how reliable agencies' means are, from 0 to 1. Negative when they differ less than chance makes them.
    pub icc2: f64,
    /// The middle one of the agencies' r_wg(J): how far people of one agency agree, from 0 to 1. None where the items
    /// have scales of different length.
    pub within: Option<f64>,
    /// Whether ICC(2) reaches .7, below which agencies must not be ranked.
    pub may_rank: bool,
}

/// The ranks that a unit may truly have; 1 is the best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// One more than the agencies that are surely better.
    pub best: u64,
    /// All but those that are surely worse.
    pub worst: u64,
    /// Out of so many.
    pub agencies: u64,
}

/// Whether agencies are ranked by an index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Agencies and clusters that were compared.
    pub agencies: u32,
    /// The median width of their rank intervals.
    pub median_width: Option<f64>,
    /// Whether each of them has a rank interval. Otherwise they stand in alphabetical order.
    pub ranked: bool,
    /// Why not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
}

/// A unit's figure, drawn towards the mean of all the more, the less is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stabilised {
    /// 0 to 100.
    pub value: f64,
    /// The root of its mean squared error.
    pub error: f64,
    /// `value -+ 1.96 error`, held within 0 to 100.
    pub interval: Interval,
    /// How much of its own figure it keeps, 0 to 1.
    pub own_share: f64,
}

/// The model behind the stabilised view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stabilisation {
    /// Agencies and clusters in it.
    pub agencies: u32,
    /// The variance between agencies beyond what their errors explain.
    pub between: f64,
    /// The mean towards which figures are drawn.
    pub centre: f64,
    /// Whether agencies can be told apart at all: `between` above zero.
    pub distinguishable: bool,
}
