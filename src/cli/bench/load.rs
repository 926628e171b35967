//! The load generator: so many connections, each sending one request after the other.
//!
//! It has to be much cheaper than what it measures, since both share the machine: requests are prepared as bytes, and of
//! a response only the status and the length are read.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Makes the request of a number, as the bytes to send. `None` when there are no more.
pub type Requests = Arc<dyn Fn(usize) -> Option<Vec<u8>> + Send + Sync>;

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// How many were answered with a status below 300.
    pub done: usize,
    /// How many were answered otherwise, or not at all.
    pub failed: usize,
    /// How long it lasted.
    pub took: Duration,
    /// How long each took, ascending.
    pub latencies: Vec<Duration>,
    /// The length of the last response, head and body.
    pub bytes: usize,
}

impl Outcome {
    /// Successful requests a second.
    pub fn rate(&self) -> f64 {
        per(self.done, self.took.as_secs_f64())
    }

    /// The latency below which so many percent lie, in milliseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        let place = self.latencies.len().saturating_mul(percent) / 100;
        let latency = self.latencies.get(place).or(self.latencies.last());
        latency.map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
    }
}

/// `count` divided by `amount`.
pub fn per(count: usize, amount: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / amount
}

/// Sends for so long over so many connections, which are spread over the addresses.
pub async fn drive(
    addresses: &[SocketAddr],
    connections: usize,
    lasts: Duration,
    requests: &Requests,
) -> Outcome {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let ends = started + lasts;
    let sending = (0..connections).filter_map(|number| {
        let address = *addresses.get(number % addresses.len().max(1))?;
        Some(tokio::spawn(send(
            address,
            ends,
            Arc::clone(&next),
            Arc::clone(requests),
        )))
    });
    let parts = futures_util::future::join_all(sending.collect::<Vec<_>>()).await;
    let mut all = Outcome {
        took: started.elapsed(),
        ..Outcome::default()
    };
    for part in parts.into_iter().flatten() {
        all.done += part.done;
        all.failed += part.failed;
        all.bytes = all.bytes.max(part.bytes);
        all.latencies.extend(part.latencies);
    }
    all.latencies.sort_unstable();
    all
}

async fn send(address: SocketAddr, ends: Instant, next: Arc<AtomicUsize>, requests: Requests) -> Outcome {
    let mut outcome = Outcome::default();
    let Ok(mut stream) = TcpStream::connect(address).await else {
        outcome.failed = 1;
        return outcome;
    };
    drop(stream.set_nodelay(true));
    let mut buffer = Vec::with_capacity(64 * 1024);
    while Instant::now() < ends {
        let Some(request) = requests(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let begun = Instant::now();
        match exchange(&mut stream, &request, &mut buffer).await {
            Some((status, bytes)) => {
                outcome.bytes = bytes;
                outcome.latencies.push(begun.elapsed());
                if status < 300 {
                    outcome.done += 1
                } else {
                    outcome.failed += 1
                }
            }
            None => {
                outcome.failed += 1;
                break;
            }
        }
    }
    outcome
}

/// One request and its response: the status and the number of bytes.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Option<(u16, usize)> {
    stream.write_all(request).await.ok()?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
        let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(buffer.get(..head)?).ok()?;
        let status = text.get(9..12)?.parse().ok()?;
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        let chunked_ends = || buffer.ends_with(b"0\r\n\r\n");
        match length {
            Some(length) if buffer.len() >= head + 4 + length => return Some((status, buffer.len())),
            None if chunked_ends() => return Some((status, buffer.len())),
            _ => {}
        }
    }
}
