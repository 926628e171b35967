//! A question as the templates see it.

use fluent_bundle::FluentValue;
use serde::Serialize;

use crate::collect::answers::OPT_OUT;
use crate::collect::fields::{self, Draft, HALVES, SHOW};
use crate::collect::localised::{LocalItem, LocalKind, LocalScale};
use crate::collect::{AnswerCode, AnswerProblem};
use crate::round::Mode;
use crate::web::texts::{Lang, Texts};

/// One question with what was answered and what is wrong.
#[derive(Debug, Serialize)]
pub(in crate::web::pages) struct Question {
    /// The HTML id of the question.
    id: String,
    /// The HTML id of its first input, where the error summary leads.
    first: String,
    text: String,
    help: Option<String>,
    /// What kind of answer is expected in which limits, in words.
    hint: Option<String>,
    required: bool,
    error: Option<String>,
    /// The HTML ids that describe it; absent when nothing does.
    described_by: Option<String>,
    groups: Vec<Group>,
    input: Option<Input>,
}

/// Choices of which one, or any, is picked.
#[derive(Debug, Serialize)]
struct Group {
    /// The heading of one half of a pair; `None` when the question itself is the heading.
    legend: Option<String>,
    /// `radio` or `checkbox`.
    kind: &'static str,
    name: String,
    /// Whether the choices are the points of a scale.
    is_scale: bool,
    choices: Vec<Choice>,
    opt_out: Option<Choice>,
}

#[derive(Debug, Serialize)]
struct Choice {
    id: String,
    value: String,
    label: String,
    checked: bool,
}

/// A field to type in.
#[derive(Debug, Serialize)]
struct Input {
    name: String,
    value: String,
    lines: bool,
    max_length: Option<u32>,
    /// The keyboard that phones show.
    mode: Option<&'static str>,
    unit: Option<String>,
    /// The box by which a respondent agrees that the text may be shown. Anonymous audiences only, and never ticked for them.
    consent: Option<Choice>,
    /// The name of that box.
    consent_name: String,
}

impl Question {
    /// A question with what a draft answers and what is wrong with it.
    pub(in crate::web::pages) fn new(
        item: &LocalItem,
        draft: &Draft,
        problem: Option<&AnswerProblem>,
        texts: &Texts,
        lang: Lang,
        mode: Mode,
    ) -> Self {
        let id = html_id(item);
        let hint = hint(item, texts, lang);
        let error = problem.map(|problem| told(problem, texts, lang));
        let described: Vec<String> = [
            item.help.as_ref().map(|_| format!("{id}-help")),
            hint.as_ref().map(|_| format!("{id}-hint")),
            error.as_ref().map(|_| format!("{id}-error")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let groups = groups(item, draft, texts, lang);
        let first = groups
            .first()
            .and_then(|group| group.choices.first().map(|choice| choice.id.clone()));
        Self {
            first: first.unwrap_or_else(|| format!("{id}-input")),
            text: item.text.clone(),
            help: item.help.clone(),
            hint,
            required: item.required,
            error,
            described_by: (!described.is_empty()).then(|| described.join(" ")),
            groups,
            input: input(item, draft, texts, lang, mode),
            id,
        }
    }

    /// The line of the error summary that leads here: the HTML id and what is wrong.
    pub(in crate::web::pages) fn summary(&self) -> Option<(String, String)> {
        let error = self.error.clone()?;
        Some((self.first.clone(), format!("{}: {error}", self.text)))
    }
}

/// The HTML id of a question.
pub(super) fn html_id(item: &LocalItem) -> String {
    format!("q-{}", item.id)
}

fn groups(item: &LocalItem, draft: &Draft, texts: &Texts, lang: Lang) -> Vec<Group> {
    let field = fields::field(&item.id);
    let id = html_id(item);
    match &item.kind {
        LocalKind::Rating(scale) => vec![scale_group(None, field, &id, scale, draft)],
        LocalKind::Pair(scales) => {
            let halves = HALVES.iter().zip(scales).map(|(half, scale)| {
                let legend = texts.get(lang, &format!("answer-{half}"));
                scale_group(
                    legend,
                    fields::half(&item.id, half),
                    &format!("{id}-{half}"),
                    scale,
                    draft,
                )
            });
            halves.collect()
        }
        LocalKind::Single(options) => vec![options_group("radio", field, &id, options, draft)],
        LocalKind::Multiple(options, _) => vec![options_group("checkbox", field, &id, options, draft)],
        LocalKind::Number { .. } | LocalKind::Text { .. } => vec![],
    }
}

fn scale_group(legend: Option<String>, name: String, id: &str, scale: &LocalScale, draft: &Draft) -> Group {
    let given = draft.values(&name).last();
    let choice = |value: String, label: &String| Choice {
        id: format!("{id}-{value}"),
        checked: given == Some(&value),
        label: label.clone(),
        value,
    };
    let points = scale.points.iter().enumerate();
    Group {
        legend,
        kind: "radio",
        is_scale: true,
        choices: points
            .map(|(place, label)| choice((place + 1).to_string(), label))
            .collect(),
        opt_out: scale
            .opt_out
            .as_ref()
            .map(|label| choice(OPT_OUT.to_owned(), label)),
        name,
    }
}

fn options_group(
    kind: &'static str,
    name: String,
    id: &str,
    options: &[(String, String)],
    draft: &Draft,
) -> Group {
    let given = draft.values(&name);
    let choice = |(value, label): &(String, String)| Choice {
        id: format!("{id}-{value}"),
        checked: given.contains(value),
        label: label.clone(),
        value: value.clone(),
    };
    Group {
        legend: None,
        kind,
        is_scale: false,
        choices: options.iter().map(choice).collect(),
        opt_out: None,
        name,
    }
}

fn input(item: &LocalItem, draft: &Draft, texts: &Texts, lang: Lang, mode: Mode) -> Option<Input> {
    let name = fields::field(&item.id);
    let value = draft.values(&name).last().cloned().unwrap_or_default();
    match &item.kind {
        LocalKind::Number { decimals, unit, .. } => Some(Input {
            name,
            value,
            lines: false,
            max_length: None,
            mode: Some(if *decimals == 0 { "numeric" } else { "decimal" }),
            unit: unit.clone(),
            consent: None,
            consent_name: String::new(),
        }),
        LocalKind::Text { max_length, long } => Some(Input {
            name,
            value,
            lines: *long,
            max_length: Some(*max_length),
            mode: None,
            unit: None,
            consent: (mode == Mode::Anonymous).then(|| Choice {
                id: format!("{}-show", html_id(item)),
                value: "yes".to_owned(),
                label: texts.get(lang, "answer-consent").unwrap_or_default(),
                checked: !draft.values(&fields::half(&item.id, SHOW)).is_empty(),
            }),
            consent_name: fields::half(&item.id, SHOW),
        }),
        _ => None,
    }
}

fn hint(item: &LocalItem, texts: &Texts, lang: Lang) -> Option<String> {
    let say = |key: &str, args: &[(&str, String)]| with(texts, lang, key, args);
    match &item.kind {
        LocalKind::Multiple(_, Some(most)) => say("answer-hint-at-most", &[("max", most.to_string())]),
        LocalKind::Multiple(_, None) => say("answer-hint-any", &[]),
        LocalKind::Number {
            min, max, decimals, ..
        } => {
            let key = if *decimals == 0 {
                "answer-hint-whole"
            } else {
                "answer-hint-number"
            };
            let limits = [("min", min), ("max", max)].map(|(name, limit)| (name, limit.to_string()));
            let [min, max] = limits;
            say(key, &[min, max, ("decimals", decimals.to_string())])
        }
        LocalKind::Text { max_length, .. } => say("answer-hint-length", &[("max", max_length.to_string())]),
        _ => None,
    }
}

/// What is wrong, in the language of the page; in English words of the API where there are no others.
pub(super) fn told(problem: &AnswerProblem, texts: &Texts, lang: Lang) -> String {
    let args: Vec<(&str, String)> = problem
        .limits
        .iter()
        .map(|(name, limit)| (*name, limit.clone()))
        .collect();
    let key = match problem.code {
        AnswerCode::WrongType | AnswerCode::OutOfRange | AnswerCode::TooManyDecimals
            if problem.limits.contains_key("decimals") =>
        {
            "answer-wrong-number".to_owned()
        }
        code => format!("answer-wrong-{}", code.as_str()),
    };
    with(texts, lang, &key, &args).unwrap_or_else(|| format!("{}; {}", problem.problem, problem.remedy))
}

/// A text with arguments that are put in as they are.
pub(super) fn with(texts: &Texts, lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
    let args: Vec<(&str, FluentValue<'_>)> = args
        .iter()
        .map(|(name, value)| (*name, FluentValue::from(value.clone())))
        .collect();
    texts.with(lang, key, &args)
}
