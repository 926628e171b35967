//! `/try/{survey}/{code}`: a draft as respondents will see it, for whoever has the link. **Nothing that is answered here is stored**: no
//! function that this file calls takes a connection that could write, and there is no round behind it.
//!
//! The code is made from the survey's id and the secret of the installation, so the link needs no table and cannot be guessed.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::answer::question::Question;
use super::{PageContext, render_as};
use crate::collect::answers::check;
use crate::collect::fields::Draft;
use crate::collect::{AnswerProblem, Form};
use crate::round::Mode;
use crate::survey::definition::SurveyId;
use crate::survey::{parse, publish};
use crate::web::App;
use crate::web::pages::surveys::draft::beginning;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};
use crate::web::texts::Lang;

/// The routes.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let pattern = "/try/{survey}/{code}";
    vec![
        Endpoint::new(Method::GET, pattern, Needs::Nothing, web::get().to(show)),
        Endpoint::new(Method::POST, pattern, Needs::Nothing, web::post().to(answered)),
    ]
}

/// The link with which anybody can try the draft of a survey.
#[must_use]
pub fn link(app: &App, survey: &SurveyId) -> String {
    let base = app.public_url.as_str().trim_end_matches('/');
    format!("{base}{}", path(app, survey))
}

/// The same as a path of this server.
#[must_use]
pub fn path(app: &App, survey: &SurveyId) -> String {
    format!("/try/{survey}/{}", code(app, survey))
}

fn code(app: &App, survey: &SurveyId) -> String {
    let key = app.keys.derived("survey: test links");
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&key) else {
        // A key of 32 bytes is taken by definition; without one no link opens.
        return String::new();
    };
    mac.update(survey.as_str().as_bytes());
    let digest = mac.finalize().into_bytes();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    lang: Option<String>,
}

#[derive(Serialize)]
struct View {
    frame: Frame,
    action: String,
    title: String,
    purpose: String,
    pages: Vec<PageView>,
    wrong: Vec<Wrong>,
    /// Whether everything was answered as it should be: then nothing more is asked.
    done: bool,
    others: Vec<Other>,
}

/// What the templates of questions ask of the page around them.
#[derive(Serialize)]
struct Frame {
    survey_lang: Option<String>,
}

#[derive(Serialize)]
struct PageView {
    heading: String,
    intro: Option<String>,
    questions: Vec<Question>,
}

#[derive(Serialize)]
struct Wrong {
    href: String,
    text: String,
}

#[derive(Serialize)]
struct Other {
    tag: &'static str,
    name: String,
}

async fn show(
    path: web::Path<(SurveyId, String)>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (survey, given) = path.into_inner();
    let form = form(&app, &survey, &given).await?;
    let lang = asked.lang.as_deref().and_then(Lang::of_tag).unwrap_or_default();
    page(&app, &survey, &form, lang, &[], false)
}

async fn answered(
    path: web::Path<(SurveyId, String)>,
    fields: web::Form<Vec<(String, String)>>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (survey, given) = path.into_inner();
    let form = form(&app, &survey, &given).await?;
    let of = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let lang = of("lang").and_then(Lang::of_tag).unwrap_or_default();
    page(&app, &survey, &form, lang, &fields, of("go") == Some("send"))
}

/// The draft as a form. One that still has problems can be tried as far as its display logic can be read.
async fn form(app: &App, survey: &SurveyId, given: &str) -> Result<Form, Problem> {
    let nothing = || Problem::not_found("survey to try at this address");
    // The code is no secret of a person, but it must not be found letter by letter.
    let (expected, given) = (code(app, survey), given.to_owned());
    let same = expected.len() == given.len()
        && expected
            .bytes()
            .zip(given.bytes())
            .fold(0_u8, |differs, (one, other)| differs | (one ^ other))
            == 0;
    if expected.is_empty() || !same {
        return Err(nothing());
    }
    let id = survey.clone();
    let text = app.store.read(move |conn| {
        let draft = publish::draft(conn, &id)?;
        let latest = publish::latest(conn, &id)?;
        match (draft, &latest) {
            (Some(draft), _) => Ok(draft.text),
            (None, Some(version)) => beginning(&id, Some(version)),
            (None, None) => Err(Problem::not_found("survey to try at this address")),
        }
    });
    let text = text.await?;
    let unready = |_ignored| {
        Problem::conflict(
            "the draft cannot be shown yet: its author has to correct it first; the editor says where",
        )
    };
    let definition = parse::parse(text.as_bytes()).map_err(unready)?;
    if definition.languages.is_empty() || definition.pages.is_empty() {
        return Err(unready(Vec::new()));
    }
    Form::prepare(definition).map_err(|_ignored| unready(Vec::new()))
}

fn page(
    app: &App,
    survey: &SurveyId,
    form: &Form,
    lang: Lang,
    fields: &[(String, String)],
    sent: bool,
) -> Result<HttpResponse, PageProblem> {
    let none = || Problem::internal(&"a draft has no language");
    let local = form.local([lang.tag()]).ok_or_else(none)?;
    let draft = Draft::of_fields(form, fields);
    let checked = check(form, &draft.to_json(form));
    let problems: &[AnswerProblem] = if sent { &checked.problems } else { &[] };
    let mut wrong = Vec::new();
    let mut pages = Vec::new();
    for content in &local.pages {
        let visible = content
            .items
            .iter()
            .filter(|item| checked.visible.contains(&item.id));
        let questions: Vec<Question> = visible
            .map(|item| {
                let problem = problems.iter().find(|problem| problem.item == item.id.as_str());
                // A draft has no audience yet: it is shown as an anonymous one will see it.
                Question::new(item, &draft, problem, &app.texts, lang, Mode::Anonymous)
            })
            .collect();
        wrong.extend(
            questions
                .iter()
                .filter_map(Question::summary)
                .map(|(id, text)| Wrong {
                    href: format!("#{id}"),
                    text,
                }),
        );
        if !questions.is_empty() {
            pages.push(PageView {
                heading: content.title.clone(),
                intro: content.intro.clone(),
                questions,
            });
        }
    }
    let others = Lang::ALL.into_iter().filter(|other| {
        *other != lang
            && form
                .languages()
                .iter()
                .any(|language| Lang::of_tag(language.as_str()) == Some(*other))
    });
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = View {
        frame: Frame {
            survey_lang: Some(local.language.to_string()).filter(|tag| tag != lang.tag()),
        },
        action: self::path(app, survey),
        title: local.title.clone(),
        purpose: local.purpose.clone(),
        done: sent && wrong.is_empty(),
        others: others
            .map(|other| Other {
                tag: other.tag(),
                name: app.texts.get(other, "language-name").unwrap_or_default(),
            })
            .collect(),
        pages,
        wrong,
    };
    let title = format!("{} ({survey})", view.title);
    render_as(
        status,
        app,
        "answer/trial",
        &view,
        &PageContext::respondent(title, lang),
    )
}
