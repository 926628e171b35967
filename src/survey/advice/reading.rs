//! How many years of school a text asks for (pure).
//!
//! English: the Flesch-Kincaid grade, `0.39 words/sentences + 11.8 syllables/words - 15.59`. Spanish: the ease of Fernández
//! Huerta, `206.84 - 60 syllables/words - 1.02 words/sentences`, put on the same ladder of school years. Both were made for
//! prose: of a single short sentence they tell a plain one from a hard one and not much more, so what is shown is one of three steps.

use serde::Serialize;

/// How hard a text is to read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ease {
    /// Years of school, from 1.
    pub years: f64,
    /// Which step that is.
    pub step: Step,
}

/// Three steps, for pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Up to 9 years: everybody reads it at once.
    Plain,
    /// Up to 13 years.
    Demanding,
    /// More: say it more simply.
    Hard,
}

/// How hard a text is to read; none for an empty one and for languages that are not known here.
#[must_use]
pub fn ease(text: &str, language: &str) -> Option<Ease> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '\u{2019}'))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect();
    if words.is_empty() {
        return None;
    }
    let primary = language.split('-').next().unwrap_or(language);
    let syllables: usize = match primary {
        "en" => words.iter().map(|word| english(word)).sum(),
        "es" => words.iter().map(|word| spanish(word)).sum(),
        _ => return None,
    };
    let per_word = count(syllables) / count(words.len());
    let per_sentence = count(words.len()) / count(sentences(text));
    let years = match primary {
        "en" => 0.39 * per_sentence + 11.8 * per_word - 15.59,
        // 100 is the ease of the first school years, 30 that of a university; between them the ladder is straight.
        _ => 4.0 + (100.0 - (206.84 - 60.0 * per_word - 1.02 * per_sentence)) * 12.0 / 70.0,
    };
    let years = years.max(1.0);
    let step = match years {
        years if years <= 9.0 => Step::Plain,
        years if years <= 13.0 => Step::Demanding,
        _ => Step::Hard,
    };
    Some(Ease { years, step })
}

fn sentences(text: &str) -> usize {
    let ended = text
        .split(['.', '?', '!', ';'])
        .filter(|part| part.chars().any(char::is_alphabetic));
    ended.count().max(1)
}

/// Groups of vowels, without a silent `e` at the end.
fn english(word: &str) -> usize {
    let word = word.to_lowercase();
    let groups = groups(&word, |c| "aeiouy".contains(c));
    let silent = word.ends_with('e') && !word.ends_with("le") && !word.ends_with("ee");
    groups.saturating_sub(usize::from(silent)).max(1)
}

/// Groups of vowels, where two strong ones are two syllables, and an accented weak one stands alone.
fn spanish(word: &str) -> usize {
    let mut syllables = 0_usize;
    let mut before: Option<char> = None;
    for letter in word.to_lowercase().chars() {
        let is_strong = |c: char| "aeoáéóíú".contains(c);
        if is_strong(letter) || "iuü".contains(letter) {
            let joins = before.is_some_and(|before| !(is_strong(before) && is_strong(letter)));
            if !joins {
                syllables += 1;
            }
            before = Some(letter);
        } else {
            before = None;
        }
    }
    syllables.max(1)
}

fn groups(word: &str, is_vowel: impl Fn(char) -> bool) -> usize {
    let mut groups = 0_usize;
    let mut inside = false;
    for letter in word.chars() {
        let vowel = is_vowel(letter);
        groups += usize::from(vowel && !inside);
        inside = vowel;
    }
    groups
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted_as_people_speak_them() {
        for (word, syllables) in [
            ("trust", 1),
            ("agency", 3),
            ("table", 2),
            ("delivers", 3),
            ("made", 1),
            ("agree", 2),
        ] {
            assert_eq!(english(word), syllables, "{word}");
        }
        for (word, syllables) in [
            ("confianza", 3),
            ("tecnología", 5),
            ("oficina", 4),
            ("aéreo", 4),
            ("ciudad", 2),
            ("y", 1),
        ] {
            assert_eq!(spanish(word), syllables, "{word}");
        }
    }

    #[test]
    fn a_plain_sentence_asks_for_fewer_years_than_a_bureaucratic_one_in_both_languages() {
        let years = |text, language| ease(text, language).unwrap().years;
        let plain = years("They tell us early when plans change.", "en");
        let hard = years(
            "The organisation's institutional communication demonstrates transparency regarding modifications of contractual obligations.",
            "en",
        );
        assert!(plain < 8.0 && hard > 13.0, "{plain} {hard}");
        let plain = years("Nos avisan a tiempo cuando algo cambia.", "es");
        let hard = years(
            "La comunicación institucional de la organización demuestra transparencia respecto de las modificaciones contractuales.",
            "es",
        );
        assert!(plain < 9.0 && hard > 13.0, "{plain} {hard}");
        assert_eq!(ease("Les délais", "fr"), None);
        assert_eq!(ease("  ", "en"), None);
    }
}
