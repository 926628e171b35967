//! The state that the demo pretends to be: 24 agencies, their people, and how they feel over two years.
//!
//! Everything here is invented, and pure: the same seed gives the same people and the same answers on every
//! machine. What varies is only the calendar, which the caller counts back from "now".

use rand::Rng;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The seed of the demo. Another one gives another state with the same agencies.
pub const SEED: u64 = 2026;

/// The agency that is merged into [`MERGED_INTO`] between the two yearly rounds.
pub const MERGED: &str = "TEL";
/// The agency that takes over the people of [`MERGED`].
pub const MERGED_INTO: &str = "COM";
/// The agency that gets a new name between the two yearly rounds.
pub const RENAMED: &str = "VET";
/// The name it bore before.
pub const FORMER_NAME: &str = "Veterans Bureau";
/// The cluster in which the two tiny agencies are always reported.
pub const SMALL_BOARDS: &str = "small-boards";

/// An agency of the demo, with what it thinks of the central IT office.
#[derive(Debug, Clone, Copy)]
pub struct DemoAgency {
    /// Its code.
    pub code: &'static str,
    /// Its present name.
    pub name: &'static str,
    /// How many people work there.
    pub people: u32,
    /// How warmly it sees the office at the start, in standard deviations of people's views.
    pub warmth: f64,
    /// How that moves.
    pub story: Story,
}

/// How an agency's view moves over the two years.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Story {
    /// Nothing much happens.
    Steady,
    /// Gains a little with every quarter, in standard deviations a year.
    Rises(f64),
    /// Loses a little with every quarter, in standard deviations a year.
    Falls(f64),
    /// Its data centre was consolidated a year ago: a deep dip, half recovered by now.
    Consolidated,
}

/// The agencies, largest first.
pub const AGENCIES: [DemoAgency; 24] = [
    agency(
        "DOT",
        "Department of Transportation",
        4000,
        0.10,
        Story::Rises(0.28),
    ),
    agency(
        "DHS",
        "Department of Human Services",
        1200,
        0.05,
        Story::Consolidated,
    ),
    agency("DOC", "Department of Corrections", 800, -0.30, Story::Steady),
    agency("REV", "Department of Revenue", 450, 0.45, Story::Falls(0.40)),
    agency("DPS", "Department of Public Safety", 400, -0.10, Story::Steady),
    agency("EDU", "Department of Education", 320, 0.20, Story::Rises(0.10)),
    agency(
        "DNR",
        "Department of Natural Resources",
        280,
        -0.05,
        Story::Steady,
    ),
    agency("LAB", "Department of Labor", 260, 0.00, Story::Rises(0.35)),
    agency("ENV", "Environmental Quality Agency", 200, 0.15, Story::Steady),
    agency("AGR", "Department of Agriculture", 150, 0.25, Story::Steady),
    agency(
        "VET",
        "Department of Veterans Affairs",
        120,
        0.30,
        Story::Rises(0.15),
    ),
    agency("PAR", "State Parks", 110, 0.35, Story::Steady),
    agency("COM", "Department of Commerce", 100, 0.05, Story::Falls(0.15)),
    agency("TRE", "State Treasury", 90, 0.10, Story::Steady),
    agency("HOU", "Housing Authority", 75, -0.15, Story::Falls(0.20)),
    agency("INS", "Insurance Division", 60, 0.20, Story::Steady),
    agency("LIC", "Professional Licensing", 52, 0.00, Story::Rises(0.45)),
    agency("AUD", "Office of the State Auditor", 48, -0.20, Story::Steady),
    agency("TEL", "Telecommunications Board", 40, 0.10, Story::Steady),
    agency("LIB", "State Library", 34, 0.50, Story::Steady),
    agency("ELE", "Elections Office", 28, 0.25, Story::Steady),
    agency("ARC", "State Archives", 22, 0.40, Story::Steady),
    agency("ART", "Arts Council", 8, 0.30, Story::Steady),
    agency("ETH", "Ethics Commission", 6, 0.00, Story::Steady),
];

const fn agency(
    code: &'static str,
    name: &'static str,
    people: u32,
    warmth: f64,
    story: Story,
) -> DemoAgency {
    DemoAgency {
        code,
        name,
        people,
        warmth,
        story,
    }
}

impl DemoAgency {
    /// How it sees the office `years` after the first yearly round, in standard deviations of people.
    #[must_use]
    pub fn view(&self, years: f64) -> f64 {
        self.warmth
            + match self.story {
                Story::Steady => 0.0,
                Story::Rises(slope) => slope * years,
                Story::Falls(slope) => -slope * years,
                Story::Consolidated if years < 0.9 => 0.0,
                Story::Consolidated => -0.55 + 0.30 * (years - 0.9).min(1.0),
            }
    }

    /// The share of its people who answer. Small agencies answer more readily, and a yearly survey that
    /// leaders announce draws more than a pulse.
    #[must_use]
    pub fn response_rate(&self, kind: RoundKind) -> f64 {
        let by_size: f64 = match self.people {
            0..=20 => 0.86,
            21..=60 => 0.68,
            61..=150 => 0.56,
            151..=500 => 0.46,
            501..=1500 => 0.36,
            _ => 0.24,
        };
        match kind {
            RoundKind::Yearly => by_size,
            RoundKind::Pulse if self.people <= 60 => by_size * 0.92,
            RoundKind::Pulse => by_size * 0.62,
        }
    }

    /// Whether it is so small that it is reported in a cluster only.
    #[must_use]
    pub fn is_tiny(&self) -> bool {
        self.people < 10
    }
}

/// The two kinds of rounds in the demo's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundKind {
    /// The long yearly instrument, with a named audience of leaders beside the staff.
    Yearly,
    /// Seven items, once a quarter.
    Pulse,
}

/// A generator that depends on nothing but the seed and what it is for, so that adding a round to the demo
/// does not change the answers of another.
#[must_use]
pub fn generator(purpose: &str) -> ChaCha8Rng {
    // FNV-1a: short, stable over versions, and good enough to spread names.
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ChaCha8Rng::seed_from_u64(SEED ^ hash)
}

/// A draw from the standard normal distribution (Box and Muller).
pub fn normal(random: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.random::<f64>()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_24_agencies_from_6_to_4000_people_and_two_of_them_are_tiny() {
        let codes: BTreeSet<_> = AGENCIES.iter().map(|agency| agency.code).collect();
        assert_eq!(codes.len(), 24);
        assert_eq!(AGENCIES.iter().map(|agency| agency.people).min(), Some(6));
        assert_eq!(AGENCIES.iter().map(|agency| agency.people).max(), Some(4000));
        assert_eq!(AGENCIES.iter().filter(|agency| agency.is_tiny()).count(), 2);
    }

    #[test]
    fn the_expected_number_of_responses_is_about_20_000() {
        let expected: f64 = AGENCIES
            .iter()
            .map(|agency| {
                let yearly = 2.0 * agency.response_rate(RoundKind::Yearly);
                let pulses = 8.0 * agency.response_rate(RoundKind::Pulse);
                f64::from(agency.people) * (yearly + pulses)
            })
            .sum();
        assert!((18_000.0..24_000.0).contains(&expected), "{expected}");
    }

    #[test]
    fn the_same_purpose_gives_the_same_stream_and_another_purpose_another() {
        let draws = |purpose: &str| -> Vec<u64> {
            let mut random = generator(purpose);
            (0..4).map(|_| random.random()).collect()
        };
        assert_eq!(draws("pulse-1"), draws("pulse-1"));
        assert_ne!(draws("pulse-1"), draws("pulse-2"));
    }
}
