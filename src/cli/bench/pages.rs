//! `rapport bench pages`: how long pages of results take when many people read at once, over years of rounds.
//!
//! The years are made once, on an empty database, and may be measured again. The server is this binary in a process of
//! its own; it is read as browsers read: signed in, compressed, each reader on a connection that is kept.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;

use super::filled::{self, Size};
use super::load::{self, Requests};
use super::subject::Subject;
use super::{failed, sign_in};
use crate::cli::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::Actor;
use crate::report::{desk, read};
use crate::round::{self, RoundError, RoundId};
use crate::store::Store;

/// Flags of `rapport bench pages`.
#[derive(Debug, clap::Args)]
pub struct Pages {
    /// How many agencies there are.
    #[arg(long, default_value_t = 120)]
    agencies: u32,
    /// How many published rounds.
    #[arg(long, default_value_t = 40)]
    rounds: u32,
    /// How many people of each agency answered each round.
    #[arg(long, default_value_t = 30)]
    answers: u32,
    /// How many read at once.
    #[arg(long, default_value_t = 32)]
    readers: usize,
    /// How long each page is read, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What was measured of a page.
#[derive(Debug, Serialize)]
struct Measured {
    page: String,
    /// What travels, head and compressed body.
    bytes: usize,
    /// The page and every file that it asks a browser for.
    requests: usize,
    /// How long one reader alone waits when the page is made anew, in milliseconds.
    made_ms: f64,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    failed: usize,
    /// Time of the server on the processor for each request, in milliseconds.
    cpu_ms: f64,
}

/// How long lies between two rounds: four a year.
const QUARTER: SignedDuration = SignedDuration::from_hours(24 * 91);

/// How often a page is made anew.
const MADE: usize = 9;

/// Writes share a commit as in the field.
const GROUP: usize = 512;

/// Makes the years where there are none, and measures every page of the last of them.
///
/// # Errors
/// [`Failure`] when the database holds something else, or the server does not start.
pub async fn run(context: &Context, args: Pages) -> Outcome {
    let store = context.store().await?;
    let last = years(&store, &args).await?;
    sign_in::reader(&store).await?;
    let subject = Subject::start(&context.config.database()?, GROUP)?;
    let cookie = sign_in::cookie(subject.address).await?;
    let mut found = Vec::new();
    for page in pages(&last) {
        found.push(measure(&subject, &args, page, &cookie).await?);
    }
    let headings = [
        "page",
        "bytes",
        "requests",
        "made ms",
        "per second",
        "p50 ms",
        "p99 ms",
        "failed",
        "cpu ms",
    ];
    output::print(args.format, &found, &headings, found.iter().map(Measured::row))
}

/// What leadership and one agency read, each page as it opens first.
fn pages(last: &RoundId) -> Vec<String> {
    let of_round = [
        "",
        "?sort=change.trust&show=down",
        "/heat",
        "/heat?cut=role/staff",
        "/drivers",
        "/compare?a=agency/A001&b=agency/A002",
        "/files",
        "/number?audience=staff&unit=agency/A001&subject=index/trust",
    ];
    let of_round = of_round.iter().map(|end| format!("/results/{last}{end}"));
    let others = ["/agencies/A001", "/agencies/A001/briefing", "/method"];
    of_round.chain(others.map(str::to_owned)).collect()
}

/// The id of the last round. Makes them all when the database is empty.
async fn years(store: &Store, args: &Pages) -> Result<RoundId, Failure> {
    let known = store.read(read::published_rounds).await?;
    let wanted = usize::try_from(args.rounds).unwrap_or(usize::MAX);
    if let Some(last) = known.first().filter(|_| known.len() == wanted) {
        return Ok(last.round.clone());
    }
    if !store.read(|conn| round::list(conn, None, 1)).await?.is_empty() {
        return Err(Failure::Input(format!(
            "the database holds something else than {wanted} rounds of this measurement; give it an empty folder of its \
             own: --data-dir bench"
        )));
    }
    let size = Size {
        responses: args.answers.saturating_mul(args.agencies),
        agencies: args.agencies,
    };
    let now = clock::now();
    let definition = filled::prepare(store, size, now - QUARTER * signed(args.rounds)).await?;
    let bar = output::bar("{bar:40} {pos}/{len} rounds  {elapsed} (about {eta} left)");
    bar.set_length(u64::from(args.rounds));
    let mut last = None;
    for number in 1..=args.rounds {
        let closed = now - QUARTER * signed(args.rounds - number);
        let id = id_of(number)?;
        filled::round(store, &definition, &id, size, closed).await?;
        desk::seal(
            store,
            &Actor::operator(),
            &id,
            None,
            clock::now(),
            desk::quietly(),
        )
        .await?;
        let published = id.clone();
        store
            .write(move |conn| round::publish(conn, &published, clock::now()).map(drop))
            .await
            .map_err(|error: RoundError| failed(error))?;
        bar.set_position(u64::from(number));
        last = Some(id);
    }
    bar.finish_and_clear();
    last.ok_or_else(|| Failure::Input("--rounds must be at least 1".to_owned()))
}

fn signed(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn id_of(number: u32) -> Result<RoundId, Failure> {
    format!("bench-{number:02}").parse().map_err(failed)
}

async fn measure(subject: &Subject, args: &Pages, page: String, cookie: &str) -> Result<Measured, Failure> {
    let addresses = [subject.address];
    let asking = |accept: &str| -> Vec<u8> {
        format!("GET {page} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\nAccept: text/html\r\n{accept}\r\n")
            .into_bytes()
    };
    // Who takes no compressed page gets one that was made for them.
    let requests = 1 + files_of(&load::ask(subject.address, &asking("")).await?);
    let plain = asking("");
    let anew: Requests = Arc::new(move |number| (number < MADE).then(|| plain.clone()));
    let made = load::drive(&addresses, 1, Duration::from_secs(60), &anew).await;
    let request = asking("Accept-Encoding: gzip\r\n");
    let always: Requests = Arc::new(move |_| Some(request.clone()));
    let before = subject.processor_time();
    let lasts = Duration::from_secs(u64::from(args.seconds));
    let outcome = load::drive(&addresses, args.readers, lasts, &always).await;
    let spent = subject.processor_time().saturating_sub(before).as_secs_f64() * 1000.0;
    Ok(Measured {
        page,
        bytes: outcome.bytes,
        requests,
        made_ms: made.percentile(50),
        per_second: outcome.rate(),
        p50_ms: outcome.percentile(50),
        p99_ms: outcome.percentile(99),
        failed: outcome.failed,
        cpu_ms: 1.0 / load::per(outcome.done + outcome.failed, spent),
    })
}

/// How many files a page asks for: style sheets, scripts and pictures that are not inside it.
fn files_of(answer: &str) -> usize {
    let linked = answer.matches("<link rel=\"stylesheet\"").count();
    linked + answer.matches("<script").count() + answer.matches("<img").count()
}

impl Measured {
    fn row(&self) -> Vec<String> {
        vec![
            self.page.clone(),
            self.bytes.to_string(),
            self.requests.to_string(),
            format!("{:.1}", self.made_ms),
            format!("{:.0}", self.per_second),
            format!("{:.2}", self.p50_ms),
            format!("{:.2}", self.p99_ms),
            self.failed.to_string(),
            format!("{:.3}", self.cpu_ms),
        ]
    }
}
