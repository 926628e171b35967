//! The promise and a page of questions, as views.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::claim::Unlinkable;
use super::question::{self, Question};
use super::walk::Walk;
use crate::agency::AgencyCode;
use crate::collect::fields::Draft;
use crate::collect::localised::{LocalForm, LocalItem, LocalKind};
use crate::collect::{AnswerProblem, Opened};
use crate::round::Mode;
use crate::survey::definition::Item;
use crate::web::App;
use crate::web::pages::{PageContext, html, render_text};
use crate::web::problem::{PageProblem, Problem};
use crate::web::texts::Lang;

/// What every view is made from.
pub(super) struct Shown<'a> {
    pub(super) app: &'a App,
    pub(super) opened: &'a Opened,
    pub(super) lang: Lang,
    pub(super) draft: &'a Draft,
    pub(super) frame: Frame,
    pub(super) who: &'a Who,
}

/// What differs between two people who are promised the same.
#[derive(Debug, Clone)]
pub(super) struct Who {
    /// The code as a part of a path.
    pub(super) code: String,
    /// The agency in which the answers are counted, or all of those that are counted together.
    pub(super) agency: String,
    /// The key of their unit, in hex; empty where there is none.
    pub(super) key_id: String,
    /// How many people are invited in their unit; empty where there is none.
    pub(super) invited: String,
}

impl Who {
    /// Whoever has this code.
    pub(super) fn of(opened: &Opened, code: &str) -> Self {
        let unit = opened.unit();
        let agencies = unit.map(|unit| unit.agencies.iter().map(AgencyCode::as_str).collect::<Vec<_>>());
        Self {
            code: path_part(code),
            agency: agencies.map_or_else(|| opened.door.agency.to_string(), |all| all.join(", ")),
            key_id: unit.map(|unit| unit.key_id.clone()).unwrap_or_default(),
            invited: unit.map(|unit| unit.invited.to_string()).unwrap_or_default(),
        }
    }
}

/// What every form carries.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Frame {
    action: String,
    survey: String,
    /// The language of the survey's own texts where the page has another one.
    survey_lang: Option<String>,
    key: String,
    others: Vec<Other>,
}

/// A language in which the page can be read, too.
#[derive(Debug, Clone, Serialize)]
struct Other {
    tag: &'static str,
    name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Carried {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Wrong {
    pub(super) href: String,
    pub(super) text: String,
}

#[derive(Debug, Serialize)]
struct PromiseView<'a> {
    frame: &'a Frame,
    carried: Vec<Carried>,
    purpose: &'a str,
    is_anonymous: bool,
    round: &'a str,
    audience: &'a str,
    agency: &'a str,
    k: String,
    digest: Option<&'a str>,
    closes_at: Option<String>,
    /// The end that was promised, where people were given more time since.
    extended_from: Option<String>,
    has_texts: bool,
    pages: String,
    /// Whether a credential was claimed with the invitation, so that nothing can be sent with the code itself.
    is_claimed: bool,
    unlinkable: Option<Unlinkable>,
}

#[derive(Debug, Serialize)]
struct PageView<'a> {
    frame: &'a Frame,
    carried: Vec<Carried>,
    heading: &'a str,
    intro: Option<&'a str>,
    page_number: String,
    page_count: String,
    /// The page's place in the survey. (`page` is the layout's word.)
    place: usize,
    reviewing: bool,
    questions: Vec<Question>,
    wrong: Vec<Wrong>,
}

/// The language in which somebody is addressed who did not choose one.
pub(super) fn language(opened: &Opened) -> Lang {
    let wanted = Lang::of_tag(opened.door.language.as_str());
    let survey = opened
        .form
        .languages()
        .iter()
        .find_map(|language| Lang::of_tag(language.as_str()));
    wanted.or(survey).unwrap_or_default()
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        app: &'a App,
        who: &'a Who,
        opened: &'a Opened,
        lang: Lang,
        key: &str,
        draft: &'a Draft,
    ) -> Self {
        let local = opened.form.local([lang.tag()]);
        let survey_lang = local
            .map(|local| local.language.to_string())
            .filter(|tag| tag != lang.tag());
        let offered = |lang: &Lang| {
            opened
                .form
                .languages()
                .iter()
                .any(|l| Lang::of_tag(l.as_str()) == Some(*lang))
        };
        let others = Lang::ALL
            .into_iter()
            .filter(|other| *other != lang)
            .filter(offered);
        let frame = Frame {
            action: format!("/i/{}", who.code),
            survey: local.map(|local| local.title.clone()).unwrap_or_default(),
            survey_lang,
            key: key.to_owned(),
            others: others
                .map(|other| Other {
                    tag: other.tag(),
                    name: app.texts.get(other, "language-name").unwrap_or_default(),
                })
                .collect(),
        };
        Self {
            app,
            opened,
            lang,
            draft,
            frame,
            who,
        }
    }

    pub(super) fn local(&self) -> Result<&'a LocalForm, Problem> {
        let none = || Problem::internal(&"a published version has no language");
        self.opened.form.local([self.lang.tag()]).ok_or_else(none)
    }

    pub(super) fn say(&self, key: &str, args: &[(&str, String)]) -> String {
        question::with(&self.app.texts, self.lang, key, args).unwrap_or_default()
    }

    pub(super) fn respond(
        &self,
        status: StatusCode,
        template: &str,
        view: &impl Serialize,
        title: String,
    ) -> Result<HttpResponse, PageProblem> {
        Ok(html(status, self.render(template, view, &title)?))
    }

    fn render(&self, template: &str, view: &impl Serialize, title: &str) -> Result<String, Problem> {
        let title = format!("{title} - {}", self.frame.survey);
        let page = PageContext::respondent(title, self.lang);
        render_text(self.app, template, view, &page)
    }

    pub(super) fn carried(&self, but: &[&Item]) -> Vec<Carried> {
        let carried = self.draft.carried(but);
        carried
            .map(|(name, value)| Carried {
                name: name.to_owned(),
                value: value.to_owned(),
            })
            .collect()
    }

    /// The promise.
    pub(super) fn promise(&self) -> Result<HttpResponse, PageProblem> {
        Ok(html(StatusCode::OK, self.promise_text()?))
    }

    /// The promise, to keep it.
    pub(super) fn promise_text(&self) -> Result<String, Problem> {
        let (local, door) = (self.local()?, &self.opened.door);
        let promise = self.opened.promise();
        let kinds = local
            .pages
            .iter()
            .flat_map(|page| &page.items)
            .map(|item| &item.kind);
        let view = PromiseView {
            frame: &self.frame,
            carried: self.carried(&[]),
            purpose: &local.purpose,
            is_anonymous: door.mode == Mode::Anonymous,
            round: &door.title,
            audience: door.audience.as_str(),
            agency: &self.who.agency,
            k: door.least_respondents.to_string(),
            digest: promise.map(|frozen| frozen.digest.as_str()),
            closes_at: door.closes_at.map(|at| at.to_string()),
            extended_from: promise
                .and_then(|frozen| frozen.extended_from(door.closes_at))
                .map(|at| at.to_string()),
            has_texts: kinds
                .into_iter()
                .any(|kind| matches!(kind, LocalKind::Text { .. })),
            pages: local.pages.len().to_string(),
            is_claimed: door.is_claimed(),
            unlinkable: self.unlinkable(),
        };
        let title = match door.is_claimed() {
            true => self.say("credential-claimed-heading", &[]),
            false => self.say("answer-promise-title", &[]),
        };
        self.render("answer/promise", &view, &title)
    }

    /// A page of questions, with what is wrong with it.
    pub(super) fn page(
        &self,
        walk: &Walk,
        page: usize,
        reviewing: bool,
        problems: &[&AnswerProblem],
    ) -> Result<HttpResponse, PageProblem> {
        let local = self.local()?;
        let content = local
            .pages
            .get(page)
            .ok_or_else(|| Problem::not_found("such page"))?;
        let visible = content
            .items
            .iter()
            .filter(|item| walk.items(page).contains(&item.id));
        let question = |item: &LocalItem| {
            let problem = problems
                .iter()
                .find(|problem| problem.item == item.id.as_str())
                .copied();
            Question::new(
                item,
                self.draft,
                problem,
                &self.app.texts,
                self.lang,
                self.opened.door.mode,
            )
        };
        let questions: Vec<Question> = visible.map(question).collect();
        let wrong = questions.iter().filter_map(Question::summary);
        let wrong: Vec<Wrong> = wrong
            .map(|(id, text)| Wrong {
                href: format!("#{id}"),
                text,
            })
            .collect();
        let here: Vec<&Item> = walk
            .items(page)
            .iter()
            .filter_map(|id| self.opened.form.item(id.as_str()))
            .collect();
        let numbers = [
            ("number", walk.number(page).to_string()),
            ("count", walk.len().to_string()),
        ];
        let title = self.say(
            if wrong.is_empty() {
                "answer-page-title"
            } else {
                "answer-page-title-wrong"
            },
            &numbers,
        );
        let status = if wrong.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let [(_, page_number), (_, page_count)] = numbers;
        let view = PageView {
            frame: &self.frame,
            carried: self.carried(&here),
            heading: &content.title,
            intro: content.intro.as_deref(),
            page_number,
            page_count,
            place: page,
            reviewing,
            questions,
            wrong,
        };
        self.respond(status, "answer/page", &view, title)
    }
}

/// A code as a part of a path: what is no letter, digit or dash is left out, since no real code has it.
fn path_part(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect()
}
