//! A form in one language: every text picked out once, so that a page is rendered without searching.

use crate::survey::definition::{AnswerKind, Choice, Definition, Item, ItemId, Language, ScaleId, Text};

/// The texts of a form in one language.
#[derive(Debug, Clone)]
pub struct LocalForm {
    /// The language.
    pub language: Language,
    /// The name of the survey.
    pub title: String,
    /// What it is for.
    pub purpose: String,
    /// Page by page.
    pub pages: Vec<LocalPage>,
}

/// A page.
#[derive(Debug, Clone)]
pub struct LocalPage {
    /// Its heading.
    pub title: String,
    /// A sentence or two before the first item.
    pub intro: Option<String>,
    /// The questions.
    pub items: Vec<LocalItem>,
}

/// A question.
#[derive(Debug, Clone)]
pub struct LocalItem {
    /// Its id.
    pub id: ItemId,
    /// The question or statement.
    pub text: String,
    /// A hint below it.
    pub help: Option<String>,
    /// Whether it must be answered when it is shown.
    pub required: bool,
    /// How it is answered.
    pub kind: LocalKind,
}

/// How a question is answered.
#[derive(Debug, Clone)]
pub enum LocalKind {
    /// One point of a scale.
    Rating(LocalScale),
    /// Importance, then satisfaction.
    Pair([LocalScale; 2]),
    /// One of these options: id and label.
    Single(Vec<(String, String)>),
    /// Any of these, at most so many.
    Multiple(Vec<(String, String)>, Option<u32>),
    /// A number.
    Number {
        /// The lowest.
        min: f64,
        /// The highest.
        max: f64,
        /// Digits after the point.
        decimals: u32,
        /// What is counted.
        unit: Option<String>,
    },
    /// A text of at most so many characters, with or without line breaks.
    Text {
        /// In characters.
        max_length: u32,
        /// Whether it may have line breaks.
        long: bool,
    },
}

/// The labels of a scale.
#[derive(Debug, Clone)]
pub struct LocalScale {
    /// From the lowest point to the highest.
    pub points: Vec<String>,
    /// The label of "don't know / does not apply", where it is offered.
    pub opt_out: Option<String>,
}

impl LocalForm {
    /// The form in a language.
    #[must_use]
    pub fn of(definition: &Definition, language: &Language) -> Self {
        let pages = definition.pages.iter().map(|page| LocalPage {
            title: page.title.get(language).to_owned(),
            intro: optional(page.intro.as_ref(), language),
            items: page
                .items
                .iter()
                .map(|item| local_item(definition, item, language))
                .collect(),
        });
        Self {
            language: language.clone(),
            title: definition.title.get(language).to_owned(),
            purpose: definition.purpose.get(language).to_owned(),
            pages: pages.collect(),
        }
    }
}

fn local_item(definition: &Definition, item: &Item, language: &Language) -> LocalItem {
    let scale = |id: &ScaleId, opt_out: bool| local_scale(definition, id, opt_out, language);
    let kind = match &item.answer {
        AnswerKind::Rating {
            scale: id, opt_out, ..
        } => LocalKind::Rating(scale(id, *opt_out)),
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            opt_out,
        } => LocalKind::Pair([scale(importance, *opt_out), scale(satisfaction, *opt_out)]),
        AnswerKind::SingleChoice { options } => LocalKind::Single(labels(options, language)),
        AnswerKind::MultipleChoice { options, at_most } => {
            LocalKind::Multiple(labels(options, language), *at_most)
        }
        AnswerKind::Number {
            min,
            max,
            decimals,
            unit,
        } => LocalKind::Number {
            min: *min,
            max: *max,
            decimals: *decimals,
            unit: optional(unit.as_ref(), language),
        },
        AnswerKind::ShortText { max_length } => LocalKind::Text {
            max_length: *max_length,
            long: false,
        },
        AnswerKind::LongText { max_length } => LocalKind::Text {
            max_length: *max_length,
            long: true,
        },
    };
    LocalItem {
        id: item.id.clone(),
        text: item.text.get(language).to_owned(),
        help: optional(item.help.as_ref(), language),
        required: item.required,
        kind,
    }
}

fn local_scale(definition: &Definition, id: &ScaleId, opt_out: bool, language: &Language) -> LocalScale {
    let Some(scale) = definition.scale(id) else {
        return LocalScale {
            points: Vec::new(),
            opt_out: None,
        };
    };
    LocalScale {
        points: scale
            .points
            .iter()
            .map(|point| point.get(language).to_owned())
            .collect(),
        opt_out: optional(scale.opt_out.as_ref().filter(|_| opt_out), language),
    }
}

fn labels(options: &[Choice], language: &Language) -> Vec<(String, String)> {
    let label = |option: &Choice| (option.id.to_string(), option.label.get(language).to_owned());
    options.iter().map(label).collect()
}

fn optional(text: Option<&Text>, language: &Language) -> Option<String> {
    text.map(|text| text.get(language).to_owned())
}
