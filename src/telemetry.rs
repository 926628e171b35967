//! Logs, and what they never contain.
//!
//! A request is logged with its method, the *pattern* of its route, its status and how long it took. Never its path, query,
//! address, user agent, cookie, code, name or body. A request that could say when somebody answered (see
//! `web::answering`) is not logged by itself at all: it is counted, and the counts of a day are
//! logged after the day has ended or when the process stops.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterFn, filter_fn};
use tracing_subscriber::layer::{Layered, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::LogFormat;

/// Sends the log to standard error. Call once per process.
///
/// # Errors
/// In words, when the filter does not parse or a subscriber is there already.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("log filter `{filter}`: {error}; use e.g. `info` or `rapport=debug`"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => started(filter, lines.with_target(false)),
        LogFormat::Json => started(filter, lines.json().flatten_event(true)),
    };
    started.map_err(|error| error.to_string())
}

fn started<L>(filter: EnvFilter, lines: L) -> Result<(), tracing_subscriber::util::TryInitError>
where
    L: Layer<Layered<FilterFn, Layered<EnvFilter, Registry>>> + Send + Sync,
{
    let rule: fn(&Metadata<'_>) -> bool = is_ours_or_serious;
    let ours = filter_fn(rule);
    tracing_subscriber::registry()
        .with(filter)
        .with(ours)
        .with(lines)
        .try_init()
}

/// Libraries speak only of what is serious, whatever the filter says: asked for details, the template engine would log
/// every value that it renders, with the time.
fn is_ours_or_serious(about: &Metadata<'_>) -> bool {
    *about.level() <= Level::WARN || about.target().starts_with("rapport")
}

/// Counts of requests that are not logged one by one.
#[derive(Debug, Default)]
pub struct Tally {
    today: Mutex<Day>,
}

#[derive(Debug, Default)]
struct Day {
    date: Option<Date>,
    counts: BTreeMap<(String, String, u16), u64>,
}

impl Tally {
    /// Counts one. When it is the first of a new day, the counts of the day before are logged.
    pub fn count(&self, method: &str, route: &str, status: u16, now: Timestamp) {
        let date = now.to_zoned(TimeZone::UTC).date();
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.date.is_some_and(|before| before != date) {
            today.log();
        }
        today.date = Some(date);
        *today
            .counts
            .entry((method.to_owned(), route.to_owned(), status))
            .or_default() += 1;
    }

    /// Logs what was counted so far, for the end of the process.
    pub fn finish(&self) {
        self.today.lock().unwrap_or_else(PoisonError::into_inner).log();
    }
}

impl Day {
    fn log(&mut self) {
        let Some(date) = self.date.take() else { return };
        for ((method, route, status), count) in std::mem::take(&mut self.counts) {
            tracing::info!(target: "rapport::request", %date, method, route, status, count, "requests of the day");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tally: &Tally) -> Vec<u64> {
        tally.today.lock().unwrap().counts.values().copied().collect()
    }

    #[test]
    fn a_new_day_begins_a_new_count() {
        let tally = Tally::default();
        let at = |text: &str| text.parse().unwrap();
        tally.count("GET", "/i/{code}", 200, at("2026-11-23T00:00:00Z"));
        tally.count("GET", "/i/{code}", 200, at("2026-11-23T23:59:59Z"));
        tally.count("GET", "/i/{code}", 410, at("2026-11-23T23:59:59Z"));
        assert_eq!(counts(&tally), [2, 1]);
        tally.count("GET", "/i/{code}", 200, at("2026-11-24T00:00:00Z"));
        assert_eq!(counts(&tally), [1]);
        tally.finish();
        assert!(counts(&tally).is_empty());
    }
}
