//! What can be told of a form's words before anybody is asked: how long it takes, how hard it is to read, and where the wording
//! asks two things at once, pushes towards an answer, or leaves no room between all and nothing (pure).
//!
//! This is advice, never a refusal: every rule here is a rule of thumb, in English and in Spanish, and a designer may know better. It stands beside what
//! [`check`](fn@super::check::check) refuses.
//!
//! | file | what it tells |
//! | --- | --- |
//! | [`mod@minutes`] | how long the form takes |
//! | [`reading`] | how many years of school a text asks for |
//! | [`wording`] | double-barrelled, leading and absolute wording |

pub mod minutes;
pub mod reading;
pub mod wording;

use serde::Serialize;

use super::definition::{AnswerKind, Definition, Item, ItemId, Language};
pub use minutes::{Minutes, minutes};
pub use reading::{Ease, ease};
pub use wording::{Slip, slips};

/// What is to be said of a form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// How long it takes.
    pub minutes: Minutes,
    /// Every question in every language, in the order in which they are asked.
    pub items: Vec<ItemAdvice>,
}

/// What is to be said of one question in one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemAdvice {
    /// The question.
    pub item: ItemId,
    /// In which language.
    pub language: Language,
    /// How hard it is to read; none for languages whose syllables nobody here can count.
    pub ease: Option<Ease>,
    /// What the wording may do to the answer.
    pub slips: Vec<Slip>,
}

/// Everything that is to be said of a form.
#[must_use]
pub fn advice(definition: &Definition) -> Advice {
    let of_item = |item: &Item| {
        let texts = item.text.0.iter();
        texts
            .map(|(language, text)| ItemAdvice {
                item: item.id.clone(),
                language: language.clone(),
                ease: ease(text, language.as_str()),
                slips: slips(text, language.as_str(), is_rated(&item.answer)),
            })
            .collect::<Vec<_>>()
    };
    Advice {
        minutes: minutes(definition),
        items: definition.items().flat_map(of_item).collect(),
    }
}

/// Whether the answer is one degree: only then do two questions in one spoil it. A pair asks two things, and takes two answers.
fn is_rated(answer: &AnswerKind) -> bool {
    matches!(answer, AnswerKind::Rating { .. })
}
