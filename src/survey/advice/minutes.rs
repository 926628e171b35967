//! How long a form takes (pure).
//!
//! Reading at 200 words a minute, and for each answer the time it takes to decide and to point or write. Display logic is
//! taken at both ends: the shortest way shows no question that depends on another, the longest shows all. The seconds are our own, set so that the yearly survey takes the
//! about seven minutes that people who tried it needed; they compare two forms better than they foretell one person.

use serde::Serialize;

use crate::survey::definition::{AnswerKind, Definition, Item, Page, Text};

const SECONDS_A_WORD: f64 = 60.0 / 200.0;

/// From the shortest to the longest way through a form, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Minutes {
    /// Without any question that depends on another.
    pub shortest: f64,
    /// With all of them.
    pub longest: f64,
}

/// How long a form takes, in its first language.
#[must_use]
pub fn minutes(definition: &Definition) -> Minutes {
    let words = |text: &Text| {
        let first = definition.languages.first();
        first
            .map_or("", |language| text.get(language))
            .split_whitespace()
            .count()
    };
    let around: usize = words(&definition.purpose)
        + definition
            .pages
            .iter()
            .map(|page: &Page| words(&page.title) + page.intro.as_ref().map_or(0, words))
            .sum::<usize>();
    let seconds = |item: &Item| {
        let read = words(&item.text) + item.help.as_ref().map_or(0, words) + options(&item.answer, &words);
        SECONDS_A_WORD * count(read) + deciding(&item.answer)
    };
    let always: f64 = definition
        .items()
        .filter(|item| item.show_if.is_none())
        .map(seconds)
        .sum();
    let all: f64 = definition.items().map(seconds).sum();
    let around = SECONDS_A_WORD * count(around);
    Minutes {
        shortest: (around + always) / 60.0,
        longest: (around + all) / 60.0,
    }
}

fn options(answer: &AnswerKind, words: &impl Fn(&Text) -> usize) -> usize {
    match answer {
        AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
            options.iter().map(|option| words(&option.label)).sum()
        }
        _ => 0,
    }
}

/// Seconds to decide and to answer.
fn deciding(answer: &AnswerKind) -> f64 {
    match answer {
        AnswerKind::Rating { .. } => 4.0,
        AnswerKind::SingleChoice { .. } => 4.0,
        AnswerKind::MultipleChoice { .. } => 8.0,
        AnswerKind::Number { .. } => 8.0,
        AnswerKind::ShortText { .. } => 15.0,
        AnswerKind::LongText { .. } => 40.0,
        AnswerKind::ImportanceSatisfaction { .. } => 7.0,
    }
}

fn count(words: usize) -> f64 {
    u32::try_from(words).map_or(f64::from(u32::MAX), f64::from)
}
