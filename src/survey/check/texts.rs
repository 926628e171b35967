//! Languages, and every text in every language.

use std::collections::BTreeSet;

use super::{limits, placed_items};
use crate::survey::definition::{AnswerKind, Definition, Language, Text};
use crate::survey::problem::{Pointer, Problem};

pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    languages(&definition.languages, problems);
    for (place, text) in texts(definition) {
        one(&place, text, &definition.languages, problems);
    }
}

fn languages(languages: &[Language], problems: &mut Vec<Problem>) {
    let place = Pointer::root().at("languages");
    if languages.is_empty() {
        problems.push(place.problem(
            "there is no language",
            "name at least one, the fallback first, e.g. [\"en\"]",
        ));
    }
    let mut seen = BTreeSet::new();
    for (i, language) in languages.iter().enumerate() {
        if !seen.insert(language) {
            problems.push(
                place
                    .at(i)
                    .problem(format!("`{language}` is listed twice"), "list each language once"),
            );
        }
    }
}

fn one(place: &Pointer, text: &Text, languages: &[Language], problems: &mut Vec<Problem>) {
    for language in languages
        .iter()
        .filter(|language| !text.0.contains_key(*language))
    {
        problems.push(place.problem(
            format!("there is no `{language}` text"),
            format!("add the text in `{language}`; a survey is complete in each of its languages"),
        ));
    }
    for (language, words) in &text.0 {
        let place = place.at(language);
        if !languages.contains(language) {
            problems.push(place.problem(
                format!("`{language}` is not one of the survey's languages"),
                "add it to `languages` and to every text, or remove it here",
            ));
        }
        if words.trim().is_empty() {
            problems.push(place.problem("the text is empty", "write the text"));
        }
        let length = words.chars().count();
        if length > limits::TEXT {
            problems.push(place.problem(
                format!("the text has {length} characters, more than {}", limits::TEXT),
                "shorten it",
            ));
        }
        if words.chars().any(unprintable) {
            problems.push(place.problem(
                "the text contains control characters",
                "remove them; only a line break is allowed",
            ));
        }
    }
}

/// Control characters, and marks that turn the direction of what follows: they would reach a page as they are.
fn unprintable(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Every text of a definition with its place.
fn texts(definition: &Definition) -> Vec<(Pointer, &Text)> {
    let root = Pointer::root();
    let mut found = vec![
        (root.at("title"), &definition.title),
        (root.at("purpose"), &definition.purpose),
    ];
    for (id, scale) in &definition.scales {
        let place = root.at("scales").at(id);
        let points = scale.points.iter().enumerate();
        found.extend(points.map(|(i, point)| (place.at("points").at(i), point)));
        found.extend(scale.opt_out.iter().map(|text| (place.at("opt_out"), text)));
    }
    for (i, page) in definition.pages.iter().enumerate() {
        let place = root.at("pages").at(i);
        found.push((place.at("title"), &page.title));
        found.extend(page.intro.iter().map(|text| (place.at("intro"), text)));
    }
    for (place, item) in placed_items(definition) {
        found.push((place.at("text"), &item.text));
        found.extend(item.help.iter().map(|text| (place.at("help"), text)));
        found.extend(answer_texts(&place.at("answer"), &item.answer));
    }
    for (i, index) in definition.indices.iter().enumerate() {
        let place = root.at("indices").at(i);
        found.push((place.at("title"), &index.title));
        for (d, dimension) in index.dimensions.iter().enumerate() {
            found.push((place.at("dimensions").at(d).at("title"), &dimension.title));
        }
    }
    for (i, theme) in definition.themes.iter().enumerate() {
        found.push((root.at("themes").at(i).at("title"), &theme.title));
    }
    found
}

fn answer_texts<'a>(place: &Pointer, answer: &'a AnswerKind) -> Vec<(Pointer, &'a Text)> {
    match answer {
        AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
            let place = place.at("options");
            let labels = options.iter().enumerate();
            labels
                .map(|(i, option)| (place.at(i).at("label"), &option.label))
                .collect()
        }
        AnswerKind::Number { unit, .. } => unit.iter().map(|text| (place.at("unit"), text)).collect(),
        _ => Vec::new(),
    }
}
