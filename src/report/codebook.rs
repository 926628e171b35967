//! The codebook of a result: every subject of its files by name, with wording, scale, keying, and what it belongs to.
//!
//! It is made of the frozen version alone and tells nothing of answers.

use serde::Serialize;

use super::export::ExportError;
use super::model::{Document, Subject};
use crate::survey::definition::{AnswerKind, Definition, Item, Language, Scale};
use crate::table::harmless;

/// One line of the codebook: a subject of the files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Entry {
    /// As in the files: `index`, `dimension`, `theme`, `item`, `importance` or `satisfaction`.
    pub subject_kind: String,
    /// As in the files.
    pub subject: String,
    /// As people read it.
    pub title: String,
    /// What it measures, kept across versions; items only.
    pub construct: String,
    /// The mark of its wording; items only.
    pub wording: String,
    /// `rating`, `single_choice`, `multiple_choice`, `number`, or `mean of items`.
    pub kind: String,
    /// What can be answered, as `value = label`, apart by `; `. For ratings the value is the score.
    pub values: String,
    /// Whether agreeing is bad news, so that scores are turned around.
    pub reversed: bool,
    /// What it is part of, e.g. `trust/competence`.
    pub part_of: String,
    /// The survey ...
    pub survey: String,
    /// ... and its version.
    pub version: u32,
    /// SHA-256 of the version's canonical JSON.
    pub definition_digest: String,
}

/// The entries of a result, in the order of the form, in a language.
#[must_use]
pub fn entries(document: &Document, definition: &Definition, language: &Language) -> Vec<Entry> {
    let base = Entry {
        survey: document.survey.to_string(),
        version: document.version,
        definition_digest: document.definition_digest.clone(),
        ..Entry::default()
    };
    let named = |subject: Subject, title: &str, part_of: String| Entry {
        subject_kind: subject.kind().to_owned(),
        subject: subject.id(),
        title: title.to_owned(),
        kind: "mean of items".to_owned(),
        values: "0 to 100".to_owned(),
        part_of,
        ..base.clone()
    };
    let mut entries = Vec::new();
    for index in &definition.indices {
        entries.push(named(
            Subject::Index(index.id.clone()),
            index.title.get(language),
            String::new(),
        ));
        for dimension in &index.dimensions {
            let subject = Subject::Dimension(index.id.clone(), dimension.id.clone());
            entries.push(named(
                subject,
                dimension.title.get(language),
                index.id.to_string(),
            ));
        }
    }
    for theme in &definition.themes {
        entries.push(named(
            Subject::Theme(theme.id.clone()),
            theme.title.get(language),
            String::new(),
        ));
    }
    for item in definition.items() {
        entries.extend(of_item(&base, definition, item, language));
    }
    entries
}

fn of_item(base: &Entry, definition: &Definition, item: &Item, language: &Language) -> Vec<Entry> {
    let entry = |subject: Subject, kind: &str, values: String, reversed: bool| Entry {
        subject_kind: subject.kind().to_owned(),
        subject: subject.id(),
        title: item.text.get(language).to_owned(),
        construct: item
            .construct
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        wording: item.wording.clone().unwrap_or_default(),
        kind: kind.to_owned(),
        values,
        reversed,
        part_of: part_of(definition, item),
        ..base.clone()
    };
    let scored = |id, reversed| {
        definition
            .scale(id)
            .map(|scale| scores(scale, reversed, language))
            .unwrap_or_default()
    };
    let own = || Subject::Item(item.id.clone());
    match &item.answer {
        AnswerKind::Rating { scale, reverse, .. } => {
            vec![entry(own(), "rating", scored(scale, *reverse), *reverse)]
        }
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            ..
        } => vec![
            entry(
                Subject::Importance(item.id.clone()),
                "rating",
                scored(importance, false),
                false,
            ),
            entry(
                Subject::Satisfaction(item.id.clone()),
                "rating",
                scored(satisfaction, false),
                false,
            ),
        ],
        AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
            let kind = if matches!(item.answer, AnswerKind::SingleChoice { .. }) {
                "single_choice"
            } else {
                "multiple_choice"
            };
            let values = options
                .iter()
                .map(|option| format!("{} = {}", option.id, option.label.get(language)));
            vec![entry(own(), kind, values.collect::<Vec<_>>().join("; "), false)]
        }
        AnswerKind::Number { min, max, unit, .. } => {
            let unit = unit
                .as_ref()
                .map(|unit| format!(" {}", unit.get(language)))
                .unwrap_or_default();
            vec![entry(own(), "number", format!("{min} to {max}{unit}"), false)]
        }
        AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => Vec::new(),
    }
}

/// Each point with its score: the lowest is 0, the highest 100.
fn scores(scale: &Scale, reversed: bool, language: &Language) -> String {
    let steps =
        u32::try_from(scale.points.len().saturating_sub(1)).map_or(1.0, |steps| f64::from(steps.max(1)));
    let mut score = 0.0;
    let points = scale.points.iter().map(|point| {
        let shown = if reversed { 100.0 - score } else { score };
        score += 100.0 / steps;
        format!(
            "{} = {}",
            format!("{shown:.2}").trim_end_matches('0').trim_end_matches('.'),
            point.get(language)
        )
    });
    points.collect::<Vec<_>>().join("; ")
}

fn part_of(definition: &Definition, item: &Item) -> String {
    let mut parts = Vec::new();
    for index in &definition.indices {
        for dimension in index
            .dimensions
            .iter()
            .filter(|dimension| dimension.items.contains(&item.id))
        {
            parts.push(format!("{}/{}", index.id, dimension.id));
        }
    }
    parts.extend(
        definition
            .themes
            .iter()
            .filter(|theme| theme.items.contains(&item.id))
            .map(|theme| theme.id.to_string()),
    );
    parts.join(" ")
}

/// The codebook as CSV with a heading.
///
/// # Errors
/// [`ExportError`], which writing to memory never gives.
pub fn csv(document: &Document, definition: &Definition, language: &Language) -> Result<String, ExportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for entry in entries(document, definition, language) {
        let guarded = Entry {
            title: harmless(&entry.title),
            values: harmless(&entry.values),
            wording: harmless(&entry.wording),
            ..entry
        };
        writer
            .serialize(guarded)
            .map_err(|error| ExportError::of(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| ExportError::of(&error))?;
    String::from_utf8(bytes).map_err(|error| ExportError::of(&error))
}

/// The codebook for people, as Markdown.
#[must_use]
pub fn markdown(document: &Document, definition: &Definition, language: &Language) -> String {
    let mut text = format!(
        "# {}\n\n{}\n\n`{}` version {}, SHA-256 `{}`. Method version {}.\n",
        definition.title.get(language),
        definition.purpose.get(language),
        document.survey,
        document.version,
        document.definition_digest,
        document.method.version
    );
    for entry in entries(document, definition, language) {
        text.push_str(&format!(
            "\n## {}/{}\n\n{}\n\n",
            entry.subject_kind,
            entry.subject,
            plain(&entry.title)
        ));
        let facts = [
            ("kind", &entry.kind),
            ("part of", &entry.part_of),
            ("construct", &entry.construct),
            ("wording", &entry.wording),
        ];
        for (label, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("- {label}: `{value}`\n"));
        }
        if entry.reversed {
            text.push_str("- reversed: a high score means that people disagree\n");
        }
        for value in entry.values.split("; ") {
            text.push_str(&format!("- {}\n", plain(value)));
        }
    }
    text
}

/// A text that Markdown takes as it is.
fn plain(text: &str) -> String {
    let mut safe = String::new();
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            safe.push('\\');
        }
        safe.push(if letter == '\n' { ' ' } else { letter });
    }
    safe
}
