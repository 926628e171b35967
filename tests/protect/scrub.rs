//! The automatic scrub of comments: nothing that points at somebody is left, whatever stands around it.

use proptest::prelude::*;
use rapport::protect::{MARK, Names, found, scrub};

const PEOPLE: [(&str, &str, &str); 11] = [
    ("Maria Delgado Núñez", "mdelgado@agency.gov", "E-4711"),
    ("Will O'Hara-Smith", "will.ohara@agency.gov", "DOT-12"),
    ("Nguyễn Lan", "lan2@agency.gov", "77"),
    ("José de la Cruz", "jcruz99@agency.gov", "X9"),
    ("Ed Long", "ed.long@agency.gov", "0815"),
    ("Jane Doe", "jdoe@agency.gov", "J-7"),
    ("Ann Strauß", "astrauss@agency.gov", ""),
    ("Łukasz Ægirsson", "", ""),
    ("Ștefan Øst", "", ""),
    ("Jürgen Müller", "", ""),
    ("He An", "", ""),
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
        ("", ""),
    ] {
        let found = scrubbed(written);
        let same = found == left || found == left.replace("([…] ext. […]", "[…]");
        assert!(same, "{written:?} became {found:?}, not {left:?}");
    }
}

#[track_caller]
fn all_become(cases: &[(&str, &str)]) {
    for (written, left) in cases {
        assert_eq!(scrubbed(written), *left, "{written:?}");
    }
}

#[test]
fn a_name_is_found_whatever_letters_it_is_written_with() {
    all_become(&[
        (
            "Ask STRAUSS or Strauß or straussʼs desk",
            "Ask […] or […] or […]ʼs desk",
        ),
        ("lukasz and Lukasz aegirsson", "[…] and […]"),
        ("Łukasz ÆGIRSSON", "[…]"),
        ("Stefan, Ştefan and Ștefan", "[…], […] and […]"),
        ("Oest, Ost and Øst know", "[…], […] and […] know"),
        (
            "Muller, Müller, Mueller and MU\u{308}LLER",
            "[…], […], […] and […]",
        ),
        (
            "O\u{2019}Hara, O\u{2bc}Hara, O`Hara, O\u{b4}Hara, o'hara and OHara",
            "[…], […], […], […], […] and […]",
        ),
        ("Ｊａｎｅ and Ⓙⓐⓝⓔ and 𝕁𝕒𝕟𝕖", "[…] and […] and […]"),
        ("Jаne with a Cyrillic letter", "[…] with a Cyrillic letter"),
        ("janedoe, JaneDoe and DoeJane", "[…], […] and […]"),
        ("jane_doe and Jane-Doe", "[…] and […]"),
        ("He An said so", "[…] said so"),
        ("ask He Strauss", "ask […]"),
    ]);
}

#[test]
fn what_cannot_be_seen_hides_nothing_and_is_taken_out() {
    for unseen in [
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{115f}',
        '\u{1160}',
        '\u{180b}',
        '\u{180e}',
        '\u{180f}',
        '\u{200b}',
        '\u{200d}',
        '\u{202e}',
        '\u{2060}',
        '\u{2800}',
        '\u{3164}',
        '\u{fe0f}',
        '\u{feff}',
        '\u{ffa0}',
        '\u{fff9}',
        '\u{fffb}',
        '\u{e0041}',
        '\u{e0100}',
        '\u{e01ef}',
    ] {
        let within = format!(
            "Ask J{unseen}a{unseen}ne, or 505{unseen}867{unseen}5309, or jane{unseen}@{unseen}x.gov."
        );
        assert_eq!(scrubbed(&within), "Ask […], or […], or […]", "{unseen:?}");
        let between = scrubbed(&format!("Ask Jane{unseen}Doe, not me."));
        assert_eq!(between, "Ask […], not me.", "{unseen:?}");
        let left = scrubbed(&format!("The{unseen} tool"));
        assert!(!left.contains(unseen), "{unseen:?}: {left:?}");
    }
    assert_eq!(
        scrubbed("Reason\u{2060}s, na\u{ef}ve and nai\u{308}ve"),
        "Reasons, na\u{ef}ve and nai\u{308}ve"
    );
}

#[test]
fn a_telephone_number_is_found_whatever_stands_between_its_digits() {
    let between = [
        " ", "\u{a0}", "\u{202f}", "\u{2009}", "\u{3000}", "-", "\u{2010}", "\u{2011}", "\u{2012}", "–", "—",
        "\u{2212}", ".", "·", "•", "‧", "*", "~", "|", "_", "/", "\n", "\r\n", "\t", " - ", " — ", " • ",
        "=", ";",
    ];
    for sign in between {
        let written = format!("Call 505{sign}867{sign}5309 today");
        assert_eq!(scrubbed(&written), "Call […] today", "{sign:?}");
    }
    all_become(&[
        ("+1 (505) 867-5309", "+[…]"),
        ("５０５－８６７－５３０９ is mine", "[…] is mine"),
        ("5*0*5*8*6*7*5*3*0*9", "[…]"),
        ("①②③④⑤⑥⑦ is mine", "[…] is mine"),
    ]);
}

#[test]
fn an_address_is_found_however_its_signs_are_spelt() {
    for address in [
        "jane.roe@agency.gov",
        "jane.roe＠agency.gov",
        "jane.roe﹫agency．gov",
        "jane roe@agency.gov",
        "jane.roe @ agency.gov",
        "jane.roe @ agency . gov",
        "jane.roe@ agency.gov",
        "roe @agency.gov",
        "roe(at)agency(dot)gov",
        "roe (at) agency (dot) gov",
        "roe ( at ) agency ( dot ) gov",
        "roe[at]agency[dot]gov",
        "roe {at} agency {dot} gov",
        "roe <at> agency <dot> gov",
        "roe [@] agency [.] gov",
        "roe_at_agency_dot_gov",
        "roe (arroba) correo (punto) mx",
        "roe at agency dot gov",
        "ROE AT AGENCY DOT GOV",
        "jane dot roe at mail dot agency dot gov",
        "roe at agency [dot] gov",
        "jane.roe at agency.gov",
        "roe7 at agency.gov",
        "roe arroba correo punto gob punto mx",
    ] {
        let left = scrubbed(&format!("Please write, {address}"));
        let is_gone = ["roe", "ROE", "agency", "AGENCY", "correo", "gov", "mx", "@"]
            .iter()
            .all(|part| !left.contains(part));
        assert!(is_gone, "{address:?} is left as {left:?}");
        assert!(left.starts_with("Please write"), "{left:?}");
    }
    all_become(&[
        ("see bit.ly/3xYz or forms.gle/abc", "see […] or […]"),
        ("agency dot gov has it", "[…] has it"),
    ]);
}

#[test]
fn a_name_is_found_letter_by_letter() {
    all_become(&[
        ("Ask J a n e  D o e about it", "Ask […] about it"),
        ("Ask J.a.n.e, J-A-N-E or j*a*n*e", "Ask […], […] or […]"),
        ("m y n a m e i s j a n e d o e", "m y n a m e i s […]"),
        ("S t r a u ß", "[…]"),
        ("J\u{2009}a\u{2009}n\u{2009}e", "[…]"),
        ("E d  L o n g", "[…]"),
        ("P L A N N I N G is slow", "P L A N N I N G is slow"),
        (
            "Options A, B, C and D; e. g. a b c",
            "Options A, B, C and D; e. g. a b c",
        ),
    ]);
}

#[test]
fn a_name_within_a_word_is_none() {
    for text in [
        "Planning, annual planning and the Annex are cannily landed.",
        "The janitor, a doer and a mariachi willed it; longer edges.",
        "Strategy and Strausberg are not Straussen.",
        "El plan, la lana y los planos.",
    ] {
        assert_eq!(scrubbed(text), text);
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
        "He is slow. In my agency, an upgrade takes weeks. An hour is fine.",
        "At the DOT info desk we wait; DOT local offices, and staff at MVD DOT us too.",
        "We met at noon. Dot the i. Look at it: a dot matrix printer!",
        "El punto es que tardan mucho. Hasta cierto punto, mil veces.",
        "Microsoft 365, M365 and O365 work; so do ASP.NET and VB.NET.",
        "FY2025 and FY24-25 budgets, 2024-25 and 2023/24, the 1990s.",
        "Open 8:00-17:00, closed 12:30 – 13:15, 24/7 on call, at 14:30.",
        "A 100-day plan, 250GB of disk, the 100th ticket, 500ms.",
        "Section 508, form W-2, Windows 10/11, version 10.4.2, COVID-19.",
        "1. Phones\n2. Laptops\n3. The VPN",
        "Ratings: 4, 5 and 3 of 5; 1-2 weeks; 90 %, 95 %, 99.9 %.",
        "Call 311 or 911; it's 2-3 times a week, 9 to 5.",
        "Don't say it’s the users' fault; rock-'n'-roll.",
        "The tool (see above) and/or the form, i.e. the PDF…",
        "Señalización, naïveté, Straße, œuvre and façade are words.",
        "👩‍💻 is fine, and so is ½ of it, m² or 3 km².",
    ] {
        assert_eq!(scrubbed(text), text.replace('\u{200d}', ""));
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

    #[test]
    fn no_text_makes_it_fail_and_places_are_of_the_text_as_written(
        text in prop_oneof![any::<String>(), "[\\PC\\p{C}]{0,40}", tricky()],
    ) {
        let all = found(&text, &roster());
        let mut end = 0;
        for one in &all {
            prop_assert!(one.place.start >= end && one.place.start < one.place.end, "{all:?}");
            prop_assert!(text.get(one.place.clone()).is_some(), "{:?} cuts a character of {text:?}", one.place);
            end = one.place.end;
        }
        let once = scrubbed(&text);
        prop_assert_eq!(scrubbed(&once), once.clone());
        prop_assert!(all.is_empty() || once.contains(MARK), "{all:?} of {text:?} are in {once:?}");
    }
}

/// Pieces that the scrub looks at closely, in any order and number.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Jane", "j", "a", "n", "e", "J", "A", "N", "ß", "ﬃ", "é", "\u{301}", "\u{200b}", "\u{2800}",
        "\u{ad}", "'", "\u{2bc}", "O", "@", "＠", "(at)", "at", "[dot]", "dot", "DOT", ".", "gov", "_at_",
        "(", "[", "…", "[…]", "]", "505", "5", "12:30", "2024", "-", "—", "#", "\n", " ", "  ", "/", "://",
        "www.", "He", "An", "½", "①", "👩", "\u{200d}", "\u{202e}", "FY", "İ", "ı", "Ⅷ",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}
