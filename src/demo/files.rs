//! The files that the offices of the demo hand in: agencies, lineage and rosters, as CSV.
//!
//! They go through the same import as anybody's, so that the demo cannot know a shortcut.

use rand::Rng;
use rand::seq::IndexedRandom;

use super::world::{
    AGENCIES, DemoAgency, FORMER_NAME, MERGED, MERGED_INTO, RENAMED, SMALL_BOARDS, generator,
};

const FIRST: [&str; 24] = [
    "Ada", "Ben", "Carmen", "Dae", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jamal", "Kim", "Luis", "Mara",
    "Nadia", "Omar", "Priya", "Quinn", "Rosa", "Sam", "Tomas", "Uma", "Vera", "Wei", "Yara",
];
const LAST: [&str; 24] = [
    "Abbott",
    "Baker",
    "Castillo",
    "Diaz",
    "Ellis",
    "Flores",
    "Grant",
    "Huang",
    "Ibarra",
    "Jensen",
    "Khan",
    "Lopez",
    "Meyer",
    "Nguyen",
    "Okafor",
    "Patel",
    "Quintero",
    "Reyes",
    "Singh",
    "Torres",
    "Underwood",
    "Vance",
    "Walker",
    "Young",
];
const ROLES: [(&str, f64); 3] = [("staff", 0.80), ("lead", 0.14), ("it", 0.06)];
const TENURES: [(&str, f64); 3] = [("under-2", 0.22), ("2-to-9", 0.45), ("10-plus", 0.33)];

/// Every agency as it was called then.
#[must_use]
pub fn agencies(after_renaming: bool) -> String {
    let mut csv = String::from("code,name,parent,cluster\n");
    for agency in AGENCIES {
        let name = if agency.code == RENAMED && !after_renaming {
            FORMER_NAME
        } else {
            agency.name
        };
        let cluster = if agency.is_tiny() { SMALL_BOARDS } else { "" };
        line(&mut csv, &[agency.code, name, "", cluster]);
    }
    csv
}

/// The merger and the renaming, on the given day (`2025-10-01`).
#[must_use]
pub fn lineage(day: &str) -> String {
    let mut csv = String::from("date,kind,from,to,note\n");
    line(
        &mut csv,
        &[
            day,
            "merged",
            MERGED,
            MERGED_INTO,
            "The board became a division of the department.",
        ],
    );
    line(
        &mut csv,
        &[
            day,
            "renamed",
            RENAMED,
            RENAMED,
            &format!("Formerly the {FORMER_NAME}."),
        ],
    );
    csv
}

/// Everybody who works in an agency, one person a line; of larger agencies the first `most`.
#[must_use]
pub fn staff(after_merger: bool, most: u32) -> String {
    let mut csv = String::from("agency,person,name,email,language,role,tenure\n");
    for agency in AGENCIES {
        let mut random = generator(agency.code);
        let works_in = if after_merger && agency.code == MERGED {
            MERGED_INTO
        } else {
            agency.code
        };
        for number in 1..=agency.people.min(most) {
            person(
                &mut csv,
                works_in,
                &agency,
                &format!("{}-{number}", agency.code),
                &mut random,
            );
        }
    }
    csv
}

/// The two or three people who lead each agency and answer under their own names.
#[must_use]
pub fn leaders(after_merger: bool) -> String {
    let mut csv = String::from("agency,person,name,email,language,role,tenure\n");
    for agency in AGENCIES
        .iter()
        .filter(|agency| !(after_merger && agency.code == MERGED))
    {
        let mut random = generator(&format!("leaders of {}", agency.code));
        let how_many = if agency.people > 100 { 3 } else { 2 };
        for number in 1..=how_many {
            person(
                &mut csv,
                agency.code,
                agency,
                &format!("{}-lead-{number}", agency.code),
                &mut random,
            );
        }
    }
    csv
}

fn person(csv: &mut String, works_in: &str, agency: &DemoAgency, id: &str, random: &mut impl Rng) {
    let first = FIRST.choose(random).copied().unwrap_or("Ada");
    let last = LAST.choose(random).copied().unwrap_or("Abbott");
    let language = if random.random::<f64>() < 0.08 { "es" } else { "en" };
    let name = format!("{first} {last}");
    let email = format!("{}@{}.example.gov", id.to_lowercase(), agency.code.to_lowercase());
    line(
        csv,
        &[
            works_in,
            id,
            &name,
            &email,
            language,
            draw(&ROLES, random),
            draw(&TENURES, random),
        ],
    );
}

/// None of the demo's texts holds a comma, a quote or a line end, so no field needs quoting.
fn line(csv: &mut String, fields: &[&str]) {
    csv.push_str(&fields.join(","));
    csv.push('\n');
}

fn draw(from: &[(&'static str, f64)], random: &mut impl Rng) -> &'static str {
    let mut left = random.random::<f64>();
    for (value, share) in from {
        left -= share;
        if left < 0.0 {
            return value;
        }
    }
    from.last().map_or("", |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people_of<'a>(csv: &'a str, agency: &'a str) -> impl Iterator<Item = &'a str> {
        csv.lines()
            .filter(move |line| line.split(',').next() == Some(agency))
    }

    #[test]
    fn a_merger_moves_people_and_loses_nobody() {
        let (before, after) = (staff(false, u32::MAX), staff(true, u32::MAX));
        assert_eq!(before.lines().count(), after.lines().count());
        assert_eq!(people_of(&after, MERGED).count(), 0);
        let moved = people_of(&before, MERGED).count() + people_of(&before, MERGED_INTO).count();
        assert_eq!(people_of(&after, MERGED_INTO).count(), moved);
    }

    #[test]
    fn no_field_needs_quoting_and_every_line_is_complete() {
        for csv in [
            agencies(true),
            lineage("2025-10-01"),
            staff(true, 50),
            leaders(false),
        ] {
            let columns = csv.lines().next().unwrap().split(',').count();
            assert!(
                csv.lines()
                    .all(|line| line.split(',').count() == columns && !line.contains('"'))
            );
        }
    }
}
