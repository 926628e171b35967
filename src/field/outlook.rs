//! From what is seen of a unit to what it will come to, and what to do (pure).

use serde::Serialize;

use crate::measure::Confidence;
use crate::measure::turnout::{Seen, turnout};

/// The confidence of the expected range: nine in ten rounds end within it.
const LEVEL: f64 = 0.9;
/// A chance of reaching the threshold from which nothing has to be done.
const LIKELY: f64 = 0.9;
/// A chance below which it will fall below unless somebody does something.
const UNLIKELY: f64 = 0.5;

/// What will come of a unit. What needs somebody most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outlook {
    /// It will most likely stay below the threshold unless people are reminded.
    Below,
    /// It may stay below the threshold.
    Open,
    /// Without a time of closing nothing can be expected.
    Unknown,
    /// It will most likely reach the threshold.
    Likely,
    /// It has reached the threshold.
    Reached,
    /// Fewer are invited than the threshold asks for: nothing of it can be shown alone, whatever happens.
    TooFewInvited,
}

/// What is expected in the end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Expected {
    /// The expected response rate in per cent, to whole per cents.
    pub per_cent: u32,
    /// Nine rounds in ten end between this ...
    pub low: u32,
    /// ... and this, per cent.
    pub high: u32,
}

/// What may be seen of a unit now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// Invited people.
    pub invited: u32,
    /// At least so many answered ...
    pub at_least: u32,
    /// ... and at most so many, as the floor leaves it open.
    pub at_most: u32,
    /// The share of the window that is over; none without a time of closing.
    pub elapsed: Option<f64>,
    /// The response rate of the round before, 0..1.
    pub earlier: Option<f64>,
}

/// What will come of it, for a threshold of `k`.
#[must_use]
pub fn look(standing: &Standing, k: u32) -> (Outlook, Option<Expected>) {
    if standing.invited < k {
        return (Outlook::TooFewInvited, None);
    }
    let expected = forecast(standing, k);
    let outlook = if standing.at_least >= k {
        Outlook::Reached
    } else {
        match expected {
            None => Outlook::Unknown,
            Some((_, chance)) if chance >= LIKELY => Outlook::Likely,
            Some((_, chance)) if chance < UNLIKELY => Outlook::Below,
            Some(_) => Outlook::Open,
        }
    };
    (outlook, expected.map(|(expected, _)| expected))
}

/// What to do about it, in a sentence; empty where there is nothing to do.
#[must_use]
pub fn advice(outlook: Outlook, invited: u32, k: u32) -> String {
    match outlook {
        Outlook::TooFewInvited => format!(
            "Only {invited} are invited. For the next round, put it into a cluster with others: this round is frozen."
        ),
        Outlook::Below => format!(
            "Remind now, and ask its relationship manager to call: without {k} answers nothing of it is shown."
        ),
        Outlook::Open => "Remind whoever has not answered.".to_owned(),
        Outlook::Unknown => {
            "Give the next round a time of closing, so that the end can be foreseen.".to_owned()
        }
        Outlook::Likely | Outlook::Reached => String::new(),
    }
}

fn forecast(standing: &Standing, k: u32) -> Option<(Expected, f64)> {
    let seen = Seen {
        people: u64::from(standing.invited),
        at_least: u64::from(standing.at_least),
        at_most: u64::from(standing.at_most),
        elapsed: standing.elapsed?,
        earlier: standing.earlier,
    };
    let confidence = Confidence::new(LEVEL).ok()?;
    let told = turnout(&seen, u64::from(k), confidence).ok()?;
    let per_cent = |people: f64| whole(100.0 * people / f64::from(standing.invited));
    let expected = Expected {
        per_cent: per_cent(told.expected)?,
        low: per_cent(told.interval.low)?,
        high: per_cent(told.interval.high)?,
    };
    Some((expected, told.reaches))
}

/// A share in per cent as a whole number.
fn whole(per_cent: f64) -> Option<u32> {
    format!("{:.0}", per_cent.clamp(0.0, 100.0)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(invited: u32, at_least: u32, at_most: u32, elapsed: f64) -> Standing {
        Standing {
            invited,
            at_least,
            at_most,
            elapsed: Some(elapsed),
            earlier: Some(0.5),
        }
    }

    #[test]
    fn a_unit_is_told_by_where_it_will_stand_against_the_threshold() {
        let told = |standing: Standing| look(&standing, 10).0;
        assert_eq!(told(standing(8, 0, 8, 0.5)), Outlook::TooFewInvited);
        assert_eq!(told(standing(40, 15, 19, 0.5)), Outlook::Reached);
        assert_eq!(told(standing(200, 0, 9, 0.05)), Outlook::Likely);
        assert_eq!(told(standing(14, 0, 9, 0.95)), Outlook::Below);
        assert_eq!(told(standing(25, 0, 9, 0.1)), Outlook::Open);
        let by_hand = Standing {
            elapsed: None,
            ..standing(40, 0, 9, 0.0)
        };
        assert_eq!(look(&by_hand, 10), (Outlook::Unknown, None));
    }

    #[test]
    fn whatever_is_not_in_order_has_something_to_do() {
        for outlook in [
            Outlook::TooFewInvited,
            Outlook::Below,
            Outlook::Open,
            Outlook::Unknown,
        ] {
            assert!(!advice(outlook, 8, 10).is_empty(), "{outlook:?}");
        }
    }
}
