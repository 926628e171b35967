//! What was attained of what was agreed, beside how it is perceived (pure).
//!
//! **The link.** A table of service levels names services as offices do ("Service desk"), a survey names what its items
//! measure by constructs. The item about a service is the one whose construct is `service.` and the service's name, in
//! small letters with hyphens: `service.desk` and `service.service-desk` are both about a "Service desk", `service.e-mail`
//! about "E-mail". What all service levels together feel like is asked by the construct [`ALL`]. A service that no item is
//! about is shown with what was attained and without a perception; nothing is guessed.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::service_level::ServiceLevel;
use crate::report::model::Interval;
use crate::report::since::is_rated;
use crate::survey::definition::{Definition, Item};

/// The construct of the item that asks whether agreed service levels are met.
pub const ALL: &str = "driver.service-levels";

/// What constructs about a service begin with.
const SERVICE: &str = "service.";

/// The middle of the scale: below it people rather say no.
const MIDDLE: f64 = 50.0;

/// A service in the year before a round closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Attained {
    /// Its name, as the table has it.
    pub service: String,
    /// What of it was measured, by name.
    pub measures: Vec<Measure>,
}

/// What was measured of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    /// The last period that there is.
    pub last: ServiceLevel,
    /// In how many periods the target was met ...
    pub met: u32,
    /// ... of how many.
    pub of: u32,
}

/// Where what was delivered and what is perceived say different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Every target was met, and people surely rather say no.
    DeliveredNotFelt,
    /// Targets were missed, and people surely rather say yes.
    FeltNotDelivered,
}

impl Attained {
    /// In how many periods and measures the target was met, of how many.
    #[must_use]
    pub fn met(&self) -> (u32, u32) {
        let add = |(met, of): (u32, u32), one: &Measure| (met + one.met, of + one.of);
        self.measures.iter().fold((0, 0), add)
    }
}

/// The service levels of the periods that touch the twelve months up to this day, by service and measure. `levels` are of
/// one agency. Nothing when the day is none.
#[must_use]
pub fn up_to(levels: &[ServiceLevel], day: &str) -> Vec<Attained> {
    let Ok(until) = day.parse::<Date>() else {
        return Vec::new();
    };
    let since = until.saturating_sub(1.year());
    let touches = |level: &&ServiceLevel| {
        bounds(&level.period).is_some_and(|(first, last)| first <= until && last > since)
    };
    let mut sorted: Vec<&ServiceLevel> = levels.iter().filter(touches).collect();
    let last_day = |level: &ServiceLevel| bounds(&level.period).map(|(_, last)| last);
    sorted.sort_by_key(|level| (&level.service, &level.measure, last_day(level)));
    let mut attained: Vec<Attained> = Vec::new();
    for level in sorted {
        if attained.last().is_none_or(|known| known.service != level.service) {
            attained.push(Attained {
                service: level.service.clone(),
                measures: Vec::new(),
            });
        }
        if let Some(service) = attained.last_mut() {
            service.add(level);
        }
    }
    attained
}

impl Attained {
    /// Levels come with the earliest period first.
    fn add(&mut self, level: &ServiceLevel) {
        let met = u32::from(level.is_met);
        match self.measures.last_mut() {
            Some(known) if known.last.measure == level.measure => {
                (known.met, known.of) = (known.met + met, known.of + 1);
                known.last = level.clone();
            }
            _ => self.measures.push(Measure {
                last: level.clone(),
                met,
                of: 1,
            }),
        }
    }
}

/// The first and the last day of a period: `2026`, `2026-Q3` or `2026-07`.
fn bounds(period: &str) -> Option<(Date, Date)> {
    let (year, part) = match period.split_once('-') {
        Some((year, part)) => (year, Some(part)),
        None => (period, None),
    };
    let (first_month, months): (i8, i32) = match part {
        None => (1, 12),
        Some(part) => match part.strip_prefix('Q') {
            Some(quarter) => {
                let quarter = quarter.parse::<i8>().ok()?;
                ((1..=4).contains(&quarter).then(|| 3 * quarter - 2)?, 3)
            }
            None => (part.parse::<i8>().ok()?, 1),
        },
    };
    let first = Date::new(year.parse().ok()?, first_month, 1).ok()?;
    let next = first.checked_add(months.months()).ok()?;
    Some((first, next.yesterday().ok()?))
}

/// The item that asks how this service is perceived.
#[must_use]
pub fn perceived<'a>(definition: &'a Definition, service: &str) -> Option<&'a Item> {
    let name = hyphened(service);
    let short = name.strip_prefix("service-").unwrap_or(&name);
    let is_about = |item: &&Item| {
        let construct = item.construct.as_ref().map(|construct| construct.as_str());
        let about = construct.and_then(|construct| construct.strip_prefix(SERVICE));
        is_rated(item) && about.is_some_and(|about| about == name || about == short)
    };
    definition.items().find(is_about)
}

/// `Service desk` as `service-desk`.
fn hyphened(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

/// Whether targets and perception say different things. Nothing without an interval, and nothing where the interval of
/// the perception holds the middle of the scale.
#[must_use]
pub fn gap((met, of): (u32, u32), perceived: Option<Interval>) -> Option<Gap> {
    let perceived = perceived?;
    match (of, met == of) {
        (0, _) => None,
        (_, true) => (perceived.high < MIDDLE).then_some(Gap::DeliveredNotFelt),
        (_, false) => (perceived.low > MIDDLE).then_some(Gap::FeltNotDelivered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(period: &str, service: &str, measure: &str, is_met: bool) -> ServiceLevel {
        ServiceLevel {
            agency: "DOT".to_owned(),
            period: period.to_owned(),
            service: service.to_owned(),
            measure: measure.to_owned(),
            unit: String::new(),
            target: 1.0,
            actual: if is_met { 2.0 } else { 0.0 },
            less_is_better: false,
            is_met,
        }
    }

    #[test]
    fn the_year_before_a_round_is_told_with_its_last_period() {
        let levels = [
            level("2026-Q2", "Desk", "Hours", true),
            level("2025-Q3", "Desk", "Hours", false),
            level("2025-Q1", "Desk", "Hours", false),
            level("2026-Q3", "Desk", "Hours", false),
            level("2025", "Network", "Uptime", true),
            level("2026-13", "Network", "Uptime", true),
        ];
        let found = up_to(&levels, "2026-05-31");
        let [desk, network] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            desk.met(),
            (1, 2),
            "Q1 of 2025 is too old and Q3 of 2026 is not yet"
        );
        assert_eq!(desk.measures[0].last.period, "2026-Q2");
        assert_eq!(network.met(), (1, 1));
        assert!(up_to(&levels, "some day").is_empty());
    }

    #[test]
    fn periods_have_their_first_and_last_day() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        for (period, first, last) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026-Q1", "2026-01-01", "2026-03-31"),
            ("2028-02", "2028-02-01", "2028-02-29"),
        ] {
            assert_eq!(bounds(period), Some((day(first), day(last))), "{period}");
        }
        for period in ["2026-13", "2026-Q5", "2026-Q0", "", "x"] {
            assert_eq!(bounds(period), None, "{period}");
        }
    }

    #[test]
    fn a_service_is_found_by_its_name_in_the_construct() {
        for (name, expected) in [
            ("Service desk", "service-desk"),
            (" Desk ", "desk"),
            ("E-mail", "e-mail"),
        ] {
            assert_eq!(hyphened(name), expected);
        }
    }

    #[test]
    fn a_gap_is_told_only_where_the_perception_is_sure() {
        let interval = |low: f64, high: f64| Some(Interval { low, high });
        assert_eq!(gap((4, 4), interval(30.0, 45.0)), Some(Gap::DeliveredNotFelt));
        assert_eq!(gap((4, 4), interval(30.0, 55.0)), None);
        assert_eq!(gap((3, 4), interval(55.0, 70.0)), Some(Gap::FeltNotDelivered));
        assert_eq!(gap((3, 4), interval(30.0, 45.0)), None, "both say the same");
        assert_eq!(gap((0, 0), interval(30.0, 45.0)), None);
        assert_eq!(gap((4, 4), None), None);
    }
}
