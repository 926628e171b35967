//! What anybody can keep and check of a round's credentials: the manifest of its keys, and the receipts.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use super::question;
use super::whole::Asked;
use crate::round::manifest::{self, Published};
use crate::round::receipts::{self, Receipts};
use crate::round::{self, Round, RoundError, RoundId};
use crate::web::App;
use crate::web::pages::{PageContext, render_as};
use crate::web::problem::{PageProblem, Problem};
use crate::web::texts::Lang;

#[derive(Debug, Serialize)]
struct ManifestView<'a> {
    round: &'a str,
    title: &'a str,
    digest: &'a str,
    units: Vec<UnitView>,
}

#[derive(Debug, Serialize)]
struct UnitView {
    agencies: String,
    invited: u32,
    key_id: String,
}

#[derive(Debug, Serialize)]
struct ReceiptsView<'a> {
    round: &'a str,
    title: &'a str,
    /// Why there is nothing to see yet; absent when there is.
    instead: Option<String>,
    k: String,
    with_credential: String,
    with_invitation: String,
    units: Vec<ReceiptView>,
    has_tokens: bool,
    /// What the script says, as JSON.
    texts: String,
}

#[derive(Debug, Serialize)]
struct ReceiptView {
    unit: String,
    invited: u32,
    /// A number, or that it is withheld.
    claimed: String,
    received: String,
}

/// The manifest as it was published: canonical JSON.
pub(super) async fn manifest_json(
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (_, published) = find(&app, &id).await?;
    let text = published
        .ok_or_else(|| Problem::not_found("list of keys of this round"))?
        .text;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}

/// The manifest for people.
pub(super) async fn manifest_page(
    id: web::Path<String>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, published) = find(&app, &id).await?;
    let published = published.ok_or_else(|| Problem::not_found("list of keys of this round"))?;
    let units = published
        .manifest
        .audiences
        .values()
        .flat_map(|audience| &audience.units);
    let view = ManifestView {
        round: round.id.as_str(),
        title: &round.title,
        digest: &published.digest,
        units: units
            .map(|unit| UnitView {
                agencies: unit
                    .agencies
                    .iter()
                    .map(|agency| agency.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                invited: unit.invited,
                key_id: unit.key_id.clone(),
            })
            .collect(),
    };
    respond(&app, asked.lang(), "answer/manifest", "manifest-heading", &view)
}

/// The receipts for people, and for the script that looks for its own.
pub(super) async fn receipts_page(
    id: web::Path<String>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let lang = asked.lang();
    let (round, published) = find(&app, &id).await?;
    let found = of_round(&app, &round.id).await?;
    let say =
        |key: &str, args: &[(&str, String)]| question::with(&app.texts, lang, key, args).unwrap_or_default();
    let k = round.thresholds.least_respondents.to_string();
    let floored = |count: Option<u32>| match count {
        Some(count) => say("receipts-at-least", &[("count", count.to_string())]),
        None => say("receipts-fewer", &[("k", k.clone())]),
    };
    let instead = match (&published, &found) {
        (Some(_), Some(receipts)) if !receipts.tokens.is_empty() => None,
        (Some(_), None) => Some(say("receipts-open", &[])),
        _ => Some(say("receipts-none", &[])),
    };
    let ways = found.as_ref().map(|receipts| receipts.ways);
    let shown =
        |count: Option<u32>| count.map_or_else(|| say("receipts-withheld", &[]), |count| count.to_string());
    let units = found
        .iter()
        .flat_map(|receipts| &receipts.units)
        .map(|unit| ReceiptView {
            unit: unit.unit.clone(),
            invited: unit.invited,
            claimed: shown(unit.counts.map(|counts| counts.claimed)),
            received: shown(unit.counts.map(|counts| counts.received)),
        });
    let texts = json!({
        "in": say("receipts-in", &[]),
        "out": say("receipts-out", &[]),
        "offline": say("credential-offline", &[]),
    });
    let view = ReceiptsView {
        round: round.id.as_str(),
        title: &round.title,
        has_tokens: instead.is_none(),
        instead,
        with_credential: ways.map(|ways| floored(ways.with_credential)).unwrap_or_default(),
        with_invitation: ways.map(|ways| floored(ways.with_invitation)).unwrap_or_default(),
        units: units.collect(),
        texts: texts.to_string(),
        k: k.clone(),
    };
    respond(&app, lang, "answer/receipts", "receipts-heading", &view)
}

/// Every spent token, sorted, one a line.
pub(super) async fn receipts_text(
    id: web::Path<String>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (round, _) = find(&app, &id).await?;
    let found = of_round(&app, &round.id).await?;
    let tokens = found
        .map(|receipts| receipts.tokens)
        .filter(|tokens| !tokens.is_empty());
    let tokens = tokens.ok_or_else(|| Problem::not_found("list of receipts of this round yet"))?;
    let text: String = tokens.iter().map(|token| format!("{token}\n")).collect();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text))
}

impl Asked {
    fn lang(&self) -> Lang {
        self.lang.as_deref().and_then(Lang::of_tag).unwrap_or_default()
    }
}

async fn find(app: &App, id: &str) -> Result<(Round, Option<Published>), Problem> {
    let unknown = || Problem::not_found("round of that name");
    let id: RoundId = id.parse().ok().ok_or_else(unknown)?;
    let found = app.store.read(move |conn| {
        let round = round::find(conn, &id)?;
        let published = manifest::find(conn, &id)?;
        Ok::<_, RoundError>((round, published))
    });
    match found.await {
        // Before it opens a round is nobody's business.
        Ok((round, _)) if round.promise.is_none() => Err(unknown()),
        Ok(found) => Ok(found),
        Err(RoundError::Unknown(_)) => Err(unknown()),
        Err(other) => Err(other.into()),
    }
}

async fn of_round(app: &App, id: &RoundId) -> Result<Option<Receipts>, Problem> {
    let id = id.clone();
    Ok(app.store.read(move |conn| receipts::receipts(conn, &id)).await?)
}

fn respond(
    app: &App,
    lang: Lang,
    template: &str,
    heading: &str,
    view: &impl Serialize,
) -> Result<HttpResponse, PageProblem> {
    let title = app.texts.get(lang, heading).unwrap_or_default();
    render_as(
        StatusCode::OK,
        app,
        template,
        view,
        &PageContext::respondent(title, lang),
    )
}
