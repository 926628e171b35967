//! Numbers, verdicts and methods in words: rounding happens here, once and last, and the same way on pages, charts and
//! terminals.

use crate::measure::change::Verdict;
use crate::measure::rounding::rounded;
use crate::report::model::{
    Bar, Change, ChangeTest, Interval, IntervalKind, NoChange, Subject, TestedChange, Warning,
};

/// A score without decimals.
#[must_use]
pub fn score(value: f64) -> String {
    plain(rounded(value, 0), 0)
}

/// A difference with its sign, rounded from the unrounded difference: `+6`, `−6`, `0`.
#[must_use]
pub fn signed(difference: f64) -> String {
    let whole = rounded(difference, 0);
    if whole > 0.0 {
        format!("+{}", plain(whole, 0))
    } else {
        plain(whole, 0)
    }
}

/// With so many decimals and a true minus sign, never `-0`.
#[must_use]
pub fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_owned(),
        Some(digits) => format!("\u{2212}{digits}"),
        None => text,
    }
}

/// A rate from 0 to 1 as `60 %`.
#[must_use]
pub fn rate(value: f64) -> String {
    format!("{} %", plain(rounded(100.0 * value, 0), 0))
}

/// `63 to 84`.
#[must_use]
pub fn interval(interval: Interval) -> String {
    format!("{} to {}", score(interval.low), score(interval.high))
}

/// `50 %`, `at most 10 %`, `at least 90 %`.
#[must_use]
pub fn bar(bar: Bar) -> String {
    match bar {
        Bar::Exactly(share) => format!("{} %", score(share)),
        Bar::AtMost(limit) => format!("at most {} %", score(limit)),
        Bar::AtLeast(limit) => format!("at least {} %", score(limit)),
    }
}

/// A p-value as people read it: `p = 0.32`, `p < 0.01`; never `p = 0.00`, which would claim certainty.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.01 {
        "p < 0.01".to_owned()
    } else {
        format!("p = {p:.2}")
    }
}

/// The verdict in one or three words.
#[must_use]
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Up => "up",
        Verdict::Down => "down",
        Verdict::NoDetectableChange => "no detectable change",
    }
}

/// The stylesheet's class of a verdict; its symbol comes with it.
#[must_use]
pub fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Up => "verdict-up",
        Verdict::Down => "verdict-down",
        Verdict::NoDetectableChange => "verdict-none",
    }
}

/// A change as a sentence, to stand after the [`verdict`] where there is one.
#[must_use]
pub fn change(change: &Change) -> String {
    match change {
        Change::Tested(change) => tested(change),
        Change::Described {
            before, difference, ..
        } => format!(
            "{} points since {}. The agency in the middle is described, not tested.",
            signed(*difference),
            before.title
        ),
        Change::None(reason) => no_change(reason),
    }
}

/// What stands behind the verdict, which is told before it.
fn tested(change: &TestedChange) -> String {
    let points = format!(
        "{} points since {} (95 % interval {}).",
        signed(change.difference),
        change.before.title,
        differences(change.interval)
    );
    match (change.verdict, change.minimum_detectable) {
        (Verdict::NoDetectableChange, Some(least)) => format!(
            "{points} With so many answers, a change below {} points would often go unseen.",
            plain(rounded(least, 0), 0)
        ),
        _ => points,
    }
}

/// `−4 to +8`.
#[must_use]
pub fn differences(interval: Interval) -> String {
    format!("{} to {}", signed(interval.low), signed(interval.high))
}

fn no_change(reason: &NoChange) -> String {
    match reason {
        NoChange::FirstRound => "First round: nothing to compare with yet.".to_owned(),
        NoChange::Break { why } => format!("Not compared: the survey changed too much ({why})."),
        NoChange::Reorganised { why } => {
            format!("Not compared: {why}, so these are not the same people's office as before.")
        }
        NoChange::NoFigure => {
            "Not compared: there are no figures of both rounds to put side by side.".to_owned()
        }
        NoChange::Undefined { why } => format!("Not tested: {why}."),
    }
}

/// Why an interval is what it is.
#[must_use]
pub fn interval_kind(kind: IntervalKind) -> &'static str {
    kind.words()
}

/// The kind of an interval as a code, for files.
#[must_use]
pub fn interval_code(kind: IntervalKind) -> String {
    code(&kind)
}

/// The codes of warnings, apart by spaces, for files.
#[must_use]
pub fn warning_codes(warnings: &[Warning]) -> String {
    let coded = warnings.iter().map(|warning| {
        let told = serde_json::to_value(warning).unwrap_or_default();
        told.get("code")
            .and_then(|code| code.as_str())
            .unwrap_or_default()
            .to_owned()
    });
    coded.collect::<Vec<_>>().join(" ")
}

/// A unit variant's stored name.
fn code<T: serde::Serialize>(value: &T) -> String {
    let told = serde_json::to_value(value).unwrap_or_default();
    told.as_str().unwrap_or_default().to_owned()
}

/// How a change was tested, as a code.
#[must_use]
pub fn change_test(test: ChangeTest) -> &'static str {
    match test {
        ChangeTest::Welch => "welch",
        ChangeTest::Paired => "paired",
    }
}

/// What a reader must know about a figure.
#[must_use]
pub fn warning(warning: &Warning) -> &'static str {
    match warning {
        Warning::LowResponse => {
            "Fewer than half of the people answered. The interval assumes that those who did not would have answered alike."
        }
        Warning::AgenciesMissing => "Agencies and clusters that are withheld do not enter this figure.",
        Warning::WordingChanged => "The wording of a question changed since the round before.",
        Warning::CompleteCount => "Everybody answered: this is a complete count, with no sampling error.",
        Warning::HighDesignEffect => {
            "Some groups answered much less than others, so their answers weigh much more; the interval allows for it."
        }
        Warning::CheckKeying => {
            "The questions contradict each other (Cronbach's alpha is negative): check whether one of them is worded the other way round."
        }
        Warning::HeadcountsContradict => {
            "More people said to belong to a group than the roster has in it, so answers were not weighted by groups."
        }
    }
}

/// An id as a heading: `service-levels` is read as "Service levels".
#[must_use]
pub fn title_of(id: &str) -> String {
    let words = id.replace(['-', '_', '.'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// A subject without its definition at hand.
#[must_use]
pub fn subject(subject: &Subject) -> String {
    title_of(&subject.id())
}

/// `2025-05-31` as `May 2025`.
#[must_use]
pub fn month(day: &str) -> String {
    let names = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut parts = day.split('-');
    let year = parts.next().unwrap_or(day);
    let month = parts
        .next()
        .and_then(|month| month.parse::<usize>().ok())
        .and_then(|month| month.checked_sub(1));
    match month.and_then(|month| names.get(month)) {
        Some(name) => format!("{name} {year}"),
        None => year.to_owned(),
    }
}

/// A day as a number of days, for axes: only differences mean anything. `None` when it is no date.
#[must_use]
pub fn days(day: &str) -> Option<f64> {
    let date: jiff::civil::Date = day.parse().ok()?;
    let since = date
        .since((jiff::Unit::Day, jiff::civil::date(2000, 1, 1)))
        .ok()?;
    Some(f64::from(since.get_days()))
}

/// The formula behind a method, for whoever opens a number.
#[must_use]
pub fn formula(method: &str) -> &'static str {
    match method {
        "mean.stratified-fpc" => {
            "Mean of the respondents' scores. Standard error: s / \u{221a}n \u{b7} \u{221a}(1 \u{2212} n/N). Interval: Student's t with n \u{2212} 1 degrees of freedom, on the logit scale."
        }
        "state.employee-weighted-mean" => {
            "\u{2211} N\u{b7}y / \u{2211} N over agencies, N people and y mean of each. Standard error: \u{221a} \u{2211} (N/\u{2211}N)\u{b2} (1 \u{2212} n/N) s\u{b2}/n. Interval: Student's t on the logit scale."
        }
        "state.median-agency" => {
            "The middle one of the agencies' and clusters' means, each counting once. Interval: from the middle of their lower limits to the middle of their upper limits, at least 95 %."
        }
        "share.of-respondents" => {
            "Respondents who chose the option, divided by respondents; for the state weighted by people."
        }
        "mean.post-stratified-fpc" => {
            "\u{2211} N\u{b7}y / \u{2211} N over groups of people (N of the roster, y mean of those who answered): each group counts by its size. Standard error: \u{221a} \u{2211} (N/\u{2211}N)\u{b2} (1 \u{2212} n/N) s\u{b2}/n. Interval: Student's t on the logit scale."
        }
        "number.mean-and-median" => {
            "Mean and median of the numbers given. Interval: Student's t with n \u{2212} 1 degrees of freedom."
        }
        "agreement.icc-rwg" => {
            "ICC(1) = (MSB \u{2212} MSW) / (MSB + (k \u{2212} 1) MSW), ICC(2) = (MSB \u{2212} MSW) / MSB over agencies; r_wg(J) against answers spread evenly over the scale."
        }
        "rank.pairwise-welch-holm" => {
            "One more than the agencies that are surely better, to all but those surely worse: Welch's test of all pairs, adjusted by Holm."
        }
        "stabilised.fay-herriot-reml" => {
            "g\u{b7}y + (1 \u{2212} g)\u{b7}m with g = \u{3c3}\u{b2} / (\u{3c3}\u{b2} + \u{3c8}): m the mean of all, \u{3c3}\u{b2} the variance between agencies (REML), \u{3c8} the agency's own error variance."
        }
        "drivers.johnson" => {
            "Johnson's relative weights on scores minus the mean of the agency, with bootstrap intervals. They share out R\u{b2} among predictors that overlap. Correlation is not cause."
        }
        "participation.count" => "Responses divided by invited people.",
        _ => "See the page on the method.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_rounded_from_unrounded_values_and_bear_a_sign() {
        assert_eq!(
            (score(52.952), score(58.495), signed(52.952 - 58.495)),
            ("53".into(), "58".into(), "\u{2212}6".into())
        );
        assert_eq!(
            (signed(0.3), signed(-0.3), signed(5.5)),
            ("0".into(), "0".into(), "+6".into())
        );
    }

    #[test]
    fn days_are_read_and_what_is_no_day_is_not() {
        assert_eq!(days("2000-01-31"), Some(30.0));
        assert_eq!(days("1999-12-31"), Some(-1.0));
        assert_eq!(days("2014"), None);
        assert_eq!(
            (month("2025-05-31"), month("2014")),
            ("May 2025".to_owned(), "2014".to_owned())
        );
    }
}
