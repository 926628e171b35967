//! The automatic scrub of comments: nothing that points at somebody is left, whatever stands around it.

use proptest::prelude::*;
use rapport::protect::{MARK, Names, scrub};

const PEOPLE: [(&str, &str, &str); 5] = [
    ("Maria Delgado Núñez", "mdelgado@agency.gov", "E-4711"),
    ("Will O'Hara-Smith", "will.ohara@agency.gov", "DOT-12"),
    ("Nguyễn Lan", "lan2@agency.gov", "77"),
    ("José de la Cruz", "jcruz99@agency.gov", "X9"),
    ("Ed Long", "ed.long@agency.gov", "0815"),
];

fn roster() -> Names {
    let mut names = Names::default();
    for (name, email, id) in PEOPLE {
        names.add(name, email, id);
    }
    names
}

fn scrubbed(text: &str) -> String {
    scrub(text, &roster()).text().to_owned()
}

#[test]
fn what_points_at_somebody_is_taken_out_in_english_and_spanish() {
    for (written, left) in [
        ("Ask Maria, she knows.", "Ask […], she knows."),
        ("ask maria delgado NUNEZ!", "ask […]!"),
        ("Mr. O'Hara-Smith's desk", "Mr. […]'s desk"),
        (
            "J. Cruz y la señora Núñez son lentos",
            "[…] y la señora […] son lentos",
        ),
        ("Write to mdelgado@agency.gov today", "Write to […] today"),
        ("Write to m.d@mail.co.uk, please", "Write to […] please"),
        ("maria at agency dot gov", "[…]"),
        ("escriba a m.d (arroba) correo.mx ya", "escriba a […] ya"),
        ("escriba a md arroba correo punto mx", "escriba a […]"),
        (
            "see https://portal.example/x?y=1 or portal.agency.gov/help",
            "see […] or […]",
        ),
        ("call (555) 867-5309 ext. 4512", "call ([…] ext. […]"),
        ("llame al 55 1234 5678", "llame al […]"),
        ("5 5 5 8 6 7 5 3 0 9", "[…]"),
        (
            "ticket INC0012345 of 2024, #88 and 123456",
            "ticket […] of 2024, […] and […]",
        ),
        ("we paid $12,400 for it", "we paid $[…] for it"),
        ("my number is E-4711", "my number is […]"),
        ("lan2 told me", "[…] told me"),
        ("M\u{200b}aria and ｍａｒｉａ", "[…] and […]"),
    ] {
        let found = scrubbed(written);
        let same = found == left || found == left.replace("([…] ext. […]", "[…]");
        assert!(same, "{written:?} became {found:?}, not {left:?}");
    }
}

#[test]
fn what_points_at_nobody_is_left() {
    for text in [
        "We will see how long the edges of 24 laptops last.",
        "In 2024 and 2025 two of 3 people waited 14 days, 9.5 on average.",
        "De la nube no sabemos nada; el servicio tarda mucho.",
        "The service desk is kind.\nThe tool is the problem.",
        "It cost 50 % more, e.g. for storage.",
    ] {
        assert_eq!(scrubbed(text), text);
    }
}

/// A word of somebody's that must not be left, in some case.
fn secret() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "Maria", "Delgado", "Núñez", "Nunez", "Hara", "Smith", "Nguyễn", "José", "Cruz", "Lan", "Will", "Ed",
        "Long",
    ]);
    let cased = (names, 0..2).prop_map(|(name, upper): (&str, i32)| match upper {
        0 => name.to_owned(),
        _ => name.to_uppercase(),
    });
    prop_oneof![
        cased,
        "[a-z]{1,8}(\\.[a-z]{1,5})?@[a-z]{2,9}\\.(gov|com|state\\.us)",
        "https?://[a-z]{3,9}\\.[a-z]{2,3}(/[a-z0-9]{0,9})?",
        "\\(?[2-9][0-9]{2}\\)?[ .-][0-9]{3}[ .-]?[0-9]{4}",
        "[0-9]{5,12}",
        "[A-Z]{2,4}-?[0-9]{3,9}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_survives_wherever_it_stands(
        words in prop::collection::vec("[a-záéñ]{1,9}[.,;!?]?", 0..12),
        secrets in prop::collection::vec((secret(), 0_usize..12, prop::sample::select(vec![" ", ", ", "; ", "\n", " (", "¡", " \""])), 1..5),
    ) {
        let mut text = words;
        for (secret, place, before) in &secrets {
            let place = (*place).min(text.len());
            text.insert(place, format!("{before}{secret}"));
        }
        let written = text.join(" ");
        let left = scrubbed(&written);
        for (secret, _, _) in &secrets {
            let plain = secret.trim_matches(['(', ')']);
            let stands = left.split(|c: char| c.is_whitespace()).any(|word| word.trim_matches(|c: char| !c.is_alphanumeric()) == plain);
            prop_assert!(!stands, "{plain:?} of {written:?} is left in {left:?}");
        }
        prop_assert!(!left.contains('@') && !left.contains("://"), "{left:?}");
    }

    #[test]
    fn scrubbing_twice_is_scrubbing_once_and_nothing_is_put_in(text in "\\PC{0,60}( ([A-Za-z]{1,6}|@|at|dot|gov|[0-9]{1,5}|Maria|J\\.)){0,8}") {
        let once = scrubbed(&text);
        prop_assert_eq!(scrubbed(&once), once.clone());
        let kept = once.replace(MARK, "");
        let mut letters = text.chars();
        for letter in kept.chars().filter(|letter| letter.is_alphanumeric() && letter.is_ascii()) {
            let wide = char::from_u32(u32::from(letter) + 0xfee0);
            prop_assert!(letters.any(|given| given == letter || Some(given) == wide), "{letter:?} of {once:?} was not written in {text:?}");
        }
    }
}
