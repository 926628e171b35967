//! An agency or a cluster as a row of the table.

use serde::Serialize;

use super::super::number::{Number, Source};
use crate::report::model::{Cut, DocumentUnit, Measured, Subject, Unit};
use crate::survey::definition::Index;

#[derive(Debug, Serialize)]
pub(super) struct UnitView {
    title: String,
    /// The page of the agency; empty for a cluster.
    href: String,
    /// The names of a cluster's agencies.
    members: String,
    responses: Number,
    indices: Vec<UnitIndex>,
}

#[derive(Debug, Serialize)]
struct UnitIndex {
    title: String,
    number: Number,
    spark: String,
    /// `rank 3 to 9 of 22`, or empty.
    rank: String,
}

pub(super) fn unit_href(source: &Source<'_>, unit: &DocumentUnit) -> String {
    match &unit.unit {
        Unit::Agency(code) => format!("/agencies/{code}?round={}", source.results.document.round),
        _ => String::new(),
    }
}

/// The names of the agencies of a cluster; empty for an agency alone.
pub(in super::super) fn members(source: &Source<'_>) -> String {
    let Unit::Cluster(_) = source.unit.unit else {
        return String::new();
    };
    let names = source.unit.agencies.iter().map(|agency| {
        let known = source.results.document.names.get(agency);
        known.map_or_else(|| agency.to_string(), Clone::clone)
    });
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn unit_view(source: &Source<'_>) -> UnitView {
    let index = |index: &Index| {
        let subject = Subject::Index(index.id.clone());
        UnitIndex {
            title: source.say.survey(&index.title),
            number: source.number(&subject),
            spark: source.spark(&subject),
            rank: rank(source, index),
        }
    };
    UnitView {
        title: source.unit.title.clone(),
        href: unit_href(source, source.unit),
        members: members(source),
        responses: source.number(&Subject::Responses),
        indices: source.results.document.indices.iter().map(index).collect(),
    }
}

/// The ranks that a unit may truly have; empty when there is no ranking.
pub(in super::super) fn rank(source: &Source<'_>, index: &Index) -> String {
    match source
        .figure(&Cut::Everybody, &Subject::Rank(index.id.clone()))
        .map(|figure| &figure.measured)
    {
        Some(Measured::Rank(rank)) => {
            let [best, worst, of] = [rank.best, rank.worst, rank.agencies].map(|rank| rank.to_string());
            source
                .say
                .text("r-rank", &[("best", &best), ("worst", &worst), ("of", &of)])
        }
        _ => String::new(),
    }
}
