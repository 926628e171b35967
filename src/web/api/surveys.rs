//! Surveys, their published versions, their drafts, and what a change does to each trend.

use actix_web::http::Method;
use actix_web::http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::clock;
use crate::identity::{Actor, Right, audit, users};
use crate::store::{Conn, StoreError};
use crate::survey::compare::Diff;
use crate::survey::definition::{Definition, SurveyId, VersionNumber};
use crate::survey::parse;
use crate::survey::problem::{Pointer, Problem as Flaw};
use crate::survey::publish::{self, Draft, DraftReview, PublishError, Published, Version, VersionSummary};
use crate::web::App;
use crate::web::access::{Allowed, ApproveSurveys, DesignSurveys, ReadSurveys};
use crate::web::input::Input;
use crate::web::mark::{self, Expected};
use crate::web::paging::Paging;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    list,
    versions,
    publish_version,
    version,
    diff,
    draft,
    save_draft,
    approve,
    advice
))]
pub struct Doc;

const READ: Needs = Needs::Right(Right::ReadSurveys);
const WRITE: Needs = Needs::Right(Right::DesignSurveys);

/// The routes of surveys.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let versions_path = "/api/v1/surveys/{survey}/versions";
    let draft_path = "/api/v1/surveys/{survey}/draft";
    vec![
        Endpoint::new(Method::GET, "/api/v1/surveys", READ, web::get().to(list)),
        Endpoint::new(Method::GET, versions_path, READ, web::get().to(versions)),
        Endpoint::new(
            Method::POST,
            versions_path,
            WRITE,
            web::post().to(publish_version),
        )
        .accepting(parse::MAX_BYTES),
        Endpoint::new(
            Method::GET,
            "/api/v1/surveys/{survey}/versions/{n}",
            READ,
            web::get().to(version),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/surveys/{survey}/diff",
            READ,
            web::get().to(diff),
        ),
        Endpoint::new(
            Method::POST,
            "/api/v1/surveys/{survey}/draft/approval",
            Needs::Right(Right::ApproveSurveys),
            web::post().to(approve),
        ),
        Endpoint::new(
            Method::GET,
            "/api/v1/surveys/{survey}/draft/advice",
            READ,
            web::get().to(advice),
        ),
        Endpoint::new(Method::GET, draft_path, READ, web::get().to(draft)),
        Endpoint::new(Method::PUT, draft_path, WRITE, web::put().to(save_draft)).accepting(parse::MAX_BYTES),
    ]
}

/// A survey with its versions.
#[derive(Serialize, ToSchema)]
struct SurveyView {
    /// Its id.
    survey: String,
    /// Oldest first; empty for a survey that only has a draft.
    versions: Vec<VersionHead>,
    /// Whether there is a draft.
    has_draft: bool,
}

/// A published version without its content.
#[derive(Serialize, ToSchema)]
struct VersionHead {
    /// 1, 2, 3 ...
    number: u32,
    /// SHA-256 of the canonical JSON (RFC 8785) of the definition, in hex.
    digest: String,
    /// RFC 3339.
    published_at: String,
    /// By whom.
    published_by: String,
}

impl From<VersionSummary> for VersionHead {
    fn from(version: VersionSummary) -> Self {
        Self {
            number: version.number,
            digest: version.digest,
            published_at: version.published_at.to_string(),
            published_by: version.published_by,
        }
    }
}

/// Some surveys.
#[derive(Serialize, ToSchema)]
struct SurveyList {
    /// By id.
    surveys: Vec<SurveyView>,
    /// For the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The versions of a survey.
#[derive(Serialize, ToSchema)]
struct VersionList {
    /// Oldest first.
    versions: Vec<VersionHead>,
}

/// A published version.
#[derive(Serialize, ToSchema)]
struct VersionView {
    /// The survey.
    survey: String,
    #[serde(flatten)]
    head: VersionHead,
    /// The definition, as `surveys/survey.schema.json` describes it.
    #[schema(value_type = Object)]
    definition: Definition,
}

impl From<Version> for VersionView {
    fn from(version: Version) -> Self {
        Self {
            survey: version.survey.to_string(),
            head: VersionHead {
                number: version.number,
                digest: version.digest,
                published_at: version.published_at.to_string(),
                published_by: version.published_by,
            },
            definition: version.definition,
        }
    }
}

/// A draft and what publishing it would do.
#[derive(Serialize, ToSchema)]
struct DraftView {
    /// What was saved last, word for word; it need not be valid.
    text: String,
    /// RFC 3339.
    updated_at: String,
    /// By whom.
    updated_by: String,
    /// What stands in the way of publishing it.
    problems: Vec<Fault>,
    /// What it changes against the latest version; null when it cannot be read or is the first.
    #[schema(value_type = Option<Object>)]
    diff: Option<Diff>,
}

/// What to compare.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Between {
    /// The number of the older version.
    pub from: VersionNumber,
    /// The number of the newer version, or `draft`.
    pub to: String,
}

/// List the surveys.
#[utoipa::path(
    get, path = "/api/v1/surveys", tag = "surveys", security(("bearer" = [])), params(Paging),
    responses((status = 200, description = "Surveys, by id.", body = SurveyList))
)]
async fn list(
    _: Allowed<ReadSurveys>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let window = paging.window()?;
    // There are a handful of surveys, so the page is cut from all of them.
    let all = app.store.read(publish::list).await?;
    let behind = |survey: &SurveyView| window.after.as_ref().is_none_or(|after| &survey.survey > after);
    let mut surveys: Vec<SurveyView> = all
        .into_iter()
        .map(|survey| SurveyView {
            survey: survey.survey.to_string(),
            versions: survey.versions.into_iter().map(VersionHead::from).collect(),
            has_draft: survey.has_draft,
        })
        .filter(behind)
        .collect();
    let next_cursor = window.cut(&mut surveys, |survey| &survey.survey);
    Ok(web::Json(SurveyList { surveys, next_cursor }))
}

/// List the versions of a survey.
#[utoipa::path(
    get, path = "/api/v1/surveys/{survey}/versions", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id.")),
    responses(
        (status = 200, description = "Oldest first.", body = VersionList),
        (status = 404, description = "No such survey.", body = ProblemBody),
    )
)]
async fn versions(
    _: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let all = app.store.read(publish::list).await?;
    let found = all.into_iter().find(|summary| summary.survey == *survey);
    let found = found.ok_or_else(|| Problem::not_found(format_args!("survey `{survey}`")))?;
    Ok(web::Json(VersionList {
        versions: found.versions.into_iter().map(VersionHead::from).collect(),
    }))
}

/// Publish a definition as the next version. It can never be changed again.
///
/// Publishing exactly the same content again changes nothing and answers 200.
#[utoipa::path(
    post, path = "/api/v1/surveys/{survey}/versions", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id.")),
    request_body(content = Object, description = "A definition, as `surveys/survey.schema.json` describes it."),
    responses(
        (status = 201, description = "Published.", body = VersionView),
        (status = 200, description = "It was published before, word for word.", body = VersionView),
        (status = 409, description = "The number is taken by another content, or is not the next one.", body = ProblemBody),
        (status = 422, description = "Every problem of the definition.", body = ProblemBody),
    )
)]
async fn publish_version(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    body: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let definition = read_definition(&survey, &body)?;
    let now = clock::now();
    let done = app
        .store
        .write(move |conn| publish_recorded(conn, &who, &definition, now))
        .await?;
    let place = format!("/api/v1/surveys/{survey}/versions/{}", done.version.number);
    let mut response = if done.is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response
        .insert_header((header::LOCATION, place))
        .insert_header(ETag(EntityTag::new_strong(done.version.digest.clone())))
        .json(VersionView::from(done.version)))
}

/// A definition that is meant for this survey, without a problem.
///
/// # Errors
/// Every problem of it.
fn read_definition(survey: &SurveyId, bytes: &[u8]) -> Result<Definition, PublishError> {
    let definition = parse::read(bytes).map_err(PublishError::Invalid)?;
    if &definition.id == survey {
        return Ok(definition);
    }
    let flaw = Pointer::root().at("id").problem(
        format!(
            "the definition is of `{}`, the address is of `{survey}`",
            definition.id
        ),
        "correct one of them",
    );
    Err(PublishError::Invalid(vec![flaw]))
}

/// Publishes and records it, in one transaction. For this API and the pages.
pub(in crate::web) fn publish_recorded(
    conn: &mut Conn,
    who: &Actor,
    definition: &Definition,
    now: Timestamp,
) -> Result<Published, SurveyError> {
    publish_by(conn, who, definition, who.signature(), now)
}

/// Whether a draft needs the approval of a second person here: as soon as anybody has the role for it.
pub(in crate::web) fn needs_approval(conn: &mut Conn) -> Result<bool, crate::identity::IdentityError> {
    users::has_approver(conn)
}

/// Approves the saved draft and records it, in one transaction. For this API and the pages.
pub(in crate::web) fn approve_recorded(
    conn: &mut Conn,
    who: &Actor,
    survey: &SurveyId,
    note: &str,
    now: Timestamp,
) -> Result<String, SurveyError> {
    let digest = publish::approve(conn, survey, who.signature(), note, now)?;
    let detail = format!("digest {digest}");
    audit::record(conn, who, "survey.approve", survey.as_str(), &detail, now)?;
    Ok(digest)
}

fn publish_by(
    conn: &mut Conn,
    who: &Actor,
    definition: &Definition,
    author: &str,
    now: Timestamp,
) -> Result<Published, SurveyError> {
    if needs_approval(conn)? && publish::find(conn, &definition.id, definition.version)?.is_none() {
        publish::must_be_approved(conn, definition, author)?;
    }
    let done = publish::publish(conn, definition, who.signature(), now)?;
    if done.is_new {
        let detail = format!("version {}, digest {}", done.version.number, done.version.digest);
        audit::record(conn, who, "survey.publish", definition.id.as_str(), &detail, now)?;
    }
    Ok(done)
}

/// Publishes the saved draft and records it, in one transaction. For the pages.
pub(in crate::web) fn publish_draft_recorded(
    conn: &mut Conn,
    who: &Actor,
    survey: &SurveyId,
    now: Timestamp,
) -> Result<Published, SurveyError> {
    let draft = publish::draft(conn, survey)?.ok_or(SurveyError::NoDraft)?;
    let definition = read_definition(survey, draft.text.as_bytes())?;
    publish_by(conn, who, &definition, &draft.updated_by, now)
}

/// Saves a draft and records it, in one transaction. For this API and the pages.
pub(in crate::web) fn save_recorded(
    conn: &mut Conn,
    who: &Actor,
    survey: &SurveyId,
    text: &str,
    now: Timestamp,
) -> Result<(), SurveyError> {
    publish::save_draft(conn, survey, text, who.signature(), now)?;
    let detail = format!("{} bytes", text.len());
    Ok(audit::record(
        conn,
        who,
        "survey.save-draft",
        survey.as_str(),
        &detail,
        now,
    )?)
}

/// Why a survey was not written.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum SurveyError {
    /// The survey room refused.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// There is nothing to publish.
    #[error("there is no draft; save one first")]
    NoDraft,
    /// It could not be recorded.
    #[error(transparent)]
    Unrecorded(#[from] crate::identity::IdentityError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See a version. It never changes: its `ETag` is its digest.
#[utoipa::path(
    get, path = "/api/v1/surveys/{survey}/versions/{n}", tag = "surveys", security(("bearer" = [])),
    params(
        ("survey" = String, Path, description = "The survey's id."),
        ("n" = u32, Path, description = "1, 2, 3 ..."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an earlier answer."),
    ),
    responses(
        (status = 200, description = "The version.", body = VersionView),
        (status = 304, description = "You have it already."),
        (status = 404, description = "No such version.", body = ProblemBody),
    )
)]
async fn version(
    _: Allowed<ReadSurveys>,
    path: web::Path<(SurveyId, VersionNumber)>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (survey, number) = path.into_inner();
    let version = app
        .store
        .read(move |conn| publish::version(conn, &survey, number))
        .await?;
    let tag = EntityTag::new_strong(version.digest.clone());
    let mut response = if is_known(&request, &tag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(tag.clone()))
        .insert_header((header::CACHE_CONTROL, "private, max-age=31536000, immutable"));
    Ok(if is_known(&request, &tag) {
        response.finish()
    } else {
        response.json(VersionView::from(version))
    })
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// See what changed from one version to another, and what that does to each trend.
#[utoipa::path(
    get, path = "/api/v1/surveys/{survey}/diff", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id."), Between),
    responses(
        (status = 200, description = "Item by item (same, flagged, new, dropped) and index by index (comparable, on-anchors, break).", body = Object),
        (status = 404, description = "No such version or draft.", body = ProblemBody),
        (status = 422, description = "The draft cannot be read.", body = ProblemBody),
    )
)]
async fn diff(
    _: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    between: web::Query<Between>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let (survey, between) = (survey.into_inner(), between.into_inner());
    let compared = app
        .store
        .read(move |conn| compare(conn, &survey, &between))
        .await?;
    Ok(web::Json(compared.diff))
}

/// Two definitions and what lies between them.
pub(in crate::web) struct Compared {
    /// The older one.
    pub old: Definition,
    /// The newer one.
    pub new: Definition,
    /// The difference.
    pub diff: Diff,
}

/// Compares a version with another, or with the draft. For this API and the pages.
pub(in crate::web) fn compare(
    conn: &mut Conn,
    survey: &SurveyId,
    between: &Between,
) -> Result<Compared, Problem> {
    let old = publish::version(conn, survey, between.from)?;
    let new = match between.to.as_str() {
        "draft" => {
            let draft = publish::draft(conn, survey)?;
            let draft = draft.ok_or_else(|| Problem::not_found(format_args!("draft of `{survey}`")))?;
            parse::parse(draft.text.as_bytes()).map_err(PublishError::Invalid)?
        }
        number => {
            let number: Option<VersionNumber> = number.parse().ok();
            let number = number.ok_or_else(|| {
                Problem::invalid_field("#to", "`to` is the number of a version, or `draft`")
            })?;
            publish::version(conn, survey, number)?.definition
        }
    };
    let chain = publish::versions(conn, survey)?;
    let chain: Vec<&Definition> = chain.iter().map(|version| &version.definition).collect();
    let diff = crate::survey::compare::diff(&old.definition, &chain, &new);
    Ok(Compared {
        old: old.definition,
        new,
        diff,
    })
}

/// What somebody writes to an approval.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewApproval {
    /// May be empty.
    #[serde(default)]
    note: String,
}

/// What was approved.
#[derive(Serialize, ToSchema)]
struct ApprovalView {
    /// SHA-256 of the canonical JSON of exactly what was approved, in hex.
    digest: String,
    /// Who approved it so far.
    approved_by: Vec<String>,
}

/// Approve the draft as it is saved.
///
/// It takes a second person: whoever saved the draft last cannot approve it. An approval is of exactly this content; any change needs another one.
#[utoipa::path(
    post, path = "/api/v1/surveys/{survey}/draft/approval", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id.")), request_body = NewApproval,
    responses(
        (status = 200, description = "Approved, and recorded.", body = ApprovalView),
        (status = 409, description = "There is no draft, or you saved it last.", body = ProblemBody),
        (status = 422, description = "What stands in the way of publishing it.", body = ProblemBody),
    )
)]
async fn approve(
    who: Allowed<ApproveSurveys>,
    survey: web::Path<SurveyId>,
    Input(new): Input<NewApproval>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let now = clock::now();
    let view = app
        .store
        .write(move |conn| {
            let digest = approve_recorded(conn, &who, &survey, &new.note, now)?;
            let approvals = match publish::draft(conn, &survey)? {
                Some(draft) => publish::approvals_of_draft(conn, &draft)?,
                None => Vec::new(),
            };
            let approved_by = approvals.into_iter().map(|approval| approval.by).collect();
            Ok::<_, Problem>(ApprovalView { digest, approved_by })
        })
        .await?;
    Ok(web::Json(view))
}

/// What is to be said of the draft's words: minutes to answer, and for each question in each language the years of school it asks
/// for and what its wording may do to the answer. Rules of thumb, in English and Spanish.
#[utoipa::path(
    get, path = "/api/v1/surveys/{survey}/draft/advice", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id.")),
    responses(
        (status = 200, description = "Advice.", body = Object),
        (status = 404, description = "There is no draft.", body = ProblemBody),
        (status = 422, description = "The draft cannot be read.", body = ProblemBody),
    )
)]
async fn advice(
    _: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let id = survey.clone();
    let draft = app.store.read(move |conn| publish::draft(conn, &id)).await?;
    let draft = draft.ok_or_else(|| Problem::not_found(format_args!("draft of `{survey}`")))?;
    let definition = parse::parse(draft.text.as_bytes()).map_err(PublishError::Invalid)?;
    Ok(web::Json(crate::survey::advice::advice(&definition)))
}

/// See the draft of a survey, what stands in the way of publishing it, and what it would change.
#[utoipa::path(
    get, path = "/api/v1/surveys/{survey}/draft", tag = "surveys", security(("bearer" = [])),
    params(("survey" = String, Path, description = "The survey's id.")),
    responses(
        (status = 200, description = "The draft.", body = DraftView),
        (status = 404, description = "There is none.", body = ProblemBody),
    )
)]
async fn draft(
    _: Allowed<ReadSurveys>,
    survey: web::Path<SurveyId>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let survey = survey.into_inner();
    let view = app.store.read(move |conn| reviewed(conn, &survey)).await?;
    Ok(marked(view))
}

/// A draft with the mark of its text as `ETag`.
fn marked(view: DraftView) -> HttpResponse {
    let tag = mark::etag(mark::of_text(&view.text));
    HttpResponse::Ok().insert_header(tag).json(view)
}

/// Save a draft in place of the one before, valid or not, word for word.
#[utoipa::path(
    put, path = "/api/v1/surveys/{survey}/draft", tag = "surveys", security(("bearer" = [])),
    params(
        ("survey" = String, Path, description = "The survey's id."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of an earlier answer: then nothing is saved over what somebody else has saved since."),
    ),
    request_body(content = Option<serde_json::Value>, content_type = "application/json", description = "A definition; it need not be valid yet."),
    responses(
        (status = 200, description = "Saved, with everything that stands in the way of publishing it.", body = DraftView),
        (status = 412, description = "Somebody has saved it since the answer that `If-Match` names.", body = ProblemBody),
        (status = 422, description = "It cannot be stored.", body = ProblemBody),
    )
)]
async fn save_draft(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    request: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let text = String::from_utf8(body.to_vec())
        .ok()
        .ok_or_else(|| Problem::invalid_field("", "the draft is not UTF-8 text: save it as UTF-8"))?;
    let (survey, now) = (survey.into_inner(), clock::now());
    let expected = Expected::of(&request)?;
    let view = app
        .store
        .write(move |conn| {
            let before = publish::held_draft(conn, &survey)?;
            expected.holds(&before.map_or_else(String::new, |draft| mark::of_text(&draft.text)))?;
            save_recorded(conn, &who, &survey, &text, now)?;
            reviewed(conn, &survey)
        })
        .await?;
    Ok(marked(view))
}

fn reviewed(conn: &mut Conn, survey: &SurveyId) -> Result<DraftView, Problem> {
    let draft = publish::draft(conn, survey)?;
    let draft: Draft = draft.ok_or_else(|| Problem::not_found(format_args!("draft of `{survey}`")))?;
    let review = publish::draft_diff(conn, survey)?;
    let DraftReview { problems, diff } = review.unwrap_or(DraftReview {
        problems: Vec::new(),
        diff: None,
    });
    Ok(DraftView {
        text: draft.text,
        updated_at: draft.updated_at.to_string(),
        updated_by: draft.updated_by,
        problems: problems.into_iter().map(Fault::from).collect(),
        diff,
    })
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        Self::new(flaw.pointer, format!("{}; {}", flaw.problem, flaw.remedy))
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        let told = error.to_string();
        match error {
            PublishError::Invalid(flaws) => Self::invalid(told, flaws.into_iter().map(Fault::from).collect()),
            PublishError::Changed { .. }
            | PublishError::Unchanged { .. }
            | PublishError::NotNext { .. }
            | PublishError::Raced { .. }
            | PublishError::NoDraft(_)
            | PublishError::OwnDraft
            | PublishError::NotApproved(_) => Self::conflict(told),
            PublishError::Unknown { survey, number } => {
                Self::not_found(format_args!("version {number} of `{survey}`"))
            }
            PublishError::NotCanonical(_) => Self::internal(&told),
            PublishError::Store(error) => error.into(),
        }
    }
}

impl From<SurveyError> for Problem {
    fn from(error: SurveyError) -> Self {
        match error {
            SurveyError::Publish(error) => error.into(),
            SurveyError::NoDraft => Self::conflict(SurveyError::NoDraft.to_string()),
            SurveyError::Unrecorded(error) => error.into(),
            SurveyError::Store(error) => error.into(),
        }
    }
}
