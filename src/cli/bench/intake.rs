//! Which measurements there are, and how they are told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::load::{self, Requests, per};
use super::subject::Subject;
use super::world::{self, Codes};
use super::{IntakeArgs, failed, migrated};
use crate::cli::{Failure, Outcome, output};
use crate::identity::random_id;
use crate::store::DatabaseUrl;

/// Group commit as in the field.
const GROUP: usize = 512;

/// How many rows share a commit in the bare loop.
const BARE: usize = 128;

/// One line of the result.
#[derive(Debug, Default, Serialize)]
struct Measured {
    what: String,
    connections: usize,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    failed: usize,
    /// Time of the servers on the processor for each request, in milliseconds.
    cpu_ms: f64,
    /// Memory of the first server at the end, in MiB.
    memory_mib: f64,
    /// The longest response, head and body.
    bytes: usize,
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// A response with its invitation, over the API.
    Post,
    /// The page of an invitation.
    Page,
    /// A style sheet.
    File,
}

/// Measures, prints.
///
/// # Errors
/// [`Failure`] when a server does not start.
pub async fn run(args: &IntakeArgs) -> Outcome {
    let name = format!("rapport-bench-{}", random_id().map_err(failed)?);
    let folder = args
        .folder
        .clone()
        .unwrap_or_else(|| std::env::temp_dir().join(name));
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let mut bench = Bench {
        args,
        folder: folder.clone(),
        lines: Vec::new(),
        rounds: 0,
    };
    let measured = bench.all().await;
    if args.folder.is_none() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    measured?;
    let rows = bench.lines.iter().map(Measured::row).collect::<Vec<_>>();
    let headings = [
        "what",
        "connections",
        "per second",
        "p50 ms",
        "p99 ms",
        "failed",
        "cpu ms",
        "MiB",
        "bytes",
    ];
    output::print(args.format, &bench.lines, &headings, rows)
}

struct Bench<'a> {
    args: &'a IntakeArgs,
    folder: PathBuf,
    lines: Vec<Measured>,
    rounds: usize,
}

impl Bench<'_> {
    async fn all(&mut self) -> Outcome {
        self.bare().await?;
        for connections in self.args.connections.clone() {
            if self.args.postgres.is_none() {
                self.served("post, one transaction each", Asked::Post, 1, connections)
                    .await?;
            }
            self.served("post, group commit", Asked::Post, GROUP, connections)
                .await?;
        }
        let connections = self.args.connections.first().copied().unwrap_or(32);
        self.served("get the page of an invitation", Asked::Page, GROUP, connections)
            .await?;
        self.served("get a style sheet", Asked::File, GROUP, connections)
            .await
    }

    fn wanted(&self, what: &str) -> bool {
        self.args
            .only
            .as_ref()
            .is_none_or(|only| what.contains(only.as_str()))
    }

    /// A fresh file for each measurement on SQLite; one database for all on PostgreSQL.
    fn place(&mut self) -> DatabaseUrl {
        self.rounds += 1;
        match &self.args.postgres {
            Some(url) => url.clone(),
            None => DatabaseUrl::Sqlite(self.folder.join(format!("{}.sqlite", self.rounds))),
        }
    }

    async fn bare(&mut self) -> Outcome {
        let what = format!("bare insert, {BARE} rows a commit");
        if !self.wanted(&what) {
            return Ok(());
        }
        let url = self.place();
        let store = migrated(&url).await?;
        let round = format!("bench-{}", self.rounds);
        world::open_round(&store, &round, 1).await?;
        let (started, mut rows) = (Instant::now(), 0);
        let batches = self.args.people / BARE / 4;
        while rows == 0 {
            rows = world::insert_bare(&store, &round, BARE, batches.max(1)).await?;
        }
        let rate = per(rows, started.elapsed().as_secs_f64());
        self.lines.push(Measured {
            what,
            connections: 1,
            per_second: rate,
            ..Measured::default()
        });
        Ok(())
    }

    async fn served(&mut self, what: &str, asked: Asked, batch: usize, connections: usize) -> Outcome {
        if !self.wanted(what) {
            return Ok(());
        }
        let url = self.place();
        let round = format!("bench-{}", self.rounds);
        let codes = prepared(&url, &round, self.args).await?;
        let instances = if self.args.postgres.is_some() { 2 } else { 1 };
        let subjects = (0..instances)
            .map(|_| Subject::start(&url, batch))
            .collect::<Result<Vec<_>, Failure>>()?;
        let addresses: Vec<SocketAddr> = subjects.iter().map(|subject| subject.address).collect();
        for subject in &subjects {
            eprintln!("{what}: ready in {} ms", subject.started_in.as_millis());
        }
        // What is prepared at the first request (the form) is not what is measured.
        let warm = Duration::from_millis(300);
        load::drive(
            &addresses,
            instances,
            warm,
            &requests(Asked::Page, &codes, &round, 1),
        )
        .await;
        let before: Duration = subjects.iter().map(Subject::processor_time).sum();
        let lasts = Duration::from_secs(u64::from(self.args.seconds));
        let outcome = load::drive(
            &addresses,
            connections,
            lasts,
            &requests(asked, &codes, &round, usize::MAX),
        )
        .await;
        let after: Duration = subjects.iter().map(Subject::processor_time).sum();
        let all = outcome.done + outcome.failed;
        self.lines.push(Measured {
            what: what.to_owned(),
            connections,
            per_second: outcome.rate(),
            p50_ms: outcome.percentile(50),
            p99_ms: outcome.percentile(99),
            failed: outcome.failed,
            cpu_ms: 1.0 / per(all, after.saturating_sub(before).as_secs_f64() * 1000.0),
            memory_mib: subjects.first().map_or(0.0, Subject::memory),
            bytes: outcome.bytes,
        });
        Ok(())
    }
}

async fn prepared(url: &DatabaseUrl, round: &str, args: &IntakeArgs) -> Result<Codes, Failure> {
    let store = migrated(url).await?;
    if args.stored > 0 {
        world::open_round(&store, "before", 1).await?;
        world::store_responses(&store, "before", args.stored).await?;
    }
    world::open_round(&store, round, args.people).await
}

/// The requests of a kind; of those that answer there are as many as there are people, of others `most`.
fn requests(asked: Asked, codes: &Codes, round: &str, most: usize) -> Requests {
    let (codes, round) = (Arc::clone(codes), round.to_owned());
    Arc::new(move |number| {
        if number >= most {
            return None;
        }
        let text = match asked {
            Asked::Post => {
                let body = world::submission(codes.get(number)?, number);
                format!(
                    "POST /api/v1/rounds/{round}/responses HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n\
                     Idempotency-Key: bench-{number}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
            }
            Asked::Page => get(&format!("/i/{}", codes.get(number % codes.len().max(1))?)),
            Asked::File => get("/static/base.css"),
        };
        Some(text.into_bytes())
    })
}

/// As a browser asks.
fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n")
}

impl Measured {
    fn row(&self) -> Vec<String> {
        vec![
            self.what.clone(),
            self.connections.to_string(),
            format!("{:.0}", self.per_second),
            format!("{:.2}", self.p50_ms),
            format!("{:.2}", self.p99_ms),
            self.failed.to_string(),
            format!("{:.3}", self.cpu_ms),
            format!("{:.0}", self.memory_mib),
            self.bytes.to_string(),
        ]
    }
}
