//! `/surveys/{survey}/review`: everything that somebody should see before a draft is published, and their approval of exactly that.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::diff::says;
use super::words;
use crate::clock;
use crate::identity::{Actor, Right, Scope};
use crate::report;
use crate::report::anchored::on_common;
use crate::report::chart::{Line, Mark, Point, TrendChart};
use crate::report::model::{Measured, Subject, Unit};
use crate::report::read::{self, Wanted};
use crate::store::Conn;
use crate::survey::advice::reading::Step;
use crate::survey::advice::wording::SlipKind;
use crate::survey::advice::{Advice, ItemAdvice, advice};
use crate::survey::compare::{Class, Comparability, Diff, IndexDiff, anchors};
use crate::survey::definition::{Definition, IndexId, SurveyId};
use crate::survey::publish::{self, Approval, DraftReview};
use crate::web::App;
use crate::web::access::{Allowed, ApproveSurveys, ReadSurveys};
use crate::web::api::surveys::{approve_recorded, needs_approval};
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

#[derive(Serialize)]
struct View {
    survey: String,
    has_draft: bool,
    saved_at: String,
    saved_by: String,
    latest: Option<u32>,
    next: u32,
    problems: usize,
    counts: Counts,
    indices: Vec<IndexView>,
    /// Empty where the draft cannot be read.
    minutes: String,
    minutes_before: String,
    advice: Vec<AdviceLine>,
    hard: usize,
    questions: usize,
    approvals: Vec<ApprovalLine>,
    needs_approval: bool,
    is_own: bool,
    may_approve: bool,
    may_design: bool,
    can_publish: bool,
    refused: String,
}

#[derive(Default, Serialize)]
struct Counts {
    same: usize,
    flagged: usize,
    new: usize,
    dropped: usize,
}

#[derive(Serialize)]
struct IndexView {
    title: String,
    tone: &'static str,
    verdict: String,
    says: String,
    past: Vec<PastPoint>,
    /// Our own SVG; empty where there are fewer than two rounds.
    chart: String,
    /// The same on the questions that go on alone, where those are not all; empty otherwise.
    anchored: String,
    /// How many questions go on.
    common: usize,
}

/// The index in a published round.
#[derive(Clone, Serialize)]
struct PastPoint {
    round: String,
    closed_on: String,
    audience: String,
    value: String,
    /// On the questions that the draft still asks; empty where that is the same, or not known.
    on_common: String,
    #[serde(skip)]
    anchored: Option<f64>,
    /// As in addresses: short enough for a chart.
    #[serde(skip)]
    label: String,
    #[serde(skip)]
    mean: f64,
    #[serde(skip)]
    interval: Option<(f64, f64)>,
}

#[derive(Serialize)]
struct AdviceLine {
    item: String,
    language: String,
    text: String,
    /// Years of school; empty where nobody can tell.
    years: String,
    step: &'static str,
    tone: &'static str,
    slips: Vec<SlipLine>,
}

#[derive(Serialize)]
struct SlipLine {
    name: &'static str,
    words: String,
    advice: &'static str,
}

#[derive(Serialize)]
struct ApprovalLine {
    by: String,
    at: String,
    note: String,
}

/// The review.
pub(super) async fn show(
    who: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, survey.into_inner(), StatusCode::OK, String::new()).await
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    note: String,
}

/// Approves what is saved.
pub(super) async fn approve(
    who: Allowed<ApproveSurveys>,
    survey: web::Path<SurveyId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, by, now, note) = (
        survey.clone(),
        who.actor.clone(),
        clock::now(),
        typed.into_inner().note,
    );
    let approved: Result<_, Problem> = app
        .store
        .write(move |conn| Ok(approve_recorded(conn, &by, &id, &note, now)?))
        .await;
    match approved {
        Ok(_) => Ok(see_other(&format!("/surveys/{survey}/review#approval"))),
        Err(problem) if problem.instance().is_none() => {
            let told = problem.detail().to_owned();
            page(&app, &who, survey.into_inner(), problem.code().status(), told).await
        }
        Err(problem) => Err(PageProblem(problem)),
    }
}

async fn page(
    app: &App,
    who: &Actor,
    survey: SurveyId,
    status: StatusCode,
    refused: String,
) -> Result<HttpResponse, PageProblem> {
    let by = who.clone();
    let mut view = app.store.read(move |conn| view(conn, &survey, &by)).await?;
    view.refused = refused;
    let title = match view.refused.as_str() {
        "" => format!("Review {}", view.survey),
        _ => format!("Error: review {}", view.survey),
    };
    render_as(
        status,
        app,
        "surveys/review",
        &view,
        &PageContext::staff(title, who).within("/surveys"),
    )
}

fn view(conn: &mut Conn, survey: &SurveyId, who: &Actor) -> Result<View, Problem> {
    let draft = publish::draft(conn, survey)?;
    let latest = publish::latest(conn, survey)?;
    if draft.is_none() && latest.is_none() {
        return Err(Problem::not_found(format_args!("survey `{survey}`")));
    }
    let text = draft.as_ref().map(|draft| draft.text.clone()).unwrap_or_default();
    let definition = crate::survey::parse::parse(text.as_bytes()).ok();
    let DraftReview { problems, diff } = publish::review(survey, &text, latest.as_ref())?;
    let approvals = match &draft {
        Some(draft) => publish::approvals_of_draft(conn, draft)?,
        None => Vec::new(),
    };
    let needs_approval = needs_approval(conn)?;
    let author = draft
        .as_ref()
        .map(|draft| draft.updated_by.clone())
        .unwrap_or_default();
    let is_approved = approvals.iter().any(|approval| approval.by != author);
    let told = definition.as_ref().map(advice);
    let past = match &diff {
        Some(diff) => past(conn, survey, definition.as_ref(), diff)?,
        None => BTreeMap::new(),
    };
    let counts = diff.as_ref().map(|diff| Counts {
        same: diff.count(Class::Same),
        flagged: diff.count(Class::Flagged),
        new: diff.count(Class::New),
        dropped: diff.dropped.len(),
    });
    let minutes_of = |advice: &Advice| minutes(advice.minutes.shortest, advice.minutes.longest);
    let lines: Vec<AdviceLine> = match (&told, &definition) {
        (Some(told), Some(definition)) => told
            .items
            .iter()
            .map(|item| advice_line(item, definition))
            .collect(),
        _ => Vec::new(),
    };
    Ok(View {
        survey: survey.to_string(),
        has_draft: draft.is_some(),
        saved_at: draft
            .as_ref()
            .map(|draft| draft.updated_at.to_string())
            .unwrap_or_default(),
        is_own: author == who.signature(),
        saved_by: author,
        next: latest
            .as_ref()
            .map_or(1, |latest| latest.number.saturating_add(1)),
        minutes_before: latest
            .as_ref()
            .map(|latest| minutes_of(&advice(&latest.definition)))
            .unwrap_or_default(),
        latest: latest.map(|latest| latest.number),
        can_publish: draft.is_some()
            && problems.is_empty()
            && who.may(Right::DesignSurveys)
            && (is_approved || !needs_approval),
        may_approve: draft.is_some() && problems.is_empty() && who.may(Right::ApproveSurveys),
        problems: problems.len(),
        counts: counts.unwrap_or_default(),
        indices: diff
            .map(|diff| {
                diff.indices
                    .iter()
                    .map(|index| index_view(index, &past))
                    .collect()
            })
            .unwrap_or_default(),
        minutes: told.as_ref().map(minutes_of).unwrap_or_default(),
        hard: lines.iter().filter(|line| line.step == "hard").count(),
        questions: definition
            .as_ref()
            .map_or(0, |definition| definition.items().count()),
        advice: lines
            .into_iter()
            .filter(|line| !line.slips.is_empty() || line.step == "hard")
            .collect(),
        approvals: approvals.into_iter().map(ApprovalLine::from).collect(),
        needs_approval,
        may_design: who.may(Right::DesignSurveys),
        refused: String::new(),
    })
}

/// In whole minutes; a form of seconds takes one.
fn minutes(shortest: f64, longest: f64) -> String {
    let whole = |minutes: f64| minutes.max(1.0).round();
    let (shortest, longest) = (whole(shortest), whole(longest));
    if (longest - shortest).abs() < 0.5 {
        format!("{longest:.0}")
    } else {
        format!("{shortest:.0} to {longest:.0}")
    }
}

impl From<Approval> for ApprovalLine {
    fn from(approval: Approval) -> Self {
        Self {
            by: approval.by,
            at: approval.at.to_string(),
            note: approval.note,
        }
    }
}

fn index_view(index: &IndexDiff, past: &Past) -> IndexView {
    let (tone, says) = says(index);
    let points = past.get(index.index.as_str()).cloned().unwrap_or_default();
    IndexView {
        title: words(&index.title),
        tone,
        verdict: match &index.comparability {
            Comparability::Break { .. } => "break".to_owned(),
            other => other.to_string(),
        },
        says,
        chart: chart(index, "so far", &points, |point| {
            Some((point.mean, point.interval))
        }),
        anchored: chart(index, "on what goes on", &points, |point| {
            point.anchored.map(|mean| (mean, None))
        }),
        common: index.comparability.items().len(),
        past: points,
    }
}

/// A mean and its interval, where there is one.
type Value = (f64, Option<(f64, f64)>);

/// A line of each audience, and where it would end. Empty with fewer than two rounds.
fn chart(
    index: &IndexDiff,
    what: &str,
    points: &[PastPoint],
    value: impl Fn(&PastPoint) -> Option<Value>,
) -> String {
    let mut by_audience: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    for point in points.iter().rev() {
        let (Some(at), Some((mean, interval))) = (report::words::days(&point.closed_on), value(point)) else {
            continue;
        };
        by_audience.entry(&point.label).or_default().push(Point {
            at,
            when: report::words::month(&point.closed_on),
            value: mean,
            interval,
            told: format!(
                "{}: {}",
                report::words::month(&point.closed_on),
                report::words::score(mean)
            ),
        });
    }
    by_audience.retain(|_, line| line.len() > 1);
    let Some(last) = by_audience
        .values()
        .flatten()
        .map(|point| point.at)
        .reduce(f64::max)
    else {
        return String::new();
    };
    let ends = matches!(index.comparability, Comparability::Break { .. });
    let title = words(&index.title);
    let lines = by_audience.into_iter().map(|(audience, line)| Line {
        label: audience.to_owned(),
        segments: vec![line],
    });
    let chart = TrendChart {
        id: format!("line-{}-{}", index.index, what.replace(' ', "-")),
        description: "The mean of the state of each published round. The table below has every value."
            .to_owned(),
        title: format!("{title} {what}"),
        lines: lines.take(2).collect(),
        breaks: ends
            .then(|| Mark {
                at: last + 60.0,
                label: "ends here".to_owned(),
            })
            .into_iter()
            .collect(),
        ..TrendChart::default()
    };
    chart.picture().inline()
}

/// What each index came to, by its id.
type Past = BTreeMap<String, Vec<PastPoint>>;

/// Each index in the published rounds of the survey, the last one first; beside it what it is on the questions that the draft
/// still asks, where the trend is to go on on some of them.
fn past(
    conn: &mut Conn,
    survey: &SurveyId,
    draft: Option<&Definition>,
    diff: &Diff,
) -> Result<Past, Problem> {
    let versions = publish::versions(conn, survey)?;
    let chain: Vec<&Definition> = versions.iter().map(|version| &version.definition).collect();
    let goes_on_in_part: BTreeSet<&IndexId> = diff
        .indices
        .iter()
        .filter(|index| matches!(index.comparability, Comparability::OnAnchors { .. }))
        .map(|index| &index.index)
        .collect();
    let wanted = Wanted {
        units: Some([Unit::StateMean].into()),
        kinds: Some(vec!["index", "item"]),
        ..Wanted::default()
    };
    let mut found = Past::new();
    let rounds = read::published_rounds(conn)?;
    for round in rounds.into_iter().filter(|round| round.survey == survey.as_str()) {
        let Some(results) = read::results_of(conn, &round.round, &Scope::All, &wanted)? else {
            continue;
        };
        let asked = versions.iter().find(|version| version.number == round.version);
        for audience in &results.document.audiences {
            for index in &results.document.indices {
                let subject = Subject::Index(index.id.clone());
                let figure = results.figure(&audience.name, &Unit::StateMean, &subject);
                let Some(Measured::Score(score)) = figure.map(|figure| &figure.measured) else {
                    continue;
                };
                let anchored = draft.zip(asked).and_then(|(draft, asked)| {
                    let now = draft.index(&index.id)?;
                    goes_on_in_part.contains(&index.id).then_some(())?;
                    let common = anchors(&asked.definition, &chain, draft, &index.id);
                    on_common(&results, &audience.name, now, common.items())
                });
                found.entry(index.id.to_string()).or_default().push(PastPoint {
                    round: round.title.clone(),
                    closed_on: round.closed_on.clone(),
                    audience: audience.title.clone(),
                    label: audience.name.to_string(),
                    value: format!("{:.1}", score.mean),
                    on_common: anchored.map(|mean| format!("{mean:.1}")).unwrap_or_default(),
                    anchored,
                    mean: score.mean,
                    interval: score.interval.map(|interval| (interval.low, interval.high)),
                });
            }
        }
    }
    Ok(found)
}

fn advice_line(item: &ItemAdvice, definition: &Definition) -> AdviceLine {
    let (step, tone) = match item.ease.map(|ease| ease.step) {
        Some(Step::Hard) => ("hard", "bad"),
        Some(Step::Demanding) => ("demanding", ""),
        Some(Step::Plain) | None => ("plain", "quiet"),
    };
    let text = definition.item(&item.item).map(|item| item.text.clone());
    let slips = item.slips.iter().map(|slip| SlipLine {
        name: match slip.kind {
            SlipKind::DoubleBarrelled => "double-barrelled",
            SlipKind::Leading => "leading",
            SlipKind::Absolute => "absolute",
        },
        words: slip.words.clone(),
        advice: slip.kind.advice(),
    });
    AdviceLine {
        text: text
            .map(|text| text.get(&item.language).to_owned())
            .unwrap_or_default(),
        item: item.item.to_string(),
        language: item.language.to_string(),
        years: item
            .ease
            .map(|ease| format!("{:.0}", ease.years))
            .unwrap_or_default(),
        step,
        tone,
        slips: slips.collect(),
    }
}
