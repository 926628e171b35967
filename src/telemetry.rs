//! Logs, and what they never contain.
//!
//! A request is logged with its method, the *pattern* of its route, its status and how long it took. Never its path, query,
//! address, user agent, cookie, code, name or body. A request that could say when somebody answered (see
//! [`answering`](crate::web::answering)) is not logged by itself at all: it is counted, and the counts of a day are
//! logged after the day has ended or when the process stops.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;

use crate::clock;
use crate::config::LogFormat;
use crate::web::{App, answering};

/// Sends the log to standard error. Call once per process.
///
/// # Errors
/// In words, when the filter does not parse or a subscriber is there already.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("log filter `{filter}`: {error}; use e.g. `info` or `rapport=debug`"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let started = match format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| error.to_string())
}

/// Logs or counts each request.
///
/// # Errors
/// Those of the service inside.
pub async fn log_request<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let method = request.method().clone();
    let private = answering::is_private(request.path());
    let started = tokio::time::Instant::now();
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "(no route)".to_owned());
    if private || answering::is_private(&route) {
        if let Some(app) = response.request().app_data::<web::Data<App>>() {
            app.tally.count(method.as_str(), &route, status, clock::now());
        }
    } else {
        let took = started.elapsed().as_secs_f64() * 1000.0;
        tracing::info!(target: "rapport::request", %method, route, status, milliseconds = took.round(), "request");
    }
    Ok(response)
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
