//! Single questions since an earlier result. A seal stores the changes of indices; those of questions are read off two
//! sealed results, with the same test and the same rule.
//!
//! What goes in is what anybody within the scope may read already: mean, standard deviation and n of two published
//! figures. So a change tells nothing that its two ends do not, and what is withheld in one of them has none. A question is
//! compared with itself only: the same construct under the same mark of wording, of the same body of people.

use serde::Serialize;

use super::model::{
    Change, Cut, DocumentAudience, DocumentUnit, Figure, Interval, Measured, NoChange, Score, Subject,
};
use super::read::{self, PublishedRound, Results, Wanted};
use crate::agency::{AgencyCode, LineageKind};
use crate::identity::Scope;
use crate::measure::Undefined;
use crate::measure::change::{Adjustment, MeanDifference, Sample, Verdict, VerdictRule, adjust, welch};
use crate::measure::interval::Confidence;
use crate::measure::numeric::convert::{count, position};
use crate::store::{Conn, StoreError};
use crate::survey::definition::{AnswerKind, Definition, Item};
use crate::survey::publish;

/// 95 %, as everywhere.
const LEVEL: f64 = 0.95;

/// The kinds of subjects that a comparison reads: questions, and indices for whether the unit was reorganised.
pub const KINDS: [&str; 3] = ["item", "satisfaction", "index"];

/// A unit of an audience in a result: one side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The result.
    pub results: &'a Results,
    /// What was asked.
    pub definition: &'a Definition,
    /// Who was asked.
    pub audience: &'a DocumentAudience,
    /// Whom it is about; none where the result does not speak of them.
    pub unit: Option<&'a DocumentUnit>,
}

/// Why nothing is said about the change of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Untold {
    /// It is not asked any more.
    NotAskedNow,
    /// It was not asked then.
    NotAskedThen,
    /// It was worded differently then.
    Reworded,
    /// The unit is not the same body as then.
    Reorganised,
    /// One of the two figures is withheld or was not measured.
    NoFigure,
    /// Nothing can be tested, e.g. because nobody's answers differ.
    NotTestable,
}

/// A question in two results, not yet judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Its score then.
    pub before: Option<f64>,
    /// Its score now.
    pub now: Option<f64>,
    /// Now minus before, with its test.
    pub test: Result<MeanDifference, Untold>,
}

/// The change of a question.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ItemChange {
    /// Now minus before, in points.
    pub difference: f64,
    /// Its 95 % interval (without finite population correction).
    pub interval: Interval,
    /// The two-sided p of Welch's test, adjusted over all questions that were judged together.
    pub adjusted_p: f64,
    /// Up, down, or no detectable change.
    pub verdict: Verdict,
}

/// A question in two results.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The question, as the later result names it.
    pub subject: Subject,
    /// Its score then.
    pub before: Option<f64>,
    /// Its score now.
    pub now: Option<f64>,
    /// What became of it.
    pub change: Result<ItemChange, Untold>,
}

/// Whether the answers to an item have a score.
#[must_use]
pub fn is_rated(item: &Item) -> bool {
    rated_subject(item).is_some()
}

/// The subject of an item whose answers have a score; of a pair, the satisfaction.
#[must_use]
pub fn rated_subject(item: &Item) -> Option<Subject> {
    match item.answer {
        AnswerKind::Rating { .. } => Some(Subject::Item(item.id.clone())),
        AnswerKind::ImportanceSatisfaction { .. } => Some(Subject::Satisfaction(item.id.clone())),
        _ => None,
    }
}

/// The rated item that measures a construct.
#[must_use]
pub fn item_of<'a>(definition: &'a Definition, construct: &str) -> Option<&'a Item> {
    let measures = |item: &&Item| {
        let known = item.construct.as_ref();
        is_rated(item) && known.is_some_and(|known| known.as_str() == construct)
    };
    definition.items().find(measures)
}

impl<'a> Side<'a> {
    /// The same unit of the same audience in an earlier result; none where it did not ask them in the same mode.
    #[must_use]
    pub fn earlier(&self, results: &'a Results, definition: &'a Definition) -> Option<Self> {
        let mut audiences = results.document.audiences.iter();
        let audience =
            audiences.find(|one| one.name == self.audience.name && one.mode == self.audience.mode)?;
        let unit = self.unit?;
        Some(Side {
            results,
            definition,
            audience,
            unit: audience.units.iter().find(|one| one.unit == unit.unit),
        })
    }

    fn figure(&self, item: &Item) -> Option<&'a Figure> {
        self.results
            .figure(&self.audience.name, &self.unit?.unit, &rated_subject(item)?)
    }
}

/// A question of now, then and now.
#[must_use]
pub fn question(now: &Side<'_>, before: &Side<'_>, item: &Item) -> Found {
    let untold = |why| Found {
        before: None,
        now: now.figure(item).and_then(score).map(|score| score.mean),
        test: Err(why),
    };
    let construct = item.construct.as_ref().map(|construct| construct.as_str());
    let Some(old) = construct.and_then(|construct| item_of(before.definition, construct)) else {
        return untold(Untold::NotAskedThen);
    };
    if old.wording.is_none() || old.wording != item.wording {
        return untold(Untold::Reworded);
    }
    if !is_same_body(now, before) {
        return untold(Untold::Reorganised);
    }
    let (then, present) = (before.figure(old), now.figure(item));
    let mean = |figure: Option<&Figure>| figure.and_then(score).map(|score| score.mean);
    Found {
        before: mean(then),
        now: mean(present),
        test: match (then, present) {
            (Some(then), Some(present)) => tested(present, then).ok_or(Untold::NotTestable),
            _ => Err(Untold::NoFigure),
        },
    }
}

/// The changes of questions that are read together, adjusted over all of them by Benjamini and Hochberg.
///
/// # Errors
/// [`Undefined`] when a p is none, which no test of ours gives.
pub fn judged(found: &[Found], least_change: f64) -> Result<Vec<Result<ItemChange, Untold>>, Undefined> {
    let p: Vec<Option<f64>> = found.iter().map(|one| one.test.ok().map(|test| test.p)).collect();
    let adjusted = adjust(&p, Adjustment::BenjaminiHochberg)?;
    let rule = VerdictRule {
        least_change,
        ..VerdictRule::default()
    };
    let one = |(found, adjusted_p): (&Found, Option<f64>)| {
        let test = found.test?;
        let adjusted_p = adjusted_p.ok_or(Untold::NotTestable)?;
        Ok(ItemChange {
            difference: test.difference,
            interval: test.interval,
            adjusted_p,
            verdict: rule.judge(test.difference, adjusted_p),
        })
    };
    Ok(found.iter().zip(adjusted).map(one).collect())
}

/// Every rated question of now since then, in the order of the form, judged together.
///
/// # Errors
/// As [`judged`].
pub fn questions(now: &Side<'_>, before: &Side<'_>) -> Result<Vec<Compared>, Undefined> {
    let rated = || {
        let items = now.definition.items();
        items.filter_map(|item| Some((item, rated_subject(item)?)))
    };
    let found: Vec<Found> = rated().map(|(item, _)| question(now, before, item)).collect();
    let changes = judged(&found, now.results.document.thresholds.least_change)?;
    let compared = rated().zip(found).zip(changes);
    Ok(compared
        .map(|(((_, subject), found), change)| Compared {
            subject,
            before: found.before,
            now: found.now,
            change,
        })
        .collect())
}

/// The last published result of the same survey before this one that asked the agency, with the questions of the units
/// that spoke for it, and what was asked then. A pulse between two yearly rounds asks a few of their questions only and is passed over.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn last_time(
    conn: &mut Conn,
    now: &Results,
    scope: &Scope,
    agency: &AgencyCode,
) -> Result<Option<(Results, Definition)>, StoreError> {
    let wanted = Wanted {
        speaks_for: Some(agency.clone()),
        kinds: Some(KINDS.to_vec()),
        cut: Some(Cut::Everybody),
        ..Wanted::default()
    };
    for round in read::published_rounds(conn)? {
        if !is_earlier(&round, now) {
            continue;
        }
        let Some(results) = read::results_of(conn, &round.round, scope, &wanted)? else {
            continue;
        };
        let document = &results.document;
        let mut audiences = document.audiences.iter();
        if !audiences.any(|audience| Results::unit_of(audience, agency).is_some()) {
            continue;
        }
        let version = publish::find(conn, &document.survey, document.version)?;
        return Ok(version.map(|version| (results, version.definition)));
    }
    Ok(None)
}

fn is_earlier(round: &PublishedRound, now: &Results) -> bool {
    round.survey == now.document.survey.as_str() && round.closed_on < now.document.closed_on
}

/// Whether both sides speak of the same people: one agency, or a cluster of the same agencies, and no merger or split between.
fn is_same_body(now: &Side<'_>, before: &Side<'_>) -> bool {
    let (Some(present), Some(then)) = (now.unit, before.unit) else {
        return false;
    };
    if present.unit != then.unit || present.agencies != then.agencies {
        return false;
    }
    let (after, until) = (
        &before.results.document.closed_on,
        &now.results.document.closed_on,
    );
    let moved = now.results.document.lineage.iter().any(|event| {
        let crosses =
            present.agencies.contains(&event.predecessor) != present.agencies.contains(&event.successor);
        event.kind != LineageKind::Renamed && crosses && event.date > *after && event.date <= *until
    });
    // The seal knows of events beyond the reader's scope, too.
    let sealed_so = now.definition.indices.iter().any(|index| {
        let subject = Subject::Index(index.id.clone());
        let figure = now.results.figure(&now.audience.name, &present.unit, &subject);
        let change = figure.and_then(|figure| figure.change.as_ref());
        matches!(change, Some(Change::None(NoChange::Reorganised { .. })))
    });
    !moved && !sealed_so
}

fn score(figure: &Figure) -> Option<&Score> {
    match &figure.measured {
        Measured::Score(score) => Some(score),
        _ => None,
    }
}

fn tested(now: &Figure, before: &Figure) -> Option<MeanDifference> {
    welch(sample(now)?, sample(before)?, Confidence::new(LEVEL).ok()?).ok()
}

/// A weighted mean is as sure as one of n divided by the design effect of its weights (Kish).
fn sample(figure: &Figure) -> Option<Sample> {
    let score = score(figure)?;
    let effect = score.design_effect.unwrap_or(1.0).max(1.0);
    Some(Sample {
        n: count(position(f64::from(figure.respondents) / effect)),
        mean: score.mean,
        sd: score.sd?,
    })
}
