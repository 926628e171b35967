//! `/agencies/{code}/comments`: what people of an agency wrote in their own words and somebody released; a few of them on the
//! agency's own page.
//!
//! A view holds [`Released`] texts, which nothing but a release makes.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::agency::spoken_for;
use super::reader::{OtherLanguage, Reader};
use super::round::{self, Loaded};
use super::say::Say;
use crate::agency::{self, AgencyCode};
use crate::identity::Scope;
use crate::protect::Released;
use crate::report::comments::{self, Comment};
use crate::report::model::{Cut, DocumentAudience, DocumentUnit, Subject};
use crate::report::read::{self, Results, Wanted};
use crate::round::RoundId;
use crate::store::{Conn, StoreError};
use crate::survey::definition::Definition;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::api::comments::table;
use crate::web::csv;
use crate::web::pages::{PageContext, render};
use crate::web::paging::{Paging, Window};
use crate::web::problem::{PageProblem, Problem};

/// How many comments stand on the agency's own page.
const FEW: u32 = 6;

/// How many letters of each stand there at the most.
const FEW_LETTERS: usize = 600;

/// How many comments stand on a page of comments.
const PAGE: u32 = 50;

/// How many a file has at most.
const MOST_IN_FILE: u32 = 10_000;

/// The first comments of a unit and how many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Few {
    first: Vec<Comment>,
    all: u64,
}

impl Few {
    /// Reads them.
    pub(super) fn read(
        conn: &mut Conn,
        results: &Results,
        audience: &DocumentAudience,
        unit: &DocumentUnit,
    ) -> Result<Self, StoreError> {
        let first = comments::of_unit(conn, results, audience, unit, None, FEW)?;
        let all = match first.is_empty() {
            true => 0,
            false => comments::count_of_unit(conn, results, audience, unit)?,
        };
        Ok(Self { first, all })
    }
}

/// The comments of one question.
#[derive(Debug, Serialize)]
struct Group {
    id: String,
    title: String,
    texts: Vec<Released>,
}

/// The section on the agency's page.
#[derive(Debug, Serialize)]
pub(super) struct CommentsView {
    groups: Vec<Group>,
    /// Whether there are more than stand here.
    more: bool,
    all: u64,
    href: String,
    file: String,
}

/// The section; `None` where nothing is released.
pub(super) fn few(
    say: Say<'_>,
    found: &super::agency::AgencyData,
    loaded: &Loaded,
    audience: &DocumentAudience,
) -> Option<CommentsView> {
    let few = found.comments.get(&audience.name)?;
    let short: Vec<&Comment> = few
        .first
        .iter()
        .filter(|comment| comment.words.text().chars().count() <= FEW_LETTERS)
        .collect();
    if few.first.is_empty() {
        return None;
    }
    let query = format!(
        "round={}&audience={}",
        loaded.results.document.round, audience.name
    );
    let code = &found.agency.code;
    Some(CommentsView {
        more: few.all > u64::try_from(short.len()).unwrap_or(u64::MAX),
        groups: groups(say, &loaded.definition, short),
        all: few.all,
        href: format!("/agencies/{code}/comments?{query}"),
        file: format!("/agencies/{code}/comments.csv?{query}"),
    })
}

/// By question, in the order of the form.
fn groups<'a>(
    say: Say<'_>,
    definition: &Definition,
    comments: impl IntoIterator<Item = &'a Comment>,
) -> Vec<Group> {
    let comments: Vec<&Comment> = comments.into_iter().collect();
    let of_item = definition.items().map(|item| Group {
        id: item.id.to_string(),
        title: say.survey(&item.text),
        texts: comments
            .iter()
            .filter(|comment| comment.item == item.id.as_str())
            .map(|comment| comment.words.clone())
            .collect(),
    });
    of_item.filter(|group| !group.texts.is_empty()).collect()
}

/// Which round and audience.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    round: Option<String>,
    #[serde(default)]
    audience: String,
}

#[derive(Debug, Serialize)]
struct View {
    name: String,
    unit: String,
    round: String,
    audience: String,
    groups: Vec<Group>,
    back: String,
    next: String,
    file: String,
    languages: Vec<OtherLanguage>,
}

/// What both the page and the file are made of.
struct Read {
    name: String,
    loaded: Loaded,
    audience: DocumentAudience,
    unit: DocumentUnit,
    comments: Vec<Comment>,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    paging: web::Query<Paging>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let mut window = paging.window()?;
    window.limit = window.limit.min(PAGE);
    let mut found = load(&app, who.scope(), &code, &asked, window.clone()).await?;
    let next = window.cut(&mut found.comments, |comment| &comment.key);
    let say = Say::new(&app, reader.lang);
    let query = format!(
        "round={}&audience={}",
        found.loaded.results.document.round, found.audience.name
    );
    let view = View {
        groups: groups(say, &found.loaded.definition, &found.comments),
        back: format!("/agencies/{code}?{query}"),
        next: next
            .map(|cursor| format!("/agencies/{code}/comments?{query}&cursor={cursor}"))
            .unwrap_or_default(),
        file: format!("/agencies/{code}/comments.csv?{query}"),
        unit: found.unit.title,
        round: found.loaded.results.document.title.clone(),
        audience: found.audience.title,
        languages: reader.others(&app),
        name: found.name,
    };
    let title = say.text("r-comments-of", &[("of", &view.unit)]);
    let page = PageContext::staff(title, &who).within("/results");
    render(
        &app,
        "results/comments",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

/// The file: all of them.
pub(super) async fn file(
    who: Allowed<ReadResults>,
    code: web::Path<String>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let all = Window {
        after: None,
        limit: MOST_IN_FILE,
    };
    let found = load(&app, who.scope(), &code, &asked, all).await?;
    let text = table(found.audience.name.as_str(), &found.unit.title, &found.comments)
        .map_err(|error| Problem::internal(&error))?;
    let name = format!("{}-{code}-comments.csv", found.loaded.results.document.round);
    Ok(csv::download(&name, text))
}

async fn load(app: &App, scope: Scope, code: &str, asked: &Asked, window: Window) -> Result<Read, Problem> {
    let missing = || Problem::not_found(format!("agency `{code}` among those whose results you may see"));
    let agency: AgencyCode = code.parse().ok().ok_or_else(missing)?;
    let no_round = |round: &str| Problem::not_found(format!("published result of a round `{round}`"));
    let round: Option<RoundId> = asked
        .round
        .as_deref()
        .map(|round| round.parse().map_err(|_bad| no_round(round)))
        .transpose()?;
    let audience = asked.audience.clone();
    let found = app
        .store
        .read(move |conn| of_agency(conn, &scope, &agency, round.as_ref(), &audience, &window))
        .await?;
    found.ok_or_else(missing)
}

fn of_agency(
    conn: &mut Conn,
    scope: &Scope,
    code: &AgencyCode,
    asked: Option<&RoundId>,
    audience: &str,
    window: &Window,
) -> Result<Option<Read>, StoreError> {
    let Some(known) = agency::find(conn, code)?.filter(|_| scope.covers(code)) else {
        return Ok(None);
    };
    let wanted = Wanted {
        cut: Some(Cut::Everybody),
        subject: Some(Subject::Responses),
        ..Wanted::default()
    };
    let rounds = read::published_rounds(conn)?;
    let of_round = rounds.iter().map(|round| &round.round);
    for id in of_round.filter(|id| asked.is_none_or(|asked| asked == *id)) {
        let Some(loaded) = round::load(conn, Some(id), scope, &wanted)? else {
            continue;
        };
        let Some(audience) = spoken_for(&loaded, code, audience).cloned() else {
            continue;
        };
        let Some(unit) = Results::unit_of(&audience, code).cloned() else {
            continue;
        };
        let after = window.after.as_deref();
        let comments = comments::of_unit(conn, &loaded.results, &audience, &unit, after, window.reach())?;
        return Ok(Some(Read {
            name: known.name,
            comments,
            loaded,
            audience,
            unit,
        }));
    }
    Ok(None)
}
