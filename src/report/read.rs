//! Published results as far as somebody may see them: the one door for pages, API and files.
//!
//! What it lets through: results of published rounds only, in their newest revision; of them the state's figures,
//! those of agencies in the [`Scope`], and those of the clusters such agencies are in. A round that is not published,
//! one that does not exist, and an agency outside the scope all give the same answer: nothing.
//!
//! Points and changes that look back on a round whose own result is not published are taken out, too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::model::{
    Change, Cut, Document, DocumentAudience, DocumentUnit, Figure, NoChange, Protected, Subject, Trend, Unit,
};
use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::round::{AudienceName, RoundId, RoundState};
use crate::store::results::{FigureFilter, FigureRow, PublishedRow, SealRow};
use crate::store::{Conn, StoreError, comments, results, rounds};
use crate::survey::definition::VersionNumber;

/// A published round, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedRound {
    /// Its id.
    pub round: RoundId,
    /// Its title.
    pub title: String,
    /// The survey that was asked ...
    pub survey: String,
    /// ... in which version.
    pub version: VersionNumber,
    /// The day it closed.
    pub closed_on: String,
}

/// What tells a figure of a result from all others.
pub type FigureKey = (AudienceName, Unit, Cut, Subject);

/// A published result within a scope.
#[derive(Debug, Clone)]
pub struct Results {
    /// The digest of the seal.
    pub digest: String,
    /// What it was made of, with only those units of each audience that may be seen, and without what would name
    /// others.
    pub document: Document,
    /// The figures by audience, unit, cut and subject.
    pub figures: BTreeMap<FigureKey, Protected<Figure>>,
}

/// Which figures are wanted. `None` means all that may be seen.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of these units.
    pub units: Option<BTreeSet<Unit>>,
    /// And of the units that speak for this agency, itself or its clusters. Without `units` of these alone.
    pub speaks_for: Option<AgencyCode>,
    /// Of this cut.
    pub cut: Option<Cut>,
    /// About subjects of these kinds (see [`Subject::kind`]).
    pub kinds: Option<Vec<&'static str>>,
    /// About one subject.
    pub subject: Option<Subject>,
}

impl Results {
    /// A figure of everybody; `None` when it is withheld or not there.
    #[must_use]
    pub fn figure(&self, audience: &AudienceName, unit: &Unit, subject: &Subject) -> Option<&Figure> {
        self.figure_of(audience, unit, &Cut::Everybody, subject)
    }

    /// A figure of a cut; `None` when it is withheld or not there.
    #[must_use]
    pub fn figure_of(
        &self,
        audience: &AudienceName,
        unit: &Unit,
        cut: &Cut,
        subject: &Subject,
    ) -> Option<&Figure> {
        let key = (audience.clone(), unit.clone(), cut.clone(), subject.clone());
        self.figures.get(&key).and_then(Protected::shown)
    }

    /// The unit that speaks for an agency in an audience: itself or its cluster.
    #[must_use]
    pub fn unit_of<'a>(audience: &'a DocumentAudience, agency: &AgencyCode) -> Option<&'a DocumentUnit> {
        audience.units.iter().find(|unit| unit.agencies.contains(agency))
    }
}

/// The published rounds, the last closed first.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn published_rounds(conn: &mut Conn) -> Result<Vec<PublishedRound>, StoreError> {
    let rows = results::published_heads(conn)?;
    rows.into_iter().map(PublishedRound::try_from).collect()
}

impl TryFrom<PublishedRow> for PublishedRound {
    type Error = StoreError;

    fn try_from(row: PublishedRow) -> Result<Self, StoreError> {
        let closed_at = row.closed_at.and_then(|at| Timestamp::from_millisecond(at).ok());
        let closed_on = closed_at.map(|at| at.to_string().chars().take(10).collect());
        Ok(Self {
            round: row
                .id
                .parse()
                .map_err(|error: crate::slug::BadSlug| corrupt(&error))?,
            title: row.title,
            survey: row.survey,
            version: VersionNumber::try_from(row.version).map_err(|error| corrupt(&error))?,
            closed_on: closed_on.unwrap_or_default(),
        })
    }
}

/// Which state of all published results somebody reads: it changes with every publication, every correction and every
/// comment that is released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Edition {
    published: i64,
    seals: i64,
    comments: i64,
}

/// The edition of today.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn edition(conn: &mut Conn) -> Result<Edition, StoreError> {
    let (published, seals) = results::counts(conn)?;
    let comments = comments::all_released(conn)?;
    Ok(Edition {
        published,
        seals,
        comments,
    })
}

/// The published result of a round, as far as the scope reaches.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn results_of(
    conn: &mut Conn,
    round: &RoundId,
    scope: &Scope,
    wanted: &Wanted,
) -> Result<Option<Results>, StoreError> {
    let Some((seal, document)) = published_within(conn, round, scope)? else {
        return Ok(None);
    };
    let visible: BTreeMap<AudienceName, BTreeSet<Unit>> = document
        .audiences
        .iter()
        .map(|audience| {
            (
                audience.name.clone(),
                audience.units.iter().map(|unit| unit.unit.clone()).collect(),
            )
        })
        .collect();
    let published: BTreeSet<String> = results::published_rounds(conn)?.into_iter().collect();
    let units = units_of(&document, wanted);
    let mut figures = BTreeMap::new();
    for row in rows(conn, &seal, wanted, units.as_ref())? {
        let (key, figure) = public(row, &published)?;
        let seen = visible.get(&key.0).is_some_and(|units| units.contains(&key.1));
        let asked = units.as_ref().is_none_or(|units| units.contains(&key.1));
        if seen && asked {
            figures.insert(key, figure);
        }
    }
    Ok(Some(Results {
        digest: seal.digest,
        document,
        figures,
    }))
}

/// The newest seal of a published round, and its document as far as the scope reaches.
pub(super) fn published_within(
    conn: &mut Conn,
    round: &RoundId,
    scope: &Scope,
) -> Result<Option<(SealRow, Document)>, StoreError> {
    let found = published_seal(conn, round)?;
    Ok(found.map(|(seal, mut document)| {
        for audience in &mut document.audiences {
            audience.units.retain(|unit| may_see(scope, unit));
        }
        forget_others(&mut document, scope);
        (seal, document)
    }))
}

/// The units that are wanted, once it is known which of them speak for the agency.
fn units_of(document: &Document, wanted: &Wanted) -> Option<BTreeSet<Unit>> {
    let Some(agency) = &wanted.speaks_for else {
        return wanted.units.clone();
    };
    let audiences = document.audiences.iter();
    let speaking = audiences.filter_map(|audience| Results::unit_of(audience, agency));
    let mut units = wanted.units.clone().unwrap_or_default();
    units.extend(speaking.map(|unit| unit.unit.clone()));
    Some(units)
}

/// What a sealed result tells of who answered, published or not. For the review of comments, which begins before the
/// publication: no figure of what they said is in it.
#[derive(Debug, Clone)]
pub(super) struct Participation {
    pub(super) document: Document,
    /// Only where it is shown.
    pub(super) respondents: BTreeMap<(AudienceName, Unit), u64>,
}

/// The participation of a sealed round, by its newest result.
pub(super) fn participation(conn: &mut Conn, round: &RoundId) -> Result<Option<Participation>, StoreError> {
    let Some(seal) = results::latest_seal(conn, round.as_str())? else {
        return Ok(None);
    };
    let wanted = Wanted {
        cut: Some(Cut::Everybody),
        subject: Some(Subject::Responses),
        ..Wanted::default()
    };
    let mut respondents = BTreeMap::new();
    for row in rows(conn, &seal, &wanted, None)? {
        let ((audience, unit, _, _), figure) = read(row)?;
        if let Some(figure) = figure.shown() {
            respondents.insert((audience, unit), u64::from(figure.respondents));
        }
    }
    Ok(Some(Participation {
        document: serde_json::from_str(&seal.document).map_err(|error| corrupt(&error))?,
        respondents,
    }))
}

/// The digest of a published result, for conditional requests.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn digest_of(conn: &mut Conn, round: &RoundId) -> Result<Option<String>, StoreError> {
    Ok(published_seal(conn, round)?.map(|(seal, _)| seal.digest))
}

fn published_seal(conn: &mut Conn, round: &RoundId) -> Result<Option<(SealRow, Document)>, StoreError> {
    let found = rounds::find(conn, round)?;
    if found.is_none_or(|found| found.state != RoundState::Published) {
        return Ok(None);
    }
    let Some(seal) = results::latest_seal(conn, round.as_str())? else {
        return Ok(None);
    };
    let document = serde_json::from_str(&seal.document).map_err(|error| corrupt(&error))?;
    Ok(Some((seal, document)))
}

/// Whether a unit is within a scope. A cluster is, when one of its agencies is: it is how that one is reported.
#[must_use]
pub fn may_see(scope: &Scope, unit: &DocumentUnit) -> bool {
    unit.unit.is_state() || unit.agencies.iter().any(|agency| scope.covers(agency))
}

/// Takes out of the document what speaks of agencies beyond the scope.
fn forget_others(document: &mut Document, scope: &Scope) {
    if matches!(scope, Scope::All) {
        return;
    }
    document
        .lineage
        .retain(|event| scope.covers(&event.predecessor) || scope.covers(&event.successor));
    let kept: BTreeSet<AgencyCode> = document
        .audiences
        .iter()
        .flat_map(|audience| &audience.units)
        .flat_map(|unit| unit.agencies.clone())
        .collect();
    document.names.retain(|agency, _| kept.contains(agency));
}

fn rows(
    conn: &mut Conn,
    seal: &SealRow,
    wanted: &Wanted,
    units: Option<&BTreeSet<Unit>>,
) -> Result<Vec<FigureRow>, StoreError> {
    let pair = |unit: &Unit| (unit.kind().to_owned(), unit.id().to_owned());
    let mut filter = FigureFilter {
        units: units.map(|units| units.iter().map(pair).collect()),
        cut: wanted.cut.clone().map(Into::into),
        ..FigureFilter::default()
    };
    if let Some(subject) = &wanted.subject {
        filter.subject_kinds = Some(vec![subject.kind().to_owned()]);
        filter.subject = Some(subject.id());
    } else if let Some(kinds) = &wanted.kinds {
        filter.subject_kinds = Some(kinds.iter().map(|kind| (*kind).to_owned()).collect());
    }
    results::figures_of(conn, &seal.round, seal.revision, &filter)
}

type Keyed = (FigureKey, Protected<Figure>);

/// A stored figure as it may be given out: without what looks back on rounds that are not published.
pub(super) fn public(row: FigureRow, published: &BTreeSet<String>) -> Result<Keyed, StoreError> {
    let (key, figure) = read(row)?;
    Ok((key, figure.map(|figure| without_unpublished(figure, published))))
}

fn read(row: FigureRow) -> Result<Keyed, StoreError> {
    let audience = row
        .audience
        .parse()
        .map_err(|error: crate::slug::BadSlug| corrupt(&error))?;
    let unit = Unit::parse(&row.unit_kind, &row.unit).map_err(|error| corrupt(&error))?;
    let cut = Cut::parse(&row.cut_segment, &row.cut_option).map_err(|error| corrupt(&error))?;
    let subject = Subject::parse(&row.subject_kind, &row.subject).map_err(|error| corrupt(&error))?;
    let figure = serde_json::from_str(&row.figure).map_err(|error| corrupt(&error))?;
    Ok(((audience, unit, cut, subject), figure))
}

/// A result that was sealed after another but published before it must not tell of the other.
fn without_unpublished(mut figure: Figure, published: &BTreeSet<String>) -> Figure {
    let is_public = |round: &RoundId| published.contains(round.as_str());
    let before = match &figure.change {
        Some(Change::Tested(change)) => Some(&change.before.round),
        Some(Change::Described { before, .. }) => Some(&before.round),
        _ => None,
    };
    if before.is_some_and(|before| !is_public(before)) {
        figure.change = Some(Change::None(NoChange::NoFigure));
    }
    if let Some(trend) = &mut figure.trend {
        hide_points(trend, is_public);
    }
    figure
}

fn hide_points(trend: &mut Trend, is_public: impl Fn(&RoundId) -> bool) {
    let hides = trend
        .segments
        .iter()
        .flat_map(|segment| &segment.points)
        .any(|point| !is_public(&point.round));
    if !hides {
        return;
    }
    for segment in &mut trend.segments {
        segment.points.retain(|point| is_public(&point.round));
    }
    // They were computed with the hidden points.
    (trend.slope, trend.test) = (None, None);
}

fn corrupt(problem: &dyn std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        what: "sealed result",
        problem: problem.to_string(),
    }
}
