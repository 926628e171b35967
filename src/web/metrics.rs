//! What operators see of a running server, in the text form of Prometheus.
//!
//! **Why our own few lines.** What is exported is a table of counts and four histograms. The crates that do this bring a
//! global registry and some forty dependencies, and know nothing of the rule below.
//!
//! **Nothing here tells when somebody answered.** A counter that goes up by one at 03:12 would say what the log may not.
//! So everything that an answer moves (requests of respondents, commits) is shown in steps: the figures stand still until
//! [`STEP`] more have come. Under load that is invisible, and alone at night it hides the one.
//!
//! **Who may see it.** With `metrics_token`, whoever shows it as `Authorization: Bearer`. Without one, only this machine,
//! and only when no public URL is configured: behind a proxy everybody seems to come from this machine.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use subtle::ConstantTimeEq;

use crate::meter::{Histogram, Reading, SECONDS};
use crate::store::Pulse;

/// Figures that answers move are shown anew when so many more were counted.
pub const STEP: u64 = 10;

/// How many different routes, methods and statuses are counted; a method of one's own invention is no way to fill memory.
const LINES: usize = 2_000;

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    access: Access,
    requests: Mutex<BTreeMap<Line, u64>>,
    respondents: Mutex<BTreeMap<Line, u64>>,
    seconds: Histogram,
    respondent_seconds: Histogram,
    seals: Histogram,
    shown: Mutex<Shown>,
    started: Instant,
}

/// A method, a route pattern and a status.
type Line = (String, String, u16);

/// Who may read the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Whoever is on this machine.
    ThisMachine,
    /// Whoever has the token.
    Token(String),
    /// Nobody.
    Nobody,
}

/// What was shown last of what answers move.
#[derive(Debug, Default)]
struct Shown {
    requests: BTreeMap<Line, u64>,
    seconds: Reading,
    commit_seconds: Reading,
    batch_sizes: Reading,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(Access::ThisMachine)
    }
}

impl Metrics {
    /// Nothing was counted yet.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self {
            access,
            requests: Mutex::default(),
            respondents: Mutex::default(),
            seconds: Histogram::new(SECONDS),
            respondent_seconds: Histogram::new(SECONDS),
            seals: Histogram::new(SECONDS),
            shown: Mutex::default(),
            started: Instant::now(),
        }
    }

    /// Counts a request by the pattern of its route, never by its path. `private` are those of respondents.
    pub fn request(&self, method: &Method, route: &str, status: u16, took: Duration, private: bool) {
        let (lines, seconds) = if private {
            (&self.respondents, &self.respondent_seconds)
        } else {
            (&self.requests, &self.seconds)
        };
        seconds.took(took);
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let method = known(method);
        if lines.len() < LINES {
            *lines
                .entry((method.to_owned(), route.to_owned(), status))
                .or_default() += 1;
        }
    }

    /// Counts a seal.
    pub fn sealed(&self, took: Duration) {
        self.seals.took(took);
    }

    /// Whether this request may see the figures.
    #[must_use]
    pub fn may_see(&self, request: &HttpRequest) -> bool {
        match &self.access {
            Access::Nobody => false,
            Access::ThisMachine => {
                let here = |ip: IpAddr| ip.to_canonical().is_loopback();
                request.peer_addr().is_some_and(|peer| here(peer.ip()))
            }
            Access::Token(token) => {
                let given = request.headers().get(header::AUTHORIZATION);
                let given = given.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
                given.is_some_and(|given| given.ct_eq(token.as_bytes()).into())
            }
        }
    }

    /// Everything, in the text form of Prometheus.
    #[must_use]
    pub fn text(&self, pulse: &Pulse) -> String {
        let mut page = Page::default();
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        {
            let shown = self.step(pulse);
            page.requests(requests.iter().chain(&shown.requests));
            page.histogram(
                "rapport_request_seconds",
                "Time to answer, without respondents' requests.",
                &self.seconds.read(),
            );
            page.histogram(
                "rapport_respondent_request_seconds",
                "Time to answer respondents' requests.",
                &shown.seconds,
            );
            page.histogram(
                "rapport_commit_seconds",
                "Time from the first statement of a batch until it was on the disk.",
                &shown.commit_seconds,
            );
            page.histogram(
                "rapport_batch_size",
                "Writes that shared a commit.",
                &shown.batch_sizes,
            );
        }
        page.histogram(
            "rapport_seal_seconds",
            "Time to seal a round.",
            &self.seals.read(),
        );
        page.single("rapport_queue_depth", "gauge", "Writes that wait.", pulse.waiting);
        page.single(
            "rapport_queue_limit",
            "gauge",
            "Writes that may wait before clients get 503.",
            pulse.may_wait,
        );
        page.single(
            "rapport_commit_failures_total",
            "counter",
            "Commits that failed.",
            pulse.failed,
        );
        page.single(
            "rapport_uptime_seconds",
            "gauge",
            "How long this process runs.",
            self.started.elapsed().as_secs(),
        );
        if let Some(bytes) = resident_bytes() {
            page.single("process_resident_memory_bytes", "gauge", "Memory in use.", bytes);
        }
        page.0
    }

    /// The figures that answers move, anew where [`STEP`] more have come.
    fn step(&self, pulse: &Pulse) -> std::sync::MutexGuard<'_, Shown> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let respondents = self.respondents.lock().unwrap_or_else(PoisonError::into_inner);
        let total = |lines: &BTreeMap<Line, u64>| lines.values().sum::<u64>();
        if total(&respondents) >= total(&shown.requests) + STEP {
            shown.requests.clone_from(&respondents);
            shown.seconds = self.respondent_seconds.read();
        }
        if pulse.commit_seconds.count >= shown.commit_seconds.count + STEP {
            shown.commit_seconds = pulse.commit_seconds.clone();
            shown.batch_sizes = pulse.batch_sizes.clone();
        }
        shown
    }
}

/// The method, unless somebody invented it.
fn known(method: &Method) -> &str {
    const KNOWN: [Method; 6] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    KNOWN
        .iter()
        .find(|known| *known == method)
        .map_or("other", Method::as_str)
}

/// Linux tells it in kilobytes; elsewhere nothing is told.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The text under construction.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.line(&format!("# HELP {name} {help}\n# TYPE {name} {kind}"));
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        self.line(&format!("{name} {value}"));
    }

    fn requests<'a>(&mut self, lines: impl Iterator<Item = (&'a Line, &'a u64)>) {
        let name = "rapport_requests_total";
        self.head(name, "counter", "Requests by method, route pattern and status.");
        for ((method, route, status), count) in lines {
            self.line(&format!(
                "{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            ));
        }
    }

    fn histogram(&mut self, name: &str, help: &str, reading: &Reading) {
        self.head(name, "histogram", help);
        for (bound, count) in &reading.at_most {
            self.line(&format!("{name}_bucket{{le=\"{bound}\"}} {count}"));
        }
        self.line(&format!("{name}_bucket{{le=\"+Inf\"}} {}", reading.count));
        self.line(&format!(
            "{name}_sum {}\n{name}_count {}",
            reading.sum, reading.count
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulse(commits: u64) -> Pulse {
        let reading = Reading {
            count: commits,
            ..Reading::default()
        };
        Pulse {
            waiting: 3,
            may_wait: 4096,
            commit_seconds: reading.clone(),
            batch_sizes: reading,
            failed: 0,
        }
    }

    /// The whole point: one answer more does not change a single figure.
    #[test]
    fn what_answers_move_is_shown_in_steps() {
        let metrics = Metrics::default();
        let answer = || metrics.request(&Method::POST, "/i/{code}", 200, Duration::from_millis(1), true);
        let figures = |commits: u64| {
            let text = metrics.text(&pulse(commits));
            let told = |start: &str| {
                text.lines()
                    .find_map(|line| line.strip_prefix(start))
                    .map(str::to_owned)
            };
            (
                told("rapport_requests_total{method=\"POST\""),
                told("rapport_commit_seconds_count "),
                told("rapport_respondent_request_seconds_count "),
            )
        };
        let none = figures(0);
        for n in 1..STEP {
            answer();
            assert_eq!(figures(n), none, "{n} answers are seen");
        }
        answer();
        let ten = (
            Some(",route=\"/i/{code}\",status=\"200\"} 10".to_owned()),
            Some("10".to_owned()),
            Some("10".to_owned()),
        );
        assert_eq!(figures(STEP), ten);
        answer();
        assert_eq!(figures(STEP + 1), ten);
    }

    #[test]
    fn invented_methods_are_one_line() {
        let metrics = Metrics::default();
        for n in 0..100 {
            let method = Method::from_bytes(format!("X{n}").as_bytes()).unwrap();
            metrics.request(&method, "/", 405, Duration::ZERO, false);
        }
        assert_eq!(metrics.requests.lock().unwrap().len(), 1);
    }
}
