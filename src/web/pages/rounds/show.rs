//! One round: where it is in its life, what it promises, how far it has come, and what can be done with it now.
//!
//! Steps that cannot be undone ask for a tick beside their button; without it they are refused, with or without a
//! script in the browser.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, REFRESH};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::extend::ExtendView;
use super::plan::stages::{self, Stage, StageView};
use super::promise::{PromiseView, promises};
use super::tone;
use crate::clock;
use crate::identity::{Actor, Right};
use crate::post::mailing::{self, Mailing};
use crate::report::SealError;
use crate::report::seal::Progress as SealProgress;
use crate::round::desk::{self, HandStep};
use crate::round::progress::{AgencyProgress, AudienceProgress};
use crate::round::{self, Mode, Progress, Round, RoundError, RoundId, RoundState, Step, opening};
use crate::store::Conn;
use crate::web::App;
use crate::web::access::{Allowed, ReadRounds, RunRounds};
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::problem::{PageProblem, Problem};

/// So long a request waits for a seal; after that the page of the round tells how far it is, and loads itself anew.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct View {
    id: String,
    title: String,
    survey: String,
    version: u32,
    state: &'static str,
    tone: &'static str,
    /// What this state means.
    says: &'static str,
    k: u32,
    least_change: f64,
    opens_at: String,
    closes_at: String,
    /// The end that was promised, where it has moved since.
    extended_from: String,
    /// Only for an open round whose end can move.
    extend: Option<ExtendView>,
    opened_at: String,
    closed_at: String,
    sealed_at: String,
    published_at: String,
    digest: String,
    /// Whether it opened with signing keys.
    manifest: bool,
    can_edit: bool,
    /// The steps of planning; empty once it has opened.
    stages: Vec<StageView>,
    may_run: bool,
    /// Whether there are comments to read: after the seal, for whoever may release them.
    may_release: bool,
    has_result: bool,
    audiences: Vec<AudienceView>,
    /// What is left to do before it opens; empty once it has.
    before_opening: Vec<Todo>,
    steps: Vec<StepView>,
    refused: String,
    /// Only while its result is being computed.
    sealing: Option<SealingView>,
}

/// A step on the way to the opening.
#[derive(Serialize)]
struct Todo {
    is_done: bool,
    words: String,
    href: String,
    label: &'static str,
}

/// A seal that is under way.
#[derive(Serialize)]
struct SealingView {
    doing: &'static str,
    per_cent: u64,
    done: u64,
    total: u64,
}

#[derive(Serialize)]
struct AudienceView {
    #[serde(flatten)]
    promise: PromiseView,
    invited: u32,
    /// A number, or `fewer than k`.
    answered: String,
    agencies: Vec<AgencyView>,
    /// Whether a roster can be imported now.
    takes_roster: bool,
    /// Whether links can be drawn anew now.
    renews_links: bool,
    roster_digest: String,
}

#[derive(Serialize)]
struct AgencyView {
    agency: String,
    invited: u32,
    answered: String,
}

#[derive(Serialize)]
struct StepView {
    verb: &'static str,
    label: &'static str,
    says: &'static str,
    /// Whether it asks for a tick.
    is_final: bool,
}

/// The page of a round.
pub(super) async fn show(
    who: Allowed<ReadRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, id.into_inner(), Told::default()).await
}

#[derive(Deserialize)]
pub(super) struct Sure {
    #[serde(default)]
    sure: String,
}

/// Lets it open by itself.
pub(super) async fn schedule(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    take(&app, &who, id.into_inner(), HandStep::Schedule, None).await
}

/// Takes it back to a draft.
pub(super) async fn withdraw(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    take(&app, &who, id.into_inner(), HandStep::Withdraw, None).await
}

/// Opens it.
pub(super) async fn open(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    sure: web::Form<Sure>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    take(&app, &who, id.into_inner(), HandStep::Open, Some(&sure)).await
}

/// Closes it.
pub(super) async fn close(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    sure: web::Form<Sure>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    take(&app, &who, id.into_inner(), HandStep::Close, Some(&sure)).await
}

/// Makes its result visible.
pub(super) async fn publish(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    sure: web::Form<Sure>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    take(&app, &who, id.into_inner(), HandStep::Publish, Some(&sure)).await
}

/// Computes its result.
pub(super) async fn seal(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    sure: web::Form<Sure>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let id = id.into_inner();
    if let Some(unsure) = unsure(Some(&sure)) {
        return page(&app, &who, id, Told::no(StatusCode::UNPROCESSABLE_ENTITY, unsure)).await;
    }
    let (app_of_task, by, round, now) = (app.clone(), who.actor.clone(), id.clone(), clock::now());
    // It goes on when nobody waits for it any more; the page of the round tells how far it is.
    let mut sealing = actix_web::rt::spawn(async move {
        let App {
            seals,
            store,
            metrics,
            ..
        } = app_of_task.get_ref();
        let begun = Instant::now();
        let sealed = seals.run(store, &by, round.clone(), None, now).await;
        match &sealed {
            Ok(_) => metrics.sealed(begun.elapsed()),
            Err(error) => seals.note_failure(&round, error),
        }
        sealed
    });
    let Ok(ended) = tokio::time::timeout(PATIENCE, &mut sealing).await else {
        return Ok(see_other(&format!("/rounds/{id}")));
    };
    // Told here, so it is not to be told again.
    drop(app.seals.failure(&id));
    match ended.map_err(|error| Problem::internal(&error))? {
        Ok(_) => Ok(see_other(&format!("/rounds/{id}"))),
        Err(SealError::Round(error)) => refused(&app, &who, id, error).await,
        Err(SealError::Store(error)) => Err(error.into()),
        Err(other) => page(&app, &who, id, Told::no(StatusCode::CONFLICT, other.to_string())).await,
    }
}

/// The progress of a seal, as a page tells it.
fn sealing(progress: Option<SealProgress>) -> Option<SealingView> {
    progress.map(|progress| SealingView {
        doing: progress.phase.words(),
        per_cent: progress.per_cent(),
        done: progress.done,
        total: progress.total,
    })
}

async fn take(
    app: &App,
    who: &Actor,
    id: RoundId,
    step: HandStep,
    sure: Option<&Sure>,
) -> Result<HttpResponse, PageProblem> {
    if let Some(unsure) = unsure(sure) {
        return page(app, who, id, Told::no(StatusCode::UNPROCESSABLE_ENTITY, unsure)).await;
    }
    let (by, round, now) = (who.clone(), id.clone(), clock::now());
    let keys = match opening::ready(&app.store, app.intake.keyring(), &id, step, now).await {
        Ok(keys) => keys,
        Err(error) => return refused(app, who, id, error).await,
    };
    let taken = app
        .store
        .write(move |conn| desk::take(conn, &by, &round, step, &keys, now))
        .await;
    if taken.is_ok() && step == HandStep::Close {
        app.store.scrub_after("close").await;
    }
    match taken {
        Ok(round) => Ok(see_other(&format!("/rounds/{}", round.id))),
        Err(error) => refused(app, who, id, error).await,
    }
}

fn unsure(sure: Option<&Sure>) -> Option<String> {
    let is_unsure = sure.is_some_and(|sure| sure.sure != "yes");
    is_unsure
        .then(|| "This cannot be undone: tick the box beside the button to say that you are sure.".to_owned())
}

/// The page once more, with what stood in the way above it; what is not about the round is a page of its own.
pub(super) async fn refused(
    app: &App,
    who: &Actor,
    id: RoundId,
    error: RoundError,
) -> Result<HttpResponse, PageProblem> {
    match error {
        RoundError::WrongState { .. } | RoundError::NotReady { .. } => {
            page(app, who, id, Told::no(StatusCode::CONFLICT, error.to_string())).await
        }
        other => Err(Problem::from(other).into()),
    }
}

/// What the page tells beside the round.
#[derive(Default)]
pub(super) struct Told {
    /// 200 unless something was refused.
    pub(super) status: StatusCode,
    /// Why nothing was done; empty when nothing was refused.
    pub(super) refused: String,
    /// The form for more time, with what was typed and what is wrong with it.
    pub(super) extend: Option<ExtendView>,
}

impl Told {
    fn no(status: StatusCode, refused: String) -> Self {
        Self {
            status,
            refused,
            extend: None,
        }
    }
}

/// The page of a round, with what is told on it.
pub(super) async fn page(
    app: &App,
    who: &Actor,
    id: RoundId,
    told: Told,
) -> Result<HttpResponse, PageProblem> {
    let may_run = who.may(Right::RunRounds);
    let under_way = sealing(app.seals.progress(&id));
    let failed = if may_run { app.seals.failure(&id) } else { None };
    let signs = app.intake.keyring().is_some();
    let mut view = app
        .store
        .read(move |conn| view(conn, &id, may_run, signs))
        .await?;
    view.may_release &= who.may(Right::ReleaseComments);
    let has_faults = told.extend.is_some();
    view.extend = told.extend.or(view.extend);
    view.refused = if told.refused.is_empty() {
        failed.unwrap_or_default()
    } else {
        told.refused
    };
    if under_way.is_some() {
        view.steps.clear();
    }
    view.sealing = under_way;
    let title = match view.refused.as_str() {
        "" if !has_faults => view.title.clone(),
        _ => format!("Error: {}", view.title),
    };
    let mut response = render_as(
        told.status,
        app,
        "rounds/show",
        &view,
        &PageContext::staff(title, who).within("/rounds"),
    )?;
    if view.sealing.is_some() {
        // The header form of a meta refresh: it needs no script either, and stands in no page of another state.
        response
            .headers_mut()
            .insert(REFRESH, HeaderValue::from_static("3"));
    }
    Ok(response)
}

fn view(conn: &mut Conn, id: &RoundId, may_run: bool, signs: bool) -> Result<View, Problem> {
    let round = round::find(conn, id)?;
    let progress = round::progress(conn, id)?;
    let promises = promises(conn, &round, &progress, signs)?;
    let can_edit = may_run && Step::Edit.from(round.state).is_ok();
    let instant = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    Ok(View {
        id: round.id.to_string(),
        survey: round.survey.to_string(),
        version: round.version,
        state: round.state.as_str(),
        tone: tone(round.state),
        says: says(round.state),
        k: round.thresholds.least_respondents,
        least_change: round.thresholds.least_change,
        opens_at: instant(round.opens_at),
        closes_at: instant(round.closes_at),
        extended_from: instant(round.extended_from()),
        extend: if may_run { ExtendView::of(&round) } else { None },
        opened_at: instant(round.opened_at),
        closed_at: instant(round.closed_at),
        sealed_at: instant(round.sealed_at),
        published_at: instant(round.published_at),
        manifest: round
            .promise
            .as_ref()
            .is_some_and(|frozen| frozen.promise.manifest_digest.is_some()),
        digest: round
            .promise
            .as_ref()
            .map(|frozen| frozen.digest.clone())
            .unwrap_or_default(),
        can_edit,
        stages: if can_edit {
            stages::of(conn, &round, &progress, Stage::Open)?
        } else {
            Vec::new()
        },
        may_run,
        may_release: matches!(round.state, RoundState::Sealed | RoundState::Published),
        has_result: round.state == RoundState::Published,
        before_opening: if can_edit {
            before_opening(&round, &progress, &mailing::list(conn, id)?)
        } else {
            Vec::new()
        },
        audiences: audiences(&round, progress, promises),
        steps: if may_run { steps(&round) } else { Vec::new() },
        refused: String::new(),
        sealing: None,
        title: round.title,
    })
}

/// The way from a plan to an open round: each step with what it lacks, and where to do it.
fn before_opening(round: &Round, progress: &Progress, mailings: &[Mailing]) -> Vec<Todo> {
    let id = &round.id;
    let mut todo = vec![Todo {
        is_done: round.opens_at.is_some() && round.closes_at.is_some(),
        words: match (round.opens_at.is_some(), round.closes_at.is_some()) {
            (true, true) => "It has a time of opening and of closing.".to_owned(),
            (_, false) => "It has no time of closing: then nobody can foresee how it will end.".to_owned(),
            (false, true) => "It has no time of opening: then it is opened by hand.".to_owned(),
        },
        href: format!("/rounds/{id}/plan/window"),
        label: "Set its time",
    }];
    for audience in &progress.audiences {
        let of_audience = mailings
            .iter()
            .filter(|mailing| mailing.audience == audience.audience);
        let planned = of_audience
            .filter(|mailing| mailing.progress == mailing::Progress::Planned)
            .count();
        todo.push(Todo {
            is_done: audience.invited > 0,
            words: match audience.invited {
                0 => format!("Nobody is invited to {} yet.", audience.title),
                people => format!("{people} people are invited to {}.", audience.title),
            },
            href: format!("/rounds/{id}/plan/rosters"),
            label: "Send its roster",
        });
        todo.push(Todo {
            is_done: planned > 0,
            words: match planned {
                0 => format!(
                    "No mail to {} is planned; links can also be sent by another tool, or printed.",
                    audience.title
                ),
                1 => format!(
                    "One mail to {} is planned; a reminder brings most late answers.",
                    audience.title
                ),
                mails => format!("{mails} mails to {} are planned.", audience.title),
            },
            href: format!("/rounds/{id}/mail"),
            label: "Plan invitations and reminders",
        });
    }
    todo.push(Todo {
        is_done: round.state == RoundState::Scheduled,
        words: match round.state {
            RoundState::Scheduled => "It opens by itself.".to_owned(),
            _ => "Read the promise as respondents will, then schedule or open it below.".to_owned(),
        },
        href: "#now".to_owned(),
        label: "Schedule or open it",
    });
    todo
}

fn audiences(round: &Round, progress: Progress, promises: Vec<PromiseView>) -> Vec<AudienceView> {
    let k = round.thresholds.least_respondents;
    let editable = Step::Edit.from(round.state).is_ok();
    let answered = |count: Option<u32>| match count {
        _ if editable => "not open yet".to_owned(),
        Some(count) => format!("at least {count}"),
        None => format!("fewer than {k}"),
    };
    let agency = |line: AgencyProgress| AgencyView {
        agency: std::iter::once(&line.agency)
            .chain(&line.with)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        invited: line.invited,
        answered: answered(line.answered),
    };
    let audience = |(line, promise): (AudienceProgress, PromiseView)| {
        let promised = round
            .promise
            .as_ref()
            .and_then(|frozen| frozen.promise.audiences.get(&line.audience));
        AudienceView {
            promise,
            invited: line.invited,
            answered: answered(line.answered),
            agencies: line.agencies.into_iter().map(agency).collect(),
            takes_roster: editable,
            renews_links: line.mode == Mode::Attributed && round.state == RoundState::Open,
            roster_digest: promised
                .map(|promised| promised.roster_digest.clone())
                .unwrap_or_default(),
        }
    };
    progress
        .audiences
        .into_iter()
        .zip(promises)
        .map(audience)
        .collect()
}

fn says(state: RoundState) -> &'static str {
    match state {
        RoundState::Draft => "Everything can still be changed.",
        RoundState::Scheduled => {
            "It opens by itself at the time below. Until then everything can still be changed."
        }
        RoundState::Open => {
            "People are answering. Version, rosters, thresholds and promise are frozen. There is no result before it \
             is sealed, for anybody."
        }
        RoundState::Closed => "No answer is taken any more. Its result can be computed now.",
        RoundState::Sealed => {
            "Its result is computed and stored for good. Nobody sees it before it is published."
        }
        RoundState::Published => "Its result is visible to leadership and to the agencies.",
    }
}

fn steps(round: &Round) -> Vec<StepView> {
    let schedule = StepView {
        verb: "schedule",
        label: "Schedule",
        says: "It will open by itself at its time of opening. It can be taken back until then.",
        is_final: false,
    };
    let withdraw = StepView {
        verb: "withdraw",
        label: "Take back to draft",
        says: "It will not open by itself.",
        is_final: false,
    };
    let open = StepView {
        verb: "open",
        label: "Open now",
        says: "Freezes the version, the rosters, the headcounts, the thresholds and the promise for good. Nobody can \
               change them afterwards.",
        is_final: true,
    };
    let close = StepView {
        verb: "close",
        label: "Close now",
        says: "From now on no answer is taken. A closed round cannot be opened again.",
        is_final: true,
    };
    let seal = StepView {
        verb: "seal",
        label: "Seal",
        says: "Computes the result of all responses and stores it. A sealed result never changes; a correction is a new \
               one that says why.",
        is_final: true,
    };
    let publish = StepView {
        verb: "publish",
        label: "Publish the result",
        says: "Leadership and the agencies see it from then on. It cannot be taken back.",
        is_final: true,
    };
    match round.state {
        RoundState::Draft if round.opens_at.is_some() => vec![schedule, open],
        RoundState::Draft => vec![open],
        RoundState::Scheduled => vec![withdraw, open],
        RoundState::Open => vec![close],
        RoundState::Closed => vec![seal],
        RoundState::Sealed => vec![publish],
        RoundState::Published => Vec::new(),
    }
}
