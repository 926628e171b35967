//! Comments of anonymous audiences: released ones for whoever may see the results, and their review.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::agency::AgencyCode;
use crate::clock;
use crate::identity::{Right, Scope};
use crate::protect::Released;
use crate::report::comments::review::{self, ReviewError, Reviewed, Verdict};
use crate::report::comments::{self, Comment};
use crate::report::model::{Cut, Subject};
use crate::report::read::{self, Results, Wanted};
use crate::round::{Mode, RoundId};
use crate::store::comments::Decided;
use crate::store::{Conn, StoreError};
use crate::table::harmless;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults, ReleaseComments};
use crate::web::csv;
use crate::web::paging::{Paging, Window};
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, review, decide))]
pub struct Doc;

/// The routes of comments.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let release = Needs::Right(Right::ReleaseComments);
    vec![
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/comments",
            Needs::Right(Right::ReadResults),
            web::get().to(list),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/rounds/{id}/comments/review",
            release,
            web::get().to(review),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/rounds/{id}/comments/decisions",
            release,
            web::post().to(decide),
        )
        .accepting(BODY),
    ]
}

/// Two hundred long texts.
const BODY: usize = 4 * 1024 * 1024;

/// How many comments a file has at most.
const MOST_IN_FILE: u32 = 10_000;

/// Whose comments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The agency. One that is reported in a cluster has the cluster's comments.
    #[param(value_type = String)]
    agency: AgencyCode,
    /// The audience; the first anonymous one that asked this agency unless given.
    audience: Option<String>,
}

/// Some released comments, in an order that says nothing.
#[derive(Serialize, ToSchema)]
struct CommentList {
    /// The audience.
    audience: String,
    /// The agency or the cluster it is reported in.
    unit: String,
    /// The comments.
    comments: Vec<CommentBody>,
    /// Send it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A comment as it was released.
#[derive(Serialize, ToSchema)]
struct CommentBody {
    /// The question it answers.
    item: String,
    /// What was written; `[…]` stands where something was taken out.
    #[schema(value_type = String)]
    text: Released,
}

/// List the released comments of an agency.
///
/// Writers agreed to be shown without their name; names, addresses and numbers were taken out, and a person released each comment.
/// Nothing tells when it was written, by whom, or what else they answered. There are none where fewer than 20 people
/// answered. With `Accept: text/csv` the answer is a table of all of them: `audience,unit,item,text`.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/comments", tag = "comments", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round."), Asked, Paging),
    responses(
        (status = 200, description = "Some comments, or all as a table.", body = CommentList),
        (status = 404, description = "There is no published result of that round, or none of that agency that you may see.", body = ProblemBody),
        (status = 422, description = "A parameter is missing or wrong.", body = ProblemBody),
    )
)]
async fn list(
    who: Allowed<ReadResults>,
    id: web::Path<String>,
    asked: web::Query<Asked>,
    paging: web::Query<Paging>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, Problem> {
    let as_table = csv::wants_csv(&request);
    let window = paging.window()?;
    let missing = || Problem::not_found(format!("published result of a round `{id}` for that agency"));
    let round: RoundId = id.parse().ok().ok_or_else(missing)?;
    let (scope, asked, wanted) = (who.scope(), asked.into_inner(), window.clone());
    let found = app
        .store
        .read(move |conn| {
            let of_all = Window {
                after: None,
                limit: MOST_IN_FILE,
            };
            released(
                conn,
                &round,
                &scope,
                &asked,
                if as_table { &of_all } else { &wanted },
            )
        })
        .await?;
    let (audience, unit, mut found) = found.ok_or_else(missing)?;
    if as_table {
        return Ok(csv::download(
            &format!("{id}-comments.csv"),
            table(&audience, &unit, &found).map_err(|error| Problem::internal(&error))?,
        ));
    }
    let next_cursor = window.cut(&mut found, |comment| &comment.key);
    let body = CommentList {
        audience,
        unit,
        comments: found
            .into_iter()
            .map(|comment| CommentBody {
                item: comment.item,
                text: comment.words,
            })
            .collect(),
        next_cursor,
    };
    Ok(HttpResponse::Ok().json(body))
}

type Found = (String, String, Vec<Comment>);

fn released(
    conn: &mut Conn,
    round: &RoundId,
    scope: &Scope,
    asked: &Asked,
    window: &Window,
) -> Result<Option<Found>, StoreError> {
    if !scope.covers(&asked.agency) {
        return Ok(None);
    }
    let wanted = Wanted {
        cut: Some(Cut::Everybody),
        subject: Some(Subject::Responses),
        ..Wanted::default()
    };
    let Some(results) = read::results_of(conn, round, scope, &wanted)? else {
        return Ok(None);
    };
    let audience = results.document.audiences.iter().find(|audience| {
        let is_asked = asked
            .audience
            .as_ref()
            .is_none_or(|name| name == audience.name.as_str());
        is_asked && audience.mode == Mode::Anonymous && Results::unit_of(audience, &asked.agency).is_some()
    });
    let Some((audience, unit)) =
        audience.and_then(|audience| Some((audience, Results::unit_of(audience, &asked.agency)?)))
    else {
        return Ok(None);
    };
    let found = comments::of_unit(
        conn,
        &results,
        audience,
        unit,
        window.after.as_deref(),
        window.reach(),
    )?;
    Ok(Some((audience.name.to_string(), unit.title.clone(), found)))
}

/// The table of released comments.
///
/// # Errors
/// Those of the writer, which writes to memory.
pub(in crate::web) fn table(
    audience: &str,
    unit: &str,
    comments: &[Comment],
) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(["audience", "unit", "item", "text"])?;
    for comment in comments {
        let (unit, text) = (harmless(unit), harmless(comment.words.text()));
        writer.write_record([audience, unit.as_str(), comment.item.as_str(), text.as_str()])?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Which comments a reviewer asks for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewQuery {
    /// `waiting` (unless given), `released` or `withheld`.
    #[param(value_type = Option<String>)]
    state: Option<String>,
}

/// Comments in front of a reviewer.
#[derive(Serialize, ToSchema)]
struct ReviewList {
    /// How many writers agreed to be shown, in all units that may be reviewed.
    agreed: u64,
    /// How many units may be reviewed: those of which the result tells that 20 people or more answered.
    units: usize,
    /// The comments, in an order that says nothing.
    comments: Vec<ReviewBody>,
    /// Send it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A comment in front of a reviewer.
#[derive(Serialize, ToSchema)]
struct ReviewBody {
    /// Its key, for the decision. It leads to nothing else.
    comment: String,
    /// The audience.
    audience: String,
    /// The agency or cluster it would be shown with.
    unit: String,
    /// The question it answers.
    item: String,
    /// What the scrub left of it.
    text: String,
    /// What is shown of it now, if it is released.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    released: Option<Released>,
    /// The mark of what is decided about it now: send it with the decision.
    seen: String,
    /// How many addresses were taken out ...
    addresses_removed: usize,
    /// ... how many numbers ...
    numbers_removed: usize,
    /// ... and how many names.
    names_removed: usize,
}

impl From<Reviewed> for ReviewBody {
    fn from(one: Reviewed) -> Self {
        let removed = one.scrubbed.removed();
        Self {
            comment: one.key,
            audience: one.audience.to_string(),
            unit: one.unit,
            item: one.item,
            text: one.scrubbed.text().to_owned(),
            released: one.released,
            seen: one.seen,
            addresses_removed: removed.addresses,
            numbers_removed: removed.numbers,
            names_removed: removed.names,
        }
    }
}

/// Which comments a word asks for.
pub(in crate::web) fn decided(state: &str) -> Option<Decided> {
    match state {
        "waiting" => Some(Decided::Not),
        "released" => Some(Decided::Released),
        "withheld" => Some(Decided::Withheld),
        _ => None,
    }
}

/// List the comments that wait for a decision, or were decided.
///
/// Only after the seal, only where the writer agreed, only after the scrub.
#[utoipa::path(
    get, path = "/api/v1/rounds/{id}/comments/review", tag = "comments", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round."), ReviewQuery, Paging),
    responses(
        (status = 200, description = "Some comments.", body = ReviewList),
        (status = 404, description = "There is no such round.", body = ProblemBody),
        (status = 409, description = "The round is not sealed.", body = ProblemBody),
        (status = 422, description = "A parameter is wrong.", body = ProblemBody),
    )
)]
async fn review(
    _: Allowed<ReleaseComments>,
    id: web::Path<String>,
    asked: web::Query<ReviewQuery>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let state = asked.state.as_deref().unwrap_or("waiting");
    let wanted = decided(state)
        .ok_or_else(|| Problem::invalid_field("#state", "write `waiting`, `released` or `withheld`"))?;
    let window = paging.window()?;
    let round = round_id(&id)?;
    let page = window.clone();
    let found = app
        .store
        .read(move |conn| review::list(conn, &round, wanted, page.after.as_deref(), page.reach()))
        .await?;
    let mut comments: Vec<ReviewBody> = found.comments.into_iter().map(ReviewBody::from).collect();
    let next_cursor = window.cut(&mut comments, |one| &one.comment);
    Ok(web::Json(ReviewList {
        agreed: found.agreed,
        units: found.units,
        comments,
        next_cursor,
    }))
}

/// Decisions about comments.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decisions {
    /// At most 200; all are taken or none.
    decisions: Vec<Decision>,
}

/// A decision about a comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// The key from the list.
    comment: String,
    /// Whether it may be shown.
    decision: Word,
    /// With `release`: what is shown instead of what the scrub left. It may only have less in it, with `[…]` where something was taken
    /// out.
    #[serde(default)]
    text: Option<String>,
    /// `seen` from the list. It may be left out of the first decision about a comment; who changes one says which.
    #[serde(default)]
    seen: Option<String>,
}

/// Whether a comment may be shown.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// Show it.
    Release,
    /// Don't.
    Withhold,
}

/// What was decided.
#[derive(Serialize, ToSchema)]
struct DecidedBody {
    /// How many were released.
    released: usize,
    /// How many were withheld.
    withheld: usize,
}

/// Release or withhold comments.
///
/// A decision can be changed by another one that has seen it: where somebody else decided meanwhile, nothing is taken, and the answer is a 409
/// that names the decisions. The audit log keeps how many were released and withheld, and none of the words.
#[utoipa::path(
    post, path = "/api/v1/rounds/{id}/comments/decisions", tag = "comments", security(("bearer" = [])),
    params(("id" = String, Path, description = "The round.")), request_body = Decisions,
    responses(
        (status = 200, description = "All were taken.", body = DecidedBody),
        (status = 404, description = "There is no such round.", body = ProblemBody),
        (status = 409, description = "The round is not sealed, or somebody else decided about these comments since `seen`; none was taken.", body = ProblemBody),
        (status = 422, description = "A comment cannot be decided about, or a text says something that was not written; none was taken.", body = ProblemBody),
    )
)]
async fn decide(
    who: Allowed<ReleaseComments>,
    id: web::Path<String>,
    given: web::Json<Decisions>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let decision = |one: Decision| review::Decision {
        verdict: match one.decision {
            Word::Release => Verdict::Release(one.text),
            Word::Withhold => Verdict::Withhold,
        },
        key: one.comment,
        seen: one.seen,
    };
    let given = given.into_inner().decisions.into_iter();
    let decisions: Vec<review::Decision> = given.map(decision).collect();
    let (round, now) = (round_id(&id)?, clock::now());
    let done = app
        .store
        .write(move |conn| review::decide(conn, &who, &round, &decisions, now))
        .await?;
    Ok(web::Json(DecidedBody {
        released: done.released,
        withheld: done.withheld,
    }))
}

fn round_id(id: &str) -> Result<RoundId, Problem> {
    id.parse()
        .map_err(|_bad| Problem::not_found(format!("round `{id}`")))
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let told = error.to_string();
        let at = |place: usize, part: &str| Fault::new(format!("/decisions/{place}/{part}"), told.clone());
        match error {
            ReviewError::NotSealed { .. } => Self::conflict(told),
            ReviewError::TooMany(_) => Self::invalid_field("/decisions", told),
            ReviewError::Unknown { place, .. } => {
                Self::invalid("a comment cannot be decided about", vec![at(place, "comment")])
            }
            ReviewError::Overtaken(places) => {
                let fault = |(place, _): (usize, String)| {
                    let why = "somebody else has decided about it since it was listed";
                    Fault::new(format!("/decisions/{place}/seen"), why)
                };
                Self::conflict(told).with_faults(places.into_iter().map(fault).collect())
            }
            ReviewError::NotARedaction { place, .. } => {
                Self::invalid("a text is no redaction of its comment", vec![at(place, "text")])
            }
            ReviewError::TooFew(_) => Self::conflict(told),
            ReviewError::Round(error) => error.into(),
            ReviewError::Unrecorded(error) => error.into(),
            ReviewError::Store(error) => error.into(),
        }
    }
}
