//! The change of an index since the comparable round before.

use serde::{Deserialize, Serialize};

use super::figure::Interval;
use crate::measure::change::Verdict;
use crate::round::RoundId;

/// Whether and how an index changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Change {
    /// Both rounds have a figure, and they were compared.
    Tested(TestedChange),
    /// Both rounds have a figure of a kind that is described and not tested: the median agency.
    Described {
        /// The round before, and its figure on the same items.
        before: Before,
        /// This round's figure on those items.
        now: f64,
        /// Now minus before, in points.
        difference: f64,
    },
    /// There is nothing to compare.
    None(NoChange),
}

/// A difference with its test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestedChange {
    /// The round before, and its figure on the same items.
    pub before: Before,
    /// This round's figure on those items. Equal to the index where all items are common.
    pub now: f64,
    /// How many respondents that figure has.
    pub respondents: u32,
    /// Now minus before, in points.
    pub difference: f64,
    /// Its 95 % interval (without finite population correction).
    pub interval: Interval,
    /// Which test.
    #[serde(default)]
    pub test: ChangeTest,
    /// Its two-sided p.
    pub p: f64,
    /// The same, adjusted for all comparisons of this pair of rounds (Benjamini-Hochberg).
    pub adjusted_p: f64,
    /// Hedges' g; none where nobody's answers differ.
    pub hedges_g: Option<f64>,
    /// The smallest change that such numbers of respondents would show in four of five cases.
    pub minimum_detectable: Option<f64>,
    /// Up, down, or no detectable change.
    pub verdict: Verdict,
    /// How many items are common ...
    pub common_items: u32,
    /// ... of how many that the index has now.
    pub index_items: u32,
    /// Whether the wording of a common item changed in a way that may matter.
    pub flagged: bool,
    /// The change of the favourable share, where both shares are told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourable: Option<FavourableChange>,
}

/// How a change was tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeTest {
    /// Welch's test of two groups that are not linked. Leaving out that many answer twice is on the safe side.
    #[default]
    Welch,
    /// Student's test of the same persons in both rounds: attributed audiences only.
    Paired,
}

/// The change of the share of favourable answers, in per cent of the respondents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FavourableChange {
    /// Then, on the common items.
    pub before: f64,
    /// Now, on the common items.
    pub now: f64,
    /// Now minus before, in percentage points.
    pub difference: f64,
    /// Newcombe's 95 % interval of the difference.
    pub interval: Interval,
}

/// The round before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// Its id.
    pub round: RoundId,
    /// Its title.
    pub title: String,
    /// Its figure on the common items.
    pub value: f64,
    /// How many respondents that figure has.
    pub respondents: u32,
}

/// Why there is no change to show. "Withheld then" and "not there then" are one reason on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum NoChange {
    /// No earlier round asked this audience about this index.
    FirstRound,
    /// The survey changed too much.
    Break {
        /// In words.
        why: String,
    },
    /// The agency or cluster is not the same body as before.
    Reorganised {
        /// In words.
        why: String,
    },
    /// One of the two rounds has no figure for this unit on the common items.
    NoFigure,
    /// The test cannot be made, e.g. because nobody's answers differ.
    Undefined {
        /// In words.
        why: String,
    },
}
