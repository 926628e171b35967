//! Wording that does something to the answer (pure).
//!
//! Words are looked for whole and in any case, in English and in Spanish. A rule of thumb errs on both sides: "terms and
//! conditions" is one thing, and a question can lead without any of these words.

use serde::Serialize;

/// Something that the wording may do to the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slip {
    /// What.
    pub kind: SlipKind,
    /// The words by which it shows.
    pub words: String,
}

/// What wording may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SlipKind {
    /// It asks two things, and has room for one answer.
    DoubleBarrelled,
    /// It pushes towards an answer.
    Leading,
    /// It leaves no room between all and nothing.
    Absolute,
}

impl SlipKind {
    /// What to do about it, in a sentence.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::DoubleBarrelled => {
                "it may ask two things at once; ask each by itself, or keep the one that matters"
            }
            Self::Leading => "it may push towards an answer; say it so that either answer is as easy to give",
            Self::Absolute => {
                "it leaves no room between all and nothing; few will agree, whatever they think"
            }
        }
    }
}

const JOINING: [&[&str]; 2] = [
    &["and", "or", "as well as", "and/or", "both"],
    &["y", "e", "o", "u", "así como", "y/o", "tanto"],
];
const LEADING: [&[&str]; 2] = [
    &[
        "don't you",
        "wouldn't you",
        "isn't it",
        "surely",
        "obviously",
        "of course",
        "clearly",
        "naturally",
        "as you know",
        "as everybody knows",
        "do you agree",
        "excellent",
        "outstanding",
        "should",
    ],
    &[
        "no cree",
        "no le parece",
        "verdad que",
        "sin duda",
        "obviamente",
        "por supuesto",
        "claramente",
        "naturalmente",
        "como sabe",
        "como todos saben",
        "está de acuerdo en que",
        "excelente",
        "debería",
    ],
];
const ABSOLUTE: [&[&str]; 2] = [
    &[
        "always",
        "never",
        "all",
        "none",
        "every",
        "everyone",
        "nobody",
        "only",
        "completely",
        "entirely",
        "totally",
        "any",
    ],
    &[
        "siempre",
        "nunca",
        "jamás",
        "todos",
        "todas",
        "todo",
        "ninguno",
        "ninguna",
        "nadie",
        "solo",
        "completamente",
        "totalmente",
        "cualquier",
    ],
];

/// What the wording of a question may do to its answer. Two things at once matter only where the answer is a degree (`rated`).
#[must_use]
pub fn slips(text: &str, language: &str, rated: bool) -> Vec<Slip> {
    let primary = language.split('-').next().unwrap_or(language);
    let place = match primary {
        "en" => 0,
        "es" => 1,
        _ => return Vec::new(),
    };
    let padded = spaced(text);
    let kinds = [
        (SlipKind::DoubleBarrelled, &JOINING, rated),
        (SlipKind::Leading, &LEADING, true),
        (SlipKind::Absolute, &ABSOLUTE, true),
    ];
    let mut found = Vec::new();
    for (kind, lists, wanted) in kinds {
        let list = lists.get(place).copied().unwrap_or_default();
        let words: Vec<&str> = list
            .iter()
            .filter(|word| padded.contains(&format!(" {word} ")))
            .copied()
            .collect();
        if wanted && !words.is_empty() {
            found.push(Slip {
                kind,
                words: words.join(", "),
            });
        }
    }
    found
}

/// The text in lower case with one space around every word.
fn spaced(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .replace('\u{2019}', "'")
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '\'' || c == '/' {
                c
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str, language: &str) -> Vec<SlipKind> {
        slips(text, language, true)
            .into_iter()
            .map(|slip| slip.kind)
            .collect()
    }

    #[test]
    fn each_slip_is_found_in_both_languages_and_a_plain_sentence_has_none() {
        use SlipKind::{Absolute, DoubleBarrelled, Leading};
        for (text, language, expected) in [
            ("They answer quickly.", "en", vec![]),
            ("They answer quickly and politely.", "en", vec![DoubleBarrelled]),
            ("Wouldn’t you say that they answer quickly?", "en", vec![Leading]),
            ("They never answer.", "en", vec![Absolute]),
            (
                "Of course they always answer on time and in full.",
                "en",
                vec![DoubleBarrelled, Leading, Absolute],
            ),
            ("The android orchestra is allowed.", "en", vec![]),
            ("Responden con rapidez.", "es", vec![]),
            ("Responden con rapidez y amabilidad.", "es", vec![DoubleBarrelled]),
            ("¿No cree que responden con rapidez?", "es", vec![Leading]),
            ("Siempre responden.", "es", vec![Absolute]),
            ("Ils répondent toujours et vite.", "fr", vec![]),
        ] {
            assert_eq!(kinds(text, language), expected, "{text}");
        }
    }

    #[test]
    fn two_things_in_one_question_harm_only_where_the_answer_is_a_degree() {
        assert!(slips("What went well and what did not?", "en", false).is_empty());
    }
}
