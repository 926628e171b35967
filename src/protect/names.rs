//! The names that a scrub knows: of everybody on a round's rosters.

use std::collections::BTreeSet;

use super::scrub::letters::folded;

/// Words that stand in names and everywhere else; they are no name by themselves.
const PARTICLES: &[&str] = &[
    "al", "and", "ben", "bin", "da", "de", "del", "della", "den", "der", "des", "di", "do", "dos", "dr",
    "du", "e", "el", "esq", "ii", "iii", "iv", "jr", "la", "las", "le", "los", "mr", "mrs", "ms", "of",
    "phd", "san", "santa", "sr", "sra", "st", "the", "van", "von", "y", "zu",
];

/// Names that are also words of English or Spanish. They count as names where they begin with a capital, so that "we will
/// see" stays and "ask Will" goes.
#[rustfmt::skip] // one a line would be pages
const WORDS: &[&str] = &[
    "abril", "alba", "alma", "angel", "april", "art", "august", "banks", "bell", "best", "bill", "black", "blanco",
    "bond", "bright", "brown", "bueno", "bush", "calle", "campo", "campos", "casa", "case", "cash", "chance", "chase",
    "chip", "church", "clara", "claro", "constant", "cook", "corona", "cortes", "crisp", "cross", "cruz", "dawn",
    "day", "dean", "dolores", "earl", "early", "english", "esperanza", "faith", "field", "fields", "flor", "flores",
    "forest", "foster", "fox", "frank", "french", "fuentes", "gene", "general", "gentle", "german", "gold", "good",
    "grace", "gracia", "gracias", "grant", "grants", "gray", "green", "guard", "guerra", "guide", "guy", "hall",
    "hand", "harmony", "head", "hill", "hope", "house", "hunt", "jay", "jesus", "jewel", "joy", "judge", "june",
    "justice", "keen", "key", "king", "lake", "land", "lane", "link", "links", "little", "long", "love", "luz",
    "major", "mar", "marina", "mark", "marks", "max", "may", "mayor", "mercedes", "miles", "mill", "minor", "moody",
    "moon", "moral", "nice", "nieves", "noble", "norm", "north", "olive", "page", "park", "parks", "pastor", "pat",
    "patience", "paz", "pearl", "pena", "penny", "pilar", "plaza", "pleasant", "pool", "porter", "post", "power",
    "powers", "price", "prince", "puente", "quick", "ray", "reader", "real", "reed", "rich", "rico", "ring", "rios",
    "rob", "rock", "rojo", "rosa", "rosas", "rose", "rush", "rusty", "segura", "self", "sharp", "shields", "short",
    "sierra", "silver", "skip", "small", "smart", "socorro", "sol", "soledad", "solo", "speed", "spring", "star",
    "stone", "street", "strong", "sue", "summer", "sunny", "swift", "temple", "trace", "trip", "valle", "wall",
    "walls", "ward", "waters", "weeks", "wells", "west", "white", "wild", "will", "winter", "wise", "wood", "woods",
    "worth", "young",
];

/// Names that are words of nearly every sentence and often begin one. They count as names beside another word of a name only.
const EVERYWHERE: &[&str] = &[
    "all", "am", "an", "as", "at", "be", "but", "by", "can", "con", "en", "for", "had", "has", "he", "her",
    "his", "how", "if", "in", "is", "it", "lo", "me", "my", "no", "not", "on", "or", "our", "se", "see",
    "she", "si", "so", "su", "that", "they", "to", "tu", "un", "up", "us", "we", "who", "you",
];

/// Letters as they are written where a keyboard does not have them.
const SPELT_OUT: [(char, &str); 5] = [('ä', "ae"), ('ö', "oe"), ('ø', "oe"), ('ü', "ue"), ('å', "aa")];

/// From so many letters on, names that are written without a space are looked for.
const LEAST_JOINED: usize = 6;

/// The names of people, as a scrub looks for them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    words: BTreeSet<String>,
    /// As some write them: Mueller for Müller, and Müller for Mueller.
    variants: BTreeSet<String>,
    /// Words that follow each other in a name, where both are words of every sentence.
    pairs: BTreeSet<(String, String)>,
    marks: BTreeSet<String>,
}

/// What a word of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// A name.
    Name,
    /// A name if it stands beside one.
    BesideOne,
    /// None.
    No,
}

impl Names {
    /// Adds a person: every word of the name, the part of the mail address that is theirs, and the id by which the
    /// roster knows them.
    pub fn add(&mut self, name: &str, email: &str, id: &str) {
        let words: Vec<String> = words_of(&folded(name)).map(str::to_owned).collect();
        for word in &words {
            self.add_word(word);
        }
        for word in name.split_whitespace() {
            // O'Hara is written OHara, too.
            for part in word.split('-').chain([word]) {
                self.add_word(&words_of(&folded(part)).collect::<String>());
            }
            self.add_variants(word);
        }
        for pair in words.windows(2) {
            if let [one, two] = pair
                && EVERYWHERE.contains(&one.as_str())
                && EVERYWHERE.contains(&two.as_str())
            {
                self.pairs.insert((one.clone(), two.clone()));
            }
        }
        if let [first, .., last] = words.as_slice() {
            for joined in [words.concat(), format!("{first}{last}"), format!("{last}{first}")] {
                if joined.chars().count() >= LEAST_JOINED {
                    self.words.insert(joined);
                }
            }
        }
        let local = folded(email.split('@').next().unwrap_or_default());
        for word in words_of(&local).filter(|word| word.chars().count() >= 4) {
            self.add_word(word);
        }
        for mark in [local, folded(id)] {
            if mark.chars().count() >= 3 && mark.chars().any(|letter| !letter.is_alphabetic()) {
                self.marks.insert(mark);
            }
        }
    }

    fn add_word(&mut self, word: &str) {
        if word.chars().count() >= 2 && !PARTICLES.contains(&word) {
            self.words.insert(word.to_owned());
        }
    }

    fn add_variants(&mut self, word: &str) {
        let long = SPELT_OUT
            .iter()
            .fold(word.to_lowercase(), |word, (letter, spelt)| {
                word.replace(*letter, spelt)
            });
        let short = folded(word)
            .replace("ae", "a")
            .replace("oe", "o")
            .replace("ue", "u");
        for word in [folded(&long), short] {
            let variants = words_of(&word).filter(|word| word.chars().count() >= 4);
            self.variants.extend(variants.map(str::to_owned));
        }
    }

    /// What a word is, given as [`folded`], and whether it was written with a capital.
    pub(super) fn known(&self, word: &str, is_capital: bool) -> Known {
        let is_known = self.words.contains(word) || (is_capital && self.variants.contains(word));
        if !is_known {
            return Known::No;
        }
        let is_short = word.chars().count() == 2;
        match (EVERYWHERE.contains(&word), is_capital) {
            (true, true) => Known::BesideOne,
            (false, true) => Known::Name,
            (false, false) if !is_short && !WORDS.contains(&word) => Known::Name,
            _ => Known::No,
        }
    }

    /// Whether this is a word of a name, whatever else it is.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
    }

    /// Whether two words of every sentence are a name together.
    pub(super) fn has_pair(&self, one: &str, two: &str) -> bool {
        self.pairs.contains(&(one.to_owned(), two.to_owned()))
    }

    /// Whether a word with digits or points in it, given as [`folded`], is somebody's id, or their part of a mail address.
    pub(super) fn has_mark(&self, word: &str) -> bool {
        self.marks.contains(word)
    }
}

fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(|letter: char| !letter.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Names {
        let mut names = Names::default();
        names.add("Will de la Núñez-O'Hara", "wnunez7@agency.gov", "E-10");
        names.add("He Müller", "", "");
        names.add("My An", "", "");
        names
    }

    fn what(word: &str) -> Known {
        let is_capital = word.chars().next().is_some_and(char::is_uppercase);
        known().known(&folded(word), is_capital)
    }

    #[test]
    fn a_name_is_known_in_every_spelling_and_a_word_only_with_a_capital() {
        for word in [
            "Núñez",
            "nunez",
            "NUNEZ",
            "Nu\u{301}n\u{303}ez",
            "Hara",
            "hara",
            "OHara",
            "Will",
            "WILL",
            "muller",
            "Mueller",
            "hemuller",
        ] {
            assert_eq!(what(word), Known::Name, "{word}");
        }
        for word in ["will", "de", "La", "o", "nunezes", "", "he", "an"] {
            assert_eq!(what(word), Known::No, "{word}");
        }
        for word in ["He", "An", "My"] {
            assert_eq!(what(word), Known::BesideOne, "{word}");
        }
        assert!(known().has_pair("my", "an") && !known().has_pair("an", "my"));
    }

    #[test]
    fn ids_and_addresses_are_known_as_a_whole() {
        let names = known();
        assert!(names.has_mark("wnunez7") && names.has_mark("e-10"));
        assert!(!names.has_mark("e"));
    }
}
