//! Responses of an earlier tool: a row for each person, brought into a past round.
//!
//! Every row is judged like a submission of today, against the version that the mapping names; one wrong cell
//! and nothing is imported. The round is made closed, so that it can be sealed and compared like any other. The
//! responses get random keys and a random order: what row they stood in is forgotten.
//!
//! The audience is anonymous: there is no roster, and the file's columns that say who somebody was have no place
//! to go.
//!
//! [`plan`] needs no store beyond what it is given; [`store`] writes a plan in one transaction.

pub mod mapping;
pub mod read;
pub mod report;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use thiserror::Error;

use crate::agency::{Agency, AgencyCode};
use crate::collect::{Form, ValidAnswers, mix};
use crate::round::{Audience, AudienceName, Mode, Promise, PromisedAudience, Round, RoundId, RoundState};
use crate::store::responses::{self, CommentRow, ResponseRow};
use crate::store::rounds::{self, Milestone};
use crate::store::{Conn, StoreError, agencies};
use crate::survey::canonical::{NotCanonical, canonical, digest_of_text};
use crate::survey::publish;

use mapping::Mapping;
pub use report::Report;

/// Where the responses go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The round; made when it is not there.
    pub round: RoundId,
    /// Its one audience.
    pub audience: AudienceName,
    /// Whether responses of an import before may be replaced.
    pub replace: bool,
}

/// A response that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Whose.
    pub agency: AgencyCode,
    /// What was answered.
    pub answers: ValidAnswers,
}

/// What would be written.
#[derive(Debug)]
pub struct Plan {
    round: Round,
    promise: Promise,
    agencies: Vec<Agency>,
    responses: Vec<ResponseRow>,
    comments: Vec<CommentRow>,
    exists: bool,
}

/// Why nothing can be planned at all.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The mapping does not fit what is there.
    #[error("{0}")]
    Mapping(String),
    /// The promise of the round has no canonical form.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What would be written, without writing.
///
/// # Errors
/// [`ImportError::Mapping`] when the mapping does not fit the surveys and rounds that are there.
pub fn plan(
    conn: &mut Conn,
    mapping: &Mapping,
    target: &Target,
    bytes: &[u8],
) -> Result<(Plan, Report), ImportError> {
    let past = &mapping.round;
    let version = publish::find(conn, &past.survey, past.version)?.ok_or_else(|| {
        let (survey, version) = (&past.survey, past.version);
        ImportError::Mapping(format!(
            "version {version} of `{survey}` is not published; publish it first"
        ))
    })?;
    let form = Form::prepare(version.definition)?;
    let before = may_be_written(conn, mapping, target)?;
    let known = agencies::all(conn)?;
    let mut names: BTreeMap<AgencyCode, String> = mapping.agency.create.clone();
    names.extend(
        known
            .iter()
            .map(|agency| (agency.code.clone(), agency.name.clone())),
    );
    let mut report = Report::default();
    let rows = read::rows(mapping, &form, &names, bytes, &mut report);
    report.responses = rows.len();
    for row in &rows {
        *report.by_agency.entry(row.agency.clone()).or_default() += 1;
    }
    let created = created(mapping, &known, &mut report);
    let headcounts = headcounts(mapping, &mut report);
    let clusters = known
        .iter()
        .filter_map(|agency| Some((agency.code.clone(), agency.cluster.clone()?)));
    let clusters = clusters
        .filter(|(code, _)| headcounts.contains_key(code))
        .collect();
    let round = past_round(mapping, target)?;
    let audience = PromisedAudience {
        mode: Mode::Anonymous,
        headcounts,
        clusters,
        segments: BTreeMap::new(),
        roster_digest: digest_of_text(""),
    };
    let promise = Promise {
        round: target.round.clone(),
        survey: past.survey.clone(),
        version: past.version,
        definition_digest: version.digest,
        thresholds: past.thresholds,
        opens_at: round.opens_at.map(|at| at.to_string()).unwrap_or_default(),
        closes_at: round.closes_at.map(|at| at.to_string()),
        audiences: [(target.audience.clone(), audience)].into(),
        manifest_digest: None,
    };
    if let Some(frozen) = before.as_ref().and_then(|round| round.promise.as_ref())
        && frozen.promise != promise
    {
        report.problems.file(format!(
            "the round `{}` is there with other agencies, headcounts, dates or thresholds, and these never change: import under another id",
            target.round
        ));
    }
    let (responses, comments) = stored(target, &form, &rows);
    let plan = Plan {
        round,
        promise,
        agencies: created,
        responses,
        comments,
        exists: before.is_some(),
    };
    Ok((plan, report))
}

/// Writes a plan. Run it as one transaction.
///
/// # Errors
/// [`StoreError`] of the database; [`ImportError::NotCanonical`] never for a checked definition.
pub fn store(conn: &mut Conn, plan: Plan) -> Result<(), ImportError> {
    let id = plan.round.id.clone();
    agencies::upsert(conn, &plan.agencies)?;
    if plan.exists {
        for audience in plan.promise.audiences.keys() {
            responses::delete_of_audience(conn, id.as_str(), audience.as_str())?;
        }
    } else {
        make_round(conn, &plan)?;
    }
    Ok(mix::put_shuffled(conn, plan.responses, plan.comments)?)
}

fn make_round(conn: &mut Conn, plan: &Plan) -> Result<(), ImportError> {
    let id = &plan.round.id;
    rounds::insert(conn, &plan.round)?;
    let opened = plan.round.opens_at.unwrap_or(Timestamp::UNIX_EPOCH);
    let closed = plan.round.closes_at.unwrap_or(opened);
    let promise = canonical(&plan.promise)?;
    rounds::open(
        conn,
        id,
        RoundState::Draft,
        opened,
        &promise,
        &digest_of_text(&promise),
    )?;
    for (audience, promised) in &plan.promise.audiences {
        rounds::insert_headcounts(conn, id, audience, &promised.headcounts)?;
    }
    rounds::transition(
        conn,
        id,
        RoundState::Open,
        RoundState::Closed,
        Milestone::Closed(closed),
    )?;
    Ok(())
}

/// Whether the round is there already; refuses one into which nothing can be imported.
fn may_be_written(conn: &mut Conn, mapping: &Mapping, target: &Target) -> Result<Option<Round>, ImportError> {
    let Some(round) = rounds::find(conn, &target.round)? else {
        return Ok(None);
    };
    let refuse = |problem: String| Err(ImportError::Mapping(problem));
    let (id, past) = (&round.id, &mapping.round);
    if round.state != RoundState::Closed {
        return refuse(format!(
            "the round `{id}` is {}; only a closed round that was imported can be replaced",
            round.state
        ));
    }
    if (&round.survey, round.version) != (&past.survey, past.version) {
        return refuse(format!(
            "the round `{id}` is of {} version {}, the mapping of {} version {}",
            round.survey, round.version, past.survey, past.version
        ));
    }
    let imported = round
        .promise
        .as_ref()
        .and_then(|promise| promise.promise.audiences.get(&target.audience));
    if imported.is_none_or(|audience| audience.roster_digest != digest_of_text("")) {
        return refuse(format!(
            "the round `{id}` was not imported with an audience `{}`; import into a round of its own",
            target.audience
        ));
    }
    if !target.replace {
        return refuse(format!(
            "the round `{id}` is there already; use --replace to put these responses in the place of those"
        ));
    }
    Ok(Some(round))
}

fn past_round(mapping: &Mapping, target: &Target) -> Result<Round, ImportError> {
    let past = &mapping.round;
    let opens_at = midnight("opened_on", &past.opened_on, 0)?;
    let closes_at = midnight("closed_on", &past.closed_on, 1)?;
    if closes_at <= opens_at {
        return Err(ImportError::Mapping(
            "`closed_on` lies before `opened_on` in the mapping".to_owned(),
        ));
    }
    Ok(Round {
        id: target.round.clone(),
        title: past.title.clone(),
        survey: past.survey.clone(),
        version: past.version,
        state: RoundState::Draft,
        thresholds: past.thresholds,
        audiences: vec![Audience {
            name: target.audience.clone(),
            title: past.audience_title.clone(),
            mode: Mode::Anonymous,
        }],
        opens_at: Some(opens_at),
        closes_at: Some(closes_at),
        opened_at: None,
        closed_at: None,
        sealed_at: None,
        published_at: None,
        promise: None,
    })
}

/// The beginning of a day, or of the one so many days after it, in UTC.
fn midnight(field: &str, text: &str, days_after: i64) -> Result<Timestamp, ImportError> {
    let wrong = |problem: String| ImportError::Mapping(format!("`{field}` in the mapping: {problem}"));
    let day: Date = text
        .parse()
        .map_err(|_error: jiff::Error| wrong(format!("`{text}` is no date such as 2024-03-01")))?;
    let day = day
        .checked_add(Span::new().days(days_after))
        .map_err(|error| wrong(error.to_string()))?;
    let instant = day
        .to_zoned(TimeZone::UTC)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(instant.timestamp())
}

fn created(mapping: &Mapping, known: &[Agency], report: &mut Report) -> Vec<Agency> {
    let is_new = |code: &AgencyCode| known.iter().all(|agency| agency.code != *code);
    let mut created = Vec::new();
    for (code, name) in mapping.agency.create.iter().filter(|(code, _)| is_new(code)) {
        created.push(Agency {
            code: code.clone(),
            name: name.clone(),
            parent: None,
            cluster: None,
        });
    }
    report.created = created.iter().map(|agency| agency.code.clone()).collect();
    let named = mapping.agency.labels.values().chain(&mapping.agency.constant);
    for code in named.filter(|code| is_new(code) && !mapping.agency.create.contains_key(*code)) {
        let problem =
            format!("the mapping names an agency `{code}` that is not there: add it to `agency.create`");
        if report
            .problems
            .listed
            .iter()
            .all(|known| known.problem != problem)
        {
            report.problems.file(problem);
        }
    }
    created
}

/// The invited people of each agency, as far as they are known.
fn headcounts(mapping: &Mapping, report: &mut Report) -> BTreeMap<AgencyCode, u32> {
    let mut headcounts = mapping.round.headcounts.clone();
    for (agency, responses) in &report.by_agency {
        match mapping.round.headcounts.get(agency) {
            None => {
                report.headcount_unknown.push(agency.clone());
                headcounts.insert(agency.clone(), *responses);
            }
            Some(people) if people < responses => report.problems.file(format!(
                "{agency} has {responses} responses and {people} invited people: correct `round.headcounts`"
            )),
            Some(_) => {}
        }
    }
    headcounts
}

fn stored(target: &Target, form: &Form, rows: &[Row]) -> (Vec<ResponseRow>, Vec<CommentRow>) {
    let (mut responses, mut comments) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        responses.push(ResponseRow {
            key: Vec::new(),
            round: target.round.to_string(),
            audience: target.audience.to_string(),
            agency: row.agency.to_string(),
            person: None,
            answers: form.layout().pack(row.answers.answers()),
        });
        comments.extend(row.answers.texts().map(|(item, words)| CommentRow {
            key: Vec::new(),
            round: target.round.to_string(),
            audience: target.audience.to_string(),
            agency: row.agency.to_string(),
            person: None,
            item: item.to_string(),
            text: words.text.clone(),
            // Whoever wrote it was not asked by us.
            may_show: false,
        }));
    }
    (responses, comments)
}
