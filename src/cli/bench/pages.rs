//! `rapport bench pages`: how long pages take when many people read at once. It asks a running server over real
//! connections, as browsers do: signed in, compressed, each reader on a connection of their own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::{Failure, Format, Outcome, output};

/// Flags of `rapport bench pages`.
#[derive(Debug, clap::Args)]
pub struct Pages {
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:8080")]
    address: String,
    /// Who reads.
    #[arg(long)]
    email: String,
    /// Their password.
    #[arg(long, env = "RAPPORT_BENCH_PASSWORD", hide_env_values = true)]
    password: String,
    /// How many read at once.
    #[arg(long, default_value_t = 32)]
    readers: u32,
    /// How long each page is read, in seconds.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// The pages.
    #[arg(required = true)]
    pages: Vec<String>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// What was measured of a page.
#[derive(Debug, Serialize)]
struct Measured {
    page: String,
    /// Bytes that travelled, compressed.
    bytes: usize,
    /// Requests a second over all readers.
    per_second: f64,
    /// Milliseconds.
    p50: f64,
    /// Milliseconds.
    p99: f64,
}

/// Reads the pages.
///
/// # Errors
/// [`Failure`] when the server cannot be reached, refuses the sign-in, or answers a page with anything but 200.
pub fn run(args: &Pages) -> Outcome {
    let cookie = sign_in(args)?;
    let mut found = Vec::new();
    for page in &args.pages {
        found.push(measure(args, page, &cookie)?);
    }
    let row = |measured: &Measured| {
        vec![
            measured.page.clone(),
            measured.bytes.to_string(),
            format!("{:.0}", measured.per_second),
            format!("{:.2}", measured.p50),
            format!("{:.2}", measured.p99),
        ]
    };
    output::print(
        args.format,
        &found,
        &["page", "bytes", "per second", "p50 ms", "p99 ms"],
        found.iter().map(row),
    )
}

fn unreachable(address: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Input(format!(
        "{address}: {error}; start the server and name its address with --address"
    ))
}

/// A connection that is kept.
struct Reader {
    stream: BufReader<TcpStream>,
    address: String,
}

/// An answer: status, cookies, length of the body.
struct Answer {
    status: String,
    cookies: Vec<String>,
    bytes: usize,
}

impl Reader {
    fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).map_err(|error| unreachable(address, &error))?;
        stream
            .set_nodelay(true)
            .map_err(|error| unreachable(address, &error))?;
        Ok(Self {
            stream: BufReader::new(stream),
            address: address.to_owned(),
        })
    }

    fn ask(&mut self, request: &str) -> Result<Answer, Failure> {
        let address = self.address.clone();
        let failed = |error: std::io::Error| unreachable(&address, &error);
        self.stream
            .get_mut()
            .write_all(request.as_bytes())
            .map_err(failed)?;
        let mut status = String::new();
        self.stream.read_line(&mut status).map_err(failed)?;
        let (mut cookies, mut length, mut chunked) = (Vec::new(), 0, false);
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).map_err(failed)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "transfer-encoding" => chunked = true,
                "set-cookie" => cookies.extend(value.trim().split(';').next().map(str::to_owned)),
                _ => {}
            }
        }
        let bytes = if chunked {
            self.chunks().map_err(failed)?
        } else {
            self.body(length).map_err(failed)?
        };
        Ok(Answer {
            status,
            cookies,
            bytes,
        })
    }

    fn body(&mut self, length: usize) -> std::io::Result<usize> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(length)
    }

    fn chunks(&mut self) -> std::io::Result<usize> {
        let mut whole = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let length = usize::from_str_radix(line.trim(), 16).unwrap_or(0);
            whole += self.body(length)?;
            let mut end = [0; 2];
            self.stream.read_exact(&mut end)?;
            if length == 0 {
                return Ok(whole);
            }
        }
    }
}

fn sign_in(args: &Pages) -> Result<String, Failure> {
    let escaped = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>()
    };
    let form = format!(
        "email={}&password={}",
        escaped(&args.email),
        escaped(&args.password)
    );
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{form}",
        args.address,
        form.len()
    );
    let answer = Reader::open(&args.address)?.ask(&request)?;
    if answer.cookies.is_empty() {
        let told = answer.status.trim().to_owned();
        return Err(Failure::Input(format!(
            "the sign-in of `{}` was refused ({told})",
            args.email
        )));
    }
    Ok(answer.cookies.join("; "))
}

fn measure(args: &Pages, page: &str, cookie: &str) -> Result<Measured, Failure> {
    let request = format!(
        "GET {page} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\naccept-encoding: gzip\r\naccept: text/html\r\n\r\n",
        args.address
    );
    let bytes = check(Reader::open(&args.address)?.ask(&request)?, page)?;
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let started = Instant::now();
    let times = thread::scope(|scope| {
        let readers: Vec<_> = (0..args.readers)
            .map(|_| scope.spawn(|| read(args, &request, page, until)))
            .collect();
        let mut times = Vec::new();
        for reader in readers {
            let found = reader
                .join()
                .map_err(|_panic| Failure::System("a reader stopped".to_owned()))??;
            times.extend(found);
        }
        Ok::<_, Failure>(times)
    })?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(summary(page, bytes, times, seconds))
}

fn check(answer: Answer, page: &str) -> Result<usize, Failure> {
    if answer.status.contains(" 200 ") {
        Ok(answer.bytes)
    } else {
        Err(Failure::Input(format!(
            "{page} answered {}",
            answer.status.trim()
        )))
    }
}

fn read(args: &Pages, request: &str, page: &str, until: Instant) -> Result<Vec<f64>, Failure> {
    let mut reader = Reader::open(&args.address)?;
    let mut times = Vec::new();
    while Instant::now() < until {
        let asked = Instant::now();
        check(reader.ask(request)?, page)?;
        times.push(asked.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

fn summary(page: &str, bytes: usize, mut times: Vec<f64>, seconds: f64) -> Measured {
    times.sort_by(f64::total_cmp);
    let at = |per_cent: usize| {
        times
            .get(times.len().saturating_sub(1) * per_cent / 100)
            .copied()
            .unwrap_or(0.0)
    };
    let answered = u32::try_from(times.len()).map_or(0.0, f64::from);
    Measured {
        page: page.to_owned(),
        bytes,
        per_second: answered / seconds.max(f64::MIN_POSITIVE),
        p50: at(50),
        p99: at(99),
    }
}
