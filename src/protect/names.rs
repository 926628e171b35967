//! The names that a scrub knows: of everybody on a round's rosters.

use std::collections::BTreeSet;

/// Words that stand in names and everywhere else; they are no name by themselves.
const PARTICLES: &[&str] = &[
    "al", "and", "ben", "bin", "da", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "dr",
    "du", "e", "el", "esq", "ii", "iii", "iv", "jr", "la", "las", "le", "los", "mr", "mrs", "ms", "of",
    "phd", "san", "santa", "sr", "sra", "st", "the", "van", "von", "y", "zu",
];

/// Names that are also words of English or Spanish. They count as names where they begin with a capital, so that "we will
/// see" stays and "ask Will" goes.
const WORDS: &[&str] = &[
    "abril",
    "alba",
    "alma",
    "angel",
    "april",
    "art",
    "august",
    "banks",
    "bell",
    "best",
    "bill",
    "black",
    "blanco",
    "bond",
    "brown",
    "bueno",
    "bush",
    "calle",
    "campo",
    "campos",
    "case",
    "casa",
    "chance",
    "chase",
    "church",
    "clara",
    "claro",
    "cook",
    "corona",
    "cortes",
    "crisp",
    "cross",
    "cruz",
    "dawn",
    "day",
    "dean",
    "dolores",
    "early",
    "esperanza",
    "faith",
    "field",
    "fields",
    "flores",
    "flor",
    "forest",
    "fox",
    "frank",
    "fuentes",
    "gene",
    "gold",
    "gracia",
    "gracias",
    "grace",
    "grant",
    "gray",
    "green",
    "guerra",
    "guide",
    "hall",
    "hand",
    "harmony",
    "head",
    "hill",
    "hope",
    "house",
    "hunt",
    "jay",
    "jesus",
    "jewel",
    "joy",
    "june",
    "justice",
    "key",
    "king",
    "lane",
    "little",
    "long",
    "love",
    "luz",
    "major",
    "marina",
    "mark",
    "marks",
    "mar",
    "may",
    "mercedes",
    "mill",
    "miles",
    "moody",
    "moon",
    "nieves",
    "noble",
    "north",
    "page",
    "park",
    "parks",
    "pat",
    "patience",
    "paz",
    "pearl",
    "pena",
    "penny",
    "pilar",
    "pleasant",
    "porter",
    "post",
    "power",
    "powers",
    "price",
    "prince",
    "ray",
    "real",
    "reed",
    "rich",
    "rico",
    "ring",
    "rios",
    "rob",
    "rock",
    "rosa",
    "rosas",
    "rose",
    "short",
    "sierra",
    "skip",
    "small",
    "smart",
    "socorro",
    "sol",
    "soledad",
    "solo",
    "spring",
    "stone",
    "strong",
    "sue",
    "summer",
    "sunny",
    "swift",
    "temple",
    "valle",
    "wall",
    "walls",
    "ward",
    "waters",
    "weeks",
    "wells",
    "west",
    "white",
    "will",
    "winter",
    "wise",
    "wood",
    "woods",
    "worth",
    "young",
];

/// The names of people, as a scrub looks for them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    words: BTreeSet<String>,
    marks: BTreeSet<String>,
}

impl Names {
    /// Adds a person: every word of the name, the part of the mail address that is theirs, and the id by which the
    /// roster knows them.
    pub fn add(&mut self, name: &str, email: &str, id: &str) {
        for word in name.split(|letter: char| !is_letter(letter)) {
            self.add_word(word);
        }
        let local = email.split('@').next().unwrap_or_default();
        for word in local
            .split(|letter: char| !is_letter(letter))
            .filter(|word| word.chars().count() >= 4)
        {
            self.add_word(word);
        }
        for mark in [local, id] {
            let mark = folded(mark);
            if mark.chars().count() >= 3 && mark.chars().any(|letter| !letter.is_alphabetic()) {
                self.marks.insert(mark);
            }
        }
    }

    fn add_word(&mut self, word: &str) {
        let word = folded(word);
        if word.chars().count() >= 2 && !PARTICLES.contains(&word.as_str()) {
            self.words.insert(word);
        }
    }

    /// Whether a word of a text is somebody's name.
    #[must_use]
    pub fn knows(&self, word: &str) -> bool {
        let plain = folded(word);
        if !self.words.contains(&plain) {
            return false;
        }
        let is_capital = word.chars().next().is_some_and(char::is_uppercase);
        is_capital || !(plain.chars().count() == 2 || WORDS.contains(&plain.as_str()))
    }

    /// Whether a word with digits or points in it is somebody's id, or their part of a mail address.
    #[must_use]
    pub fn knows_mark(&self, word: &str) -> bool {
        self.marks.contains(&folded(word))
    }
}

/// Letters, and the accents that stand behind them in texts that take letters apart.
pub(super) fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() || is_accent(letter)
}

fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Lower case without accents, so that Núñez is found in "nunez".
fn folded(word: &str) -> String {
    let lower = word.chars().flat_map(char::to_lowercase);
    lower.filter(|letter| !is_accent(*letter)).map(plain).collect()
}

fn plain(letter: char) -> char {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' => 's',
        'ť' | 'ţ' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Names {
        let mut names = Names::default();
        names.add("Will de la Núñez-O'Hara", "wnunez7@agency.gov", "E-10");
        names
    }

    #[test]
    fn a_name_is_known_in_every_spelling_and_a_word_only_with_a_capital() {
        let names = known();
        for word in [
            "Núñez",
            "nunez",
            "NUNEZ",
            "Nu\u{301}n\u{303}ez",
            "Hara",
            "hara",
            "Will",
            "WILL",
        ] {
            assert!(names.knows(word), "{word}");
        }
        for word in ["will", "de", "La", "o", "nunezes", ""] {
            assert!(!names.knows(word), "{word}");
        }
    }

    #[test]
    fn ids_and_addresses_are_known_as_a_whole() {
        let names = known();
        assert!(names.knows_mark("wnunez7") && names.knows_mark("e-10"));
        assert!(!names.knows_mark("e"));
    }
}
