//! An index of a published round on the questions that a new version still asks: what the trend will be computed on once that version
//! is fielded.
//!
//! It is put together from the published means of those questions, so it needs no answer and tells nothing that is not told already.
//! Where people left questions out it differs a little from what a seal computes person by person; it is for those who
//! decide about a draft, and nothing is tested on it.

use super::model::{Measured, Subject, Unit};
use super::read::Results;
use crate::round::AudienceName;
use crate::survey::compare::Anchor;
use crate::survey::definition::Index;

/// The mean of the state over the parts of `index`, each the mean of its common questions. `None` where a mean of one of them is not
/// published.
#[must_use]
pub fn on_common(
    results: &Results,
    audience: &AudienceName,
    index: &Index,
    anchors: &[Anchor],
) -> Option<f64> {
    let mut parts = Vec::new();
    for dimension in &index.dimensions {
        let common = anchors
            .iter()
            .filter(|anchor| dimension.items.contains(&anchor.current));
        let means: Option<Vec<f64>> = common
            .map(|anchor| item_mean(results, audience, anchor))
            .collect();
        parts.extend(mean(&means?));
    }
    mean(&parts)
}

fn item_mean(results: &Results, audience: &AudienceName, anchor: &Anchor) -> Option<f64> {
    let subject = Subject::Item(anchor.past.clone());
    match &results.figure(audience, &Unit::StateMean, &subject)?.measured {
        Measured::Score(score) => Some(score.mean),
        _ => None,
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    let count = u32::try_from(values.len()).ok().filter(|count| *count > 0)?;
    Some(values.iter().sum::<f64>() / f64::from(count))
}
