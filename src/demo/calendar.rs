//! When the demo's rounds took place, counted back from "now".

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::world::RoundKind;

/// How long ago the merger and the renaming were, in months before the round that is open now.
const REORGANISATION: i32 = 14;
/// Two yearly rounds ...
const FIRST_YEARLY: i32 = 24;
const LATER_YEARLY: i32 = 12;
/// ... and eight pulses between and after them, in months before the round that is open now.
const PULSES: [i32; 8] = [22, 19, 16, 13, 10, 7, 4, 1];
/// The open round opened so many days ago.
const OPEN_SINCE: i64 = 5;

/// A round of the demo's history.
#[derive(Debug, Clone)]
pub struct Fielding {
    /// As in URLs, e.g. `partnership-2025` or `pulse-2026-q2`.
    pub id: String,
    /// As people call it.
    pub title: String,
    /// What kind it is.
    pub kind: RoundKind,
    /// Years since the first round.
    pub years: f64,
    /// The version of its survey.
    pub version: u32,
    /// Whether the merger and the renaming have taken place.
    pub after_reorganisation: bool,
    /// When it opened.
    pub opens: Timestamp,
    /// When it closes.
    pub closes: Timestamp,
}

/// The history in order, and at its end the round that is open now.
///
/// # Errors
/// When `now` lies at the end of the calendar's range.
pub fn fieldings(now: Timestamp) -> Result<Vec<Fielding>, jiff::Error> {
    let today = now
        .to_zoned(TimeZone::UTC)
        .date()
        .checked_sub(Span::new().days(OPEN_SINCE))?;
    let yearly = [FIRST_YEARLY, LATER_YEARLY, 0].map(|months| (months, RoundKind::Yearly));
    let pulses = PULSES.map(|months| (months, RoundKind::Pulse));
    let mut when = [yearly.as_slice(), pulses.as_slice()].concat();
    when.sort_by_key(|(months, _)| -months);
    when.into_iter()
        .map(|(months, kind)| fielding(today, months, kind))
        .collect()
}

/// The day on which the merger and the renaming took effect, e.g. `2025-09-18`.
///
/// # Errors
/// When `now` lies at the end of the calendar's range.
pub fn reorganisation(now: Timestamp) -> Result<Date, jiff::Error> {
    let today = now.to_zoned(TimeZone::UTC).date();
    today.checked_sub(Span::new().months(REORGANISATION))
}

fn fielding(today: Date, months_ago: i32, kind: RoundKind) -> Result<Fielding, jiff::Error> {
    let first_day = today.checked_sub(Span::new().months(months_ago))?;
    let (year, quarter) = (first_day.year(), (first_day.month() + 2) / 3);
    let (id, title, days) = match kind {
        RoundKind::Yearly => (
            format!("partnership-{year}"),
            format!("Agency partnership survey {year}"),
            21,
        ),
        RoundKind::Pulse => (
            format!("pulse-{year}-q{quarter}"),
            format!("Quarterly pulse, {year} quarter {quarter}"),
            10,
        ),
    };
    let opens = first_day.at(8, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
    let closes = first_day
        .checked_add(Span::new().days(days))?
        .at(20, 0, 0, 0)
        .to_zoned(TimeZone::UTC)?;
    let is_second_yearly_or_later = kind == RoundKind::Yearly && months_ago <= LATER_YEARLY;
    Ok(Fielding {
        id,
        title,
        kind,
        years: f64::from(FIRST_YEARLY - months_ago) / 12.0,
        version: if is_second_yearly_or_later { 2 } else { 1 },
        after_reorganisation: months_ago < REORGANISATION,
        opens,
        closes: closes.timestamp(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn on_any_day_there_are_ten_past_rounds_with_names_of_their_own_and_one_that_is_open() {
        for day in [
            "2026-11-23",
            "2027-01-02",
            "2028-02-29",
            "2026-03-31",
            "2026-12-31",
        ] {
            let now: Timestamp = format!("{day}T09:30:00Z").parse().unwrap();
            let rounds = fieldings(now).unwrap();
            let ids: BTreeSet<_> = rounds.iter().map(|round| round.id.clone()).collect();
            assert_eq!((rounds.len(), ids.len()), (11, 11), "{day}: {ids:?}");
            let (open, past) = rounds.split_last().unwrap();
            assert!(
                open.opens < now && now < open.closes && open.kind == RoundKind::Yearly,
                "{day}"
            );
            assert!(past.iter().all(|round| round.closes < now), "{day}");
            assert!(
                rounds.windows(2).all(|pair| pair[0].closes < pair[1].opens),
                "{day}"
            );
        }
    }
}
