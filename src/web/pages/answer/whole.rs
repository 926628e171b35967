//! `/s/{round}`: the whole form on one page, for somebody whose browser has a credential. It is the same for
//! everybody, knows nobody, and shows its questions only to the script that leads through them.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::question::{self, Question};
use super::told;
use crate::clock;
use crate::collect::Form;
use crate::collect::door::Whole;
use crate::collect::fields::Draft;
use crate::collect::localised::{LocalItem, LocalKind, LocalPage};
use crate::round::{Mode, RoundId};
use crate::survey::definition::AnswerKind;
use crate::web::App;
use crate::web::kept::Kept;
use crate::web::pages::{PageContext, render_text};
use crate::web::problem::{PageProblem, Problem};
use crate::web::texts::Lang;

/// What may stand behind the address.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) lang: Option<String>,
}

#[derive(Debug, Serialize)]
struct View<'a> {
    frame: Frame,
    round: &'a str,
    title: &'a str,
    pages: Vec<PageView<'a>>,
    texts: String,
}

/// What the templates of questions ask of the page around them.
#[derive(Debug, Serialize)]
struct Frame {
    /// The language of the survey's own texts where the page has another one.
    survey_lang: Option<String>,
}

#[derive(Debug, Serialize)]
struct PageView<'a> {
    heading: &'a str,
    intro: Option<&'a str>,
    items: Vec<ItemView>,
}

/// A question, with what the script has to know of it.
#[derive(Debug, Serialize)]
struct ItemView {
    item: String,
    kind: &'static str,
    decimals: String,
    required: bool,
    show_if: Option<String>,
    question: Question,
}

/// The form, or why there is none here.
pub(super) async fn whole(
    id: web::Path<String>,
    asked: web::Query<Asked>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let lang = asked.lang.as_deref().and_then(Lang::of_tag).unwrap_or_default();
    let found = match id.parse::<RoundId>() {
        Ok(id) => app
            .intake
            .whole_form(&id)
            .await
            .map_err(Problem::from)?
            .map(|found| (id, found)),
        Err(_) => None,
    };
    let Some((
        round,
        Whole {
            window,
            version,
            form,
        },
    )) = found
    else {
        return told::by_invitation(&app, lang);
    };
    if let Err(shut) = window.open_at(clock::now()) {
        return told::shut(&app, lang, &shut);
    }
    let place = (round.clone(), version, lang);
    let page = app.kept.wholes.get(place, || made(&app, lang, &round, &form))?;
    Ok(page.respond_unless_known(&request))
}

fn made(app: &App, lang: Lang, round: &RoundId, form: &Form) -> Result<Kept, Problem> {
    let none = || Problem::internal(&"a published version has no language");
    let local = form.local([lang.tag()]).ok_or_else(none)?;
    let survey_lang = Some(local.language.to_string()).filter(|tag| tag != lang.tag());
    let pages = local.pages.iter().map(|page| page_view(app, lang, form, page));
    let view = View {
        frame: Frame { survey_lang },
        round: round.as_str(),
        title: &local.title,
        pages: pages.collect(),
        texts: texts(app, lang),
    };
    let page = PageContext::respondent(local.title.clone(), lang);
    Kept::of(&render_text(app, "answer/whole", &view, &page)?, &[])
}

fn page_view<'a>(app: &App, lang: Lang, form: &Form, page: &'a LocalPage) -> PageView<'a> {
    let items = page.items.iter().map(|item| ItemView {
        kind: kind(&item.kind),
        decimals: decimals(form, item),
        required: item.required,
        show_if: form
            .item(item.id.as_str())
            .and_then(|item| item.show_if.as_ref().map(ToString::to_string)),
        question: Question::new(item, &Draft::default(), None, &app.texts, lang, Mode::Anonymous),
        item: item.id.to_string(),
    });
    PageView {
        heading: &page.title,
        intro: page.intro.as_deref(),
        items: items.collect(),
    }
}

fn kind(kind: &LocalKind) -> &'static str {
    match kind {
        LocalKind::Rating(_) => "rating",
        LocalKind::Pair(_) => "pair",
        LocalKind::Single(_) => "single",
        LocalKind::Multiple(..) => "multiple",
        LocalKind::Number { .. } => "number",
        LocalKind::Text { .. } => "text",
    }
}

fn decimals(form: &Form, item: &LocalItem) -> String {
    let number = form.item(item.id.as_str()).map(|item| &item.answer);
    match number {
        Some(AnswerKind::Number { decimals, .. }) => decimals.to_string(),
        _ => "0".to_owned(),
    }
}

fn texts(app: &App, lang: Lang) -> String {
    let say = |key: &str| question::with(&app.texts, lang, key, &[]).unwrap_or_default();
    json!({
        "progress": say("credential-progress"),
        "review": say("credential-review"),
        "required": say("answer-wrong-required"),
        "wrong": say("credential-wrong"),
        "offline": say("credential-offline"),
        "failed": say("credential-failed"),
        "bad-file": say("credential-bad-file"),
        "clear-sure": say("credential-clear-sure"),
        "sent": say("answer-thanks-heading"),
        "credential-spent": say("credential-spent"),
        "credential-not-valid": say("credential-bad-file"),
        "round-closed": say("answer-closed-what"),
    })
    .to_string()
}
