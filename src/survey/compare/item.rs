//! Two items side by side: the class of the newer one, and why.

use serde::{Deserialize, Serialize};

use crate::survey::definition::{AnswerKind, Definition, Item, Language, Link, Scale, ScaleId, Text};

/// How an item relates to an older one. Ordered from best to worst, so that the worst of a chain is its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Class A: the same meaning; compared.
    Same,
    /// Class B: the wording may matter; compared, and flagged.
    Flagged,
    /// Class C: a new item; not compared.
    New,
}

impl Class {
    /// Whether answers to the two items may be compared.
    #[must_use]
    pub fn is_anchor(self) -> bool {
        self != Self::New
    }

    /// "same", "flagged" or "new".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Flagged => "flagged",
            Self::New => "new",
        }
    }
}

/// What comparing two items found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub class: Class,
    pub reason: String,
    pub warnings: Vec<String>,
}

impl Verdict {
    pub fn new(class: Class, reason: impl Into<String>) -> Self {
        Self {
            class,
            reason: reason.into(),
            warnings: Vec::new(),
        }
    }
}

/// Whether the two items ask for the same thing over versions: the same construct, or, where neither has one,
/// the same id.
pub(super) fn corresponds(old: &Item, new: &Item) -> bool {
    match (&old.construct, &new.construct) {
        (Some(a), Some(b)) => a == b,
        (None, None) => old.id == new.id,
        _ => false,
    }
}

/// Judges two corresponding items. `linked` is true between a version and the one right before it: only there
/// does `previous` speak.
pub(super) fn judge(
    (old_definition, old): (&Definition, &Item),
    (new_definition, new): (&Definition, &Item),
    linked: bool,
) -> Verdict {
    if let Some(reason) = answered_differently(old_definition, &old.answer, new_definition, &new.answer) {
        return Verdict::new(Class::New, reason);
    }
    let language = common_language(old_definition, new_definition);
    let mut verdict = if old.construct.is_some() {
        by_wording(old, new, linked)
    } else {
        by_text(old, new, language, linked)
    };
    if verdict.class == Class::Same && old.construct.is_some() {
        verdict.warnings = unmarked_changes((old_definition, old), (new_definition, new), language);
    }
    verdict
}

/// Items with a construct: the author's wording mark decides.
fn by_wording(old: &Item, new: &Item, linked: bool) -> Verdict {
    if old.wording == new.wording {
        return Verdict::new(Class::Same, "same construct, same wording mark");
    }
    let marks = format!("wording mark {} became {}", mark(old), mark(new));
    match new.previous.filter(|_| linked) {
        Some(Link::Flagged) => Verdict::new(Class::Flagged, format!("{marks}; the author flags the change")),
        Some(Link::Same) => Verdict::new(
            Class::New,
            format!("{marks}, although the author says that the item is the same"),
        ),
        Some(Link::New) => Verdict::new(Class::New, format!("{marks}; the author calls the item new")),
        None => Verdict::new(Class::New, marks),
    }
}

/// Items without a construct (segments, comments, numbers): the words decide, and the author where they differ.
fn by_text(old: &Item, new: &Item, language: Option<&Language>, linked: bool) -> Verdict {
    if words(&old.text, language) == words(&new.text, language) && old.wording == new.wording {
        return Verdict::new(Class::Same, "same id, same text");
    }
    match new.previous.filter(|_| linked) {
        Some(Link::Same) => Verdict::new(
            Class::Same,
            "same id; the author says that the new text means the same",
        ),
        Some(Link::Flagged) => Verdict::new(Class::Flagged, "the text changed; the author flags the change"),
        Some(Link::New) => Verdict::new(Class::New, "the text changed; the author calls the item new"),
        None => Verdict::new(Class::New, "the text changed"),
    }
}

/// What changed in an item that its wording mark calls unchanged. Never a reason to break a trend by itself,
/// always something a designer should see before publishing.
fn unmarked_changes(
    (old_definition, old): (&Definition, &Item),
    (new_definition, new): (&Definition, &Item),
    language: Option<&Language>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if words(&old.text, language) != words(&new.text, language) {
        warnings.push("the words changed but the wording mark did not".to_owned());
    }
    let help = |item: &Item| item.help.as_ref().map(|help| words(help, language).to_owned());
    if help(old) != help(new) {
        warnings.push("the help text changed but the wording mark did not".to_owned());
    }
    let relabelled = scales(old_definition, &old.answer)
        .zip(scales(new_definition, &new.answer))
        .any(|(a, b)| labels(a, language) != labels(b, language));
    if relabelled {
        warnings.push("the words of the scale changed but the wording mark did not".to_owned());
    }
    if offers_opt_out(&old.answer) != offers_opt_out(&new.answer) {
        warnings.push("\"don't know\" is offered in only one of the two".to_owned());
    }
    warnings
}

/// The reason why answers cannot be put side by side whatever the words say, if there is one.
fn answered_differently(
    old_definition: &Definition,
    old: &AnswerKind,
    new_definition: &Definition,
    new: &AnswerKind,
) -> Option<String> {
    if kind(old) != kind(new) {
        return Some(format!("answered as {} before, as {} now", kind(old), kind(new)));
    }
    if let (AnswerKind::Rating { reverse: a, .. }, AnswerKind::Rating { reverse: b, .. }) = (old, new)
        && a != b
    {
        return Some("reverse keying changed".to_owned());
    }
    let language = common_language(old_definition, new_definition);
    scales(old_definition, old)
        .zip(scales(new_definition, new))
        .find_map(|(a, b)| scale_change(a, b, language))
}

fn scale_change(old: &Scale, new: &Scale, language: Option<&Language>) -> Option<String> {
    let (before, now) = (old.points.len(), new.points.len());
    if before != now {
        return Some(format!("the scale has {now} points, it had {before}"));
    }
    let mut turned = labels(new, language);
    turned.reverse();
    let old = labels(old, language);
    (old == turned && old != labels(new, language)).then(|| "the scale was turned around".to_owned())
}

fn labels<'a>(scale: &'a Scale, language: Option<&Language>) -> Vec<&'a str> {
    scale.points.iter().map(|point| words(point, language)).collect()
}

/// The scales of an answer, in a fixed order: none, one, or importance and satisfaction.
fn scales<'a>(definition: &'a Definition, answer: &'a AnswerKind) -> impl Iterator<Item = &'a Scale> {
    let ids: [Option<&ScaleId>; 2] = match answer {
        AnswerKind::Rating { scale, .. } => [Some(scale), None],
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            ..
        } => [Some(importance), Some(satisfaction)],
        _ => [None, None],
    };
    ids.into_iter().flatten().filter_map(|id| definition.scale(id))
}

fn offers_opt_out(answer: &AnswerKind) -> bool {
    matches!(
        answer,
        AnswerKind::Rating { opt_out: true, .. } | AnswerKind::ImportanceSatisfaction { opt_out: true, .. }
    )
}

/// The kind of an answer in words.
pub(super) fn kind(answer: &AnswerKind) -> &'static str {
    match answer {
        AnswerKind::Rating { .. } => "a rating",
        AnswerKind::SingleChoice { .. } => "a single choice",
        AnswerKind::MultipleChoice { .. } => "a multiple choice",
        AnswerKind::Number { .. } => "a number",
        AnswerKind::ShortText { .. } => "a short text",
        AnswerKind::LongText { .. } => "a long text",
        AnswerKind::ImportanceSatisfaction { .. } => "importance with satisfaction",
    }
}

/// The language in which two definitions are compared: the first of the newer one that the older one has too.
pub(super) fn common_language<'a>(old: &Definition, new: &'a Definition) -> Option<&'a Language> {
    let shared = new
        .languages
        .iter()
        .find(|language| old.languages.contains(language));
    shared.or_else(|| new.languages.first())
}

/// A text in that language.
pub(super) fn words<'a>(text: &'a Text, language: Option<&Language>) -> &'a str {
    match language {
        Some(language) => text.get(language),
        None => text.0.values().next().map_or("", String::as_str),
    }
}

fn mark(item: &Item) -> String {
    item.wording
        .as_ref()
        .map_or_else(|| "(none)".to_owned(), |mark| format!("\"{mark}\""))
}
