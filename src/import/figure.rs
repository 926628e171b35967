//! A published figure of an earlier time.

use serde::{Deserialize, Serialize};

use crate::agency::AgencyCode;
use crate::slug_type;

slug_type!(
    /// A series of published results, e.g. `csps`: figures of one source that make one trend.
    SeriesId
);
slug_type!(
    /// What a past figure is about, e.g. `engagement`. Where it carries the id of an index or item of today,
    /// pages can show both in one place.
    PastSubject
);

/// One figure, as it was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PastFigure {
    /// The series it belongs to.
    pub series: SeriesId,
    /// Whose figure.
    pub agency: AgencyCode,
    /// About what.
    pub subject: PastSubject,
    /// As the publication named it, e.g. `2014` or `2014-Q2`.
    pub period: String,
    /// Where it stands on the time axis, e.g. `2014-10-01`. Trends are ordered by it.
    pub published_on: String,
    /// What the value is.
    pub kind: PastKind,
    /// From 0 to 100.
    pub value: f64,
    /// Respondents, where known.
    pub n: Option<u32>,
    /// People who were asked, where known.
    pub people: Option<u32>,
    /// From 0 to 1, where known.
    pub response_rate: Option<f64>,
    /// In points, where known.
    pub standard_error: Option<f64>,
    /// Why it cannot be compared with the figure before it; `None` when it can. Of no meaning on the first.
    pub break_before: Option<String>,
    /// Where it comes from, for the note below a chart.
    pub source: String,
}

/// What a published value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PastKind {
    /// A mean score.
    Mean,
    /// The share of favourable answers, in percent.
    PercentFavourable,
}

impl PastKind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::PercentFavourable => "percent-favourable",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Mean, Self::PercentFavourable]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}
