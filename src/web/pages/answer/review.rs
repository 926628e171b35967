//! The review: every answer in the words in which it was asked, before anything is sent.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

use super::question;
use super::show::{Carried, Frame, Shown, Wrong};
use super::walk::Walk;
use crate::collect::answers::{Checked, OPT_OUT};
use crate::collect::fields::{self, HALVES, SHOW};
use crate::collect::localised::{LocalItem, LocalKind, LocalScale};
use crate::round::Mode;
use crate::web::problem::PageProblem;

#[derive(Debug, Serialize)]
struct ReviewView<'a> {
    frame: &'a Frame,
    carried: Vec<Carried>,
    is_anonymous: bool,
    sections: Vec<Section<'a>>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Section<'a> {
    heading: &'a str,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    item: String,
    text: String,
    /// What was answered, a line each; empty when nothing was.
    answers: Vec<String>,
    error: Option<String>,
}

impl Shown<'_> {
    /// Every answer, before it is sent.
    pub(super) fn review(
        &self,
        checked: &Checked,
        walk: &Walk,
        status: StatusCode,
    ) -> Result<HttpResponse, PageProblem> {
        let local = self.local()?;
        let sections: Vec<Section<'_>> = walk
            .pages()
            .filter_map(|(page, items)| {
                let content = local.pages.get(page)?;
                let visible = content.items.iter().filter(|item| items.contains(&item.id));
                let lines = visible.map(|item| self.line(item, checked)).collect();
                Some(Section {
                    heading: &content.title,
                    lines,
                })
            })
            .collect();
        let wrong = sections
            .iter()
            .flat_map(|section| &section.lines)
            .filter_map(|line| {
                let error = line.error.as_ref()?;
                Some(Wrong {
                    href: format!("#{}", line.id),
                    text: format!("{}: {error}", line.text),
                })
            });
        let view = ReviewView {
            frame: &self.frame,
            carried: self.carried(&[]),
            is_anonymous: self.opened.door.mode == Mode::Anonymous,
            wrong: wrong.collect(),
            sections,
        };
        let title = self.say("answer-review-title", &[]);
        self.respond(status, "answer/review", &view, title)
    }

    fn line(&self, item: &LocalItem, checked: &Checked) -> Line {
        let problem = checked
            .problems
            .iter()
            .find(|problem| problem.item == item.id.as_str());
        Line {
            id: question::html_id(item),
            item: item.id.to_string(),
            text: item.text.clone(),
            answers: self.answered(item),
            error: problem.map(|problem| question::told(problem, &self.app.texts, self.lang)),
        }
    }

    /// What was answered, in the words in which it was asked.
    fn answered(&self, item: &LocalItem) -> Vec<String> {
        let given = self.draft.values(&fields::field(&item.id));
        match &item.kind {
            LocalKind::Rating(scale) => given.iter().map(|value| point(scale, value)).collect(),
            LocalKind::Pair(scales) => {
                let halves = HALVES.iter().zip(scales).filter_map(|(half, scale)| {
                    let value = self.draft.values(&fields::half(&item.id, half)).last()?;
                    let heading = self.say(&format!("answer-{half}"), &[]);
                    Some(format!("{heading}: {}", point(scale, value)))
                });
                halves.collect()
            }
            LocalKind::Single(options) | LocalKind::Multiple(options, _) => {
                given.iter().map(|value| label(options, value)).collect()
            }
            LocalKind::Number { unit, .. } => {
                let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
                given.iter().map(|value| format!("{value}{unit}")).collect()
            }
            LocalKind::Text { .. } => {
                let agreed = !self.draft.values(&fields::half(&item.id, SHOW)).is_empty();
                let lines = given.iter().flat_map(|text| text.lines().map(str::to_owned));
                let consent = match self.opened.door.mode {
                    Mode::Anonymous if given.is_empty() => None,
                    Mode::Anonymous if agreed => Some(self.say("answer-review-shown", &[])),
                    Mode::Anonymous => Some(self.say("answer-review-not-shown", &[])),
                    Mode::Attributed => None,
                };
                lines.chain(consent).collect()
            }
        }
    }
}

fn point(scale: &LocalScale, value: &str) -> String {
    let labelled = if value == OPT_OUT {
        scale.opt_out.as_ref()
    } else {
        let place = value.parse::<usize>().ok().and_then(|point| point.checked_sub(1));
        place.and_then(|place| scale.points.get(place))
    };
    labelled.cloned().unwrap_or_else(|| value.to_owned())
}

fn label(options: &[(String, String)], value: &str) -> String {
    let known = options.iter().find(|(id, _)| id == value);
    known.map_or_else(|| value.to_owned(), |(_, label)| label.clone())
}
