//! `/rounds/{id}/comments`: somebody reads what the scrub left of comments, and releases or withholds each.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::report::comments::review::{self, Decision, ReviewError, Reviewed, Verdict};
use crate::round::RoundId;
use crate::store::comments::Decided;
use crate::survey::publish;
use crate::web::App;
use crate::web::access::{Allowed, ReleaseComments};
use crate::web::api::comments::decided;
use crate::web::pages::{PageContext, render_as, see_other};
use crate::web::paging::{Paging, Window};
use crate::web::problem::{PageProblem, Problem};

/// How many comments stand on a page.
const PAGE: u32 = 20;

/// Twenty long texts, escaped as a form escapes them.
pub(super) const BODY: usize = 1024 * 1024;

/// Which comments.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
    /// What the last decision did.
    #[serde(default)]
    released: Option<usize>,
    #[serde(default)]
    withheld: Option<usize>,
}

#[derive(Debug, Serialize)]
struct View {
    id: String,
    title: String,
    state: String,
    tabs: Vec<Tab>,
    agreed: u64,
    units: usize,
    /// What was just decided, in words; empty when nothing was.
    done: String,
    comments: Vec<CommentView>,
    /// Whether nothing was saved because somebody else was faster.
    overtaken: bool,
    faults: Vec<FaultView>,
    next: String,
}

#[derive(Debug, Serialize)]
struct Tab {
    href: String,
    label: &'static str,
    current: bool,
}

#[derive(Debug, Serialize)]
struct FaultView {
    href: String,
    told: String,
}

#[derive(Debug, Serialize)]
struct CommentView {
    key: String,
    /// The mark of what its reviewer sees decided.
    seen: String,
    number: usize,
    unit: String,
    audience: String,
    asked: String,
    text: String,
    /// What the scrub took out, in words; empty when nothing.
    removed: String,
    is_release: bool,
    is_withhold: bool,
    fault: String,
}

/// What was sent for a comment.
#[derive(Debug, Clone, Default)]
struct Sent {
    decision: String,
    text: Option<String>,
    seen: Option<String>,
}

type Typed = BTreeMap<String, Sent>;

/// Why nothing was decided, by comment.
#[derive(Debug, Clone, Default)]
struct Refused {
    faults: BTreeMap<String, String>,
    /// Comments about which somebody else decided, which may stand in another list now.
    overtaken: Vec<Reviewed>,
}

pub(super) async fn show(
    who: Allowed<ReleaseComments>,
    id: web::Path<RoundId>,
    asked: web::Query<Asked>,
    paging: web::Query<Paging>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let window = paging.window()?;
    page(
        &app,
        &who,
        &id,
        &asked,
        window,
        (Typed::new(), Refused::default()),
    )
    .await
}

pub(super) async fn decide(
    who: Allowed<ReleaseComments>,
    id: web::Path<RoundId>,
    asked: web::Query<Asked>,
    paging: web::Query<Paging>,
    fields: web::Form<Vec<(String, String)>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let typed = typed(fields.into_inner());
    let decision = |(key, sent): (&String, &Sent)| {
        let verdict = match sent.decision.as_str() {
            "release" => Verdict::Release(sent.text.clone()),
            "withhold" => Verdict::Withhold,
            _ => return None,
        };
        Some(Decision {
            key: key.clone(),
            verdict,
            seen: sent.seen.clone(),
        })
    };
    let decisions: Vec<Decision> = typed.iter().filter_map(decision).collect();
    let (round, by, now) = (id.clone(), who.actor.clone(), clock::now());
    let done = app
        .store
        .write(move |conn| review::decide(conn, &by, &round, &decisions, now))
        .await;
    let refused = match done {
        Ok(done) => {
            return Ok(see_other(&format!(
                "/rounds/{id}/comments?state={}&released={}&withheld={}",
                state(&asked),
                done.released,
                done.withheld
            )));
        }
        Err(ReviewError::NotARedaction { key, why, .. }) => Refused {
            faults: BTreeMap::from([(key, why.to_string())]),
            ..Refused::default()
        },
        Err(ReviewError::Overtaken(places)) => {
            overtaken(&app, &id, places.into_iter().map(|(_, key)| key).collect()).await?
        }
        Err(other) => return Err(Problem::from(other).into()),
    };
    page(&app, &who, &id, &asked, paging.window()?, (typed, refused)).await
}

/// What was decided meanwhile about these comments.
async fn overtaken(app: &App, id: &RoundId, keys: Vec<String>) -> Result<Refused, Problem> {
    let round = id.clone();
    let read = app.store.read(move |conn| {
        let found = keys.iter().map(|key| review::one(conn, &round, key));
        found
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>, ReviewError>>()
    });
    let overtaken = read.await?;
    let told = |one: &Reviewed| {
        let now = match (one.decided, &one.released) {
            (Decided::Released, Some(words)) => format!("released it as “{}”", words.text()),
            (Decided::Withheld, _) => "withheld it".to_owned(),
            _ => "taken a decision back".to_owned(),
        };
        let told = format!(
            "somebody else has {now} while you were reading. What you chose is still here: save again to put it in the place of theirs, or choose theirs"
        );
        (one.key.clone(), told)
    };
    Ok(Refused {
        faults: overtaken.iter().map(told).collect(),
        overtaken,
    })
}

/// The fields `decision.KEY`, `text.KEY` and `seen.KEY`, by key.
fn typed(fields: Vec<(String, String)>) -> Typed {
    let mut typed = Typed::new();
    for (name, value) in fields {
        match name.split_once('.') {
            Some(("decision", key)) => typed.entry(key.to_owned()).or_default().decision = value,
            Some(("text", key)) => typed.entry(key.to_owned()).or_default().text = Some(value),
            Some(("seen", key)) => typed.entry(key.to_owned()).or_default().seen = Some(value),
            _ => {}
        }
    }
    typed
}

fn state(asked: &Asked) -> &str {
    match asked.state.as_str() {
        known @ ("released" | "withheld") => known,
        _ => "waiting",
    }
}

async fn page(
    app: &App,
    who: &Allowed<ReleaseComments>,
    id: &RoundId,
    asked: &Asked,
    mut window: Window,
    (typed, refused): (Typed, Refused),
) -> Result<HttpResponse, PageProblem> {
    window.limit = window.limit.min(PAGE);
    let wanted =
        decided(state(asked)).ok_or_else(|| Problem::internal(&"a state of comments without a name"))?;
    let (round, page) = (id.clone(), window.clone());
    let read = app.store.read(move |conn| {
        let found = review::list(conn, &round, wanted, page.after.as_deref(), page.reach())?;
        let version = publish::find(conn, &found.round.survey, found.round.version)?;
        Ok::<_, ReviewError>((found, version))
    });
    let (mut found, version) = read.await.map_err(Problem::from)?;
    let next = window.cut(&mut found.comments, |one| &one.key);
    let is_overtaken = !refused.overtaken.is_empty();
    let not_here = |one: &Reviewed| !found.comments.iter().any(|here| here.key == one.key);
    let elsewhere: Vec<Reviewed> = refused
        .overtaken
        .iter()
        .filter(|one| not_here(one))
        .cloned()
        .collect();
    let asked_in = |item: &str| {
        let definition = version.as_ref().map(|version| &version.definition);
        let text = definition.and_then(|definition| {
            let item = definition.items().find(|known| known.id.as_str() == item)?;
            Some(item.text.get(definition.languages.first()?).to_owned())
        });
        text.unwrap_or_else(|| item.to_owned())
    };
    let comments: Vec<CommentView> = elsewhere
        .into_iter()
        .chain(found.comments)
        .enumerate()
        .map(|(place, one)| view(place, asked_in(&one.item), one, &typed, &refused.faults))
        .collect();
    let faults: Vec<FaultView> = comments
        .iter()
        .filter(|comment| !comment.fault.is_empty())
        .map(|comment| FaultView {
            href: format!("#text-{}", comment.key),
            told: format!("Comment {}: {}", comment.number, comment.fault),
        })
        .collect();
    let tab = |(key, label)| Tab {
        href: format!("/rounds/{id}/comments?state={key}"),
        label,
        current: key == state(asked),
    };
    let view = View {
        id: id.to_string(),
        title: found.round.title,
        state: state(asked).to_owned(),
        tabs: [
            ("waiting", "To be read"),
            ("released", "Released"),
            ("withheld", "Withheld"),
        ]
        .map(tab)
        .into(),
        agreed: found.agreed,
        units: found.units,
        done: done(asked),
        next: next
            .map(|cursor| format!("/rounds/{id}/comments?state={}&cursor={cursor}", state(asked)))
            .unwrap_or_default(),
        comments,
        overtaken: is_overtaken,
        faults,
    };
    let status = match (view.faults.is_empty(), is_overtaken) {
        (true, _) => StatusCode::OK,
        (false, true) => StatusCode::CONFLICT,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = match view.faults.is_empty() {
        true => format!("Comments: {}", view.title),
        false => format!("Error: Comments: {}", view.title),
    };
    let page = PageContext::staff(title, who).within("/rounds");
    render_as(status, app, "rounds/comments", &view, &page)
}

fn done(asked: &Asked) -> String {
    match (asked.released.unwrap_or(0), asked.withheld.unwrap_or(0)) {
        (0, 0) => String::new(),
        (released, withheld) => format!("{released} released, {withheld} withheld."),
    }
}

fn view(
    place: usize,
    asked: String,
    one: Reviewed,
    typed: &Typed,
    faults: &BTreeMap<String, String>,
) -> CommentView {
    let sent = typed.get(&one.key);
    let shown = one.released.as_ref().map(|released| released.text().to_owned());
    let is = |decision: &str| sent.is_some_and(|sent| sent.decision == decision);
    CommentView {
        number: place + 1,
        is_release: is("release"),
        is_withhold: is("withhold"),
        text: sent
            .and_then(|sent| sent.text.clone())
            .or(shown)
            .unwrap_or_else(|| one.scrubbed.text().to_owned()),
        removed: removed(&one),
        fault: faults.get(&one.key).cloned().unwrap_or_default(),
        seen: one.seen,
        unit: one.unit,
        audience: one.audience.to_string(),
        key: one.key,
        asked,
    }
}

fn removed(one: &Reviewed) -> String {
    let removed = one.scrubbed.removed();
    let counts = [
        (removed.names, "name"),
        (removed.addresses, "address"),
        (removed.numbers, "number"),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    told.map(|(count, what)| format!("{what}: {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}
