//! The server that is measured: this binary, in a process of its own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::failed;
use crate::cli::Failure;
use crate::store::DatabaseUrl;

/// A running server; killed when dropped.
pub struct Subject {
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it said so.
    pub started_in: Duration,
    child: Child,
}

/// Linux counts time on the processor in hundredths of a second, whatever the kernel's own tick.
const TICKS: f64 = 100.0;

impl Subject {
    /// Starts one that commits at most `batch` writes at a time.
    pub fn start(url: &DatabaseUrl, batch: usize) -> Result<Self, Failure> {
        Self::start_with(url, batch, &[])
    }

    /// The same with more of its configuration.
    pub fn start_with(url: &DatabaseUrl, batch: usize, more: &[(&str, String)]) -> Result<Self, Failure> {
        let begun = Instant::now();
        let address = match url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(address) => address.clone(),
        };
        let this = std::env::current_exe().map_err(failed)?;
        let mut child = Command::new(this)
            .args([
                "bench",
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--batch",
            ])
            .arg(batch.to_string())
            .env("RAPPORT_DATABASE_URL", address)
            .env("RAPPORT_SECRET", "a secret for servers that are only measured")
            .envs(more.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut line = String::new();
        let told = child.stdout.take().ok_or_else(|| failed("no standard output"))?;
        BufReader::new(told).read_line(&mut line).map_err(failed)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default();
        let address = address
            .parse()
            .map_err(|error| failed(format!("the server did not start: {error}: {line}")))?;
        Ok(Self {
            address,
            started_in: begun.elapsed(),
            child,
        })
    }

    /// Its time on the processor so far.
    pub fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name in brackets may hold anything; what follows it is numbers, of which the 12th and 13th count.
        let numbers = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u32 = numbers
            .skip(11)
            .take(2)
            .filter_map(|number| number.parse::<u32>().ok())
            .sum();
        Duration::from_secs_f64(f64::from(ticks) / TICKS)
    }

    /// Its memory now, in MiB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap_or_default();
        let kilobytes: f64 = line.trim_end_matches("kB").trim().parse().unwrap_or_default();
        kilobytes / 1024.0
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
