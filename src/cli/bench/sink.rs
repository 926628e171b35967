//! A mail server that takes everything at once and remembers how often whom it was written to: as fast as mail can be handed over,
//! and honest about a second copy.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::failed;
use crate::cli::Failure;

/// A running sink; it ends with the process.
#[derive(Debug, Clone)]
pub struct Sink {
    /// Where it listens.
    pub address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    /// By address: the Message-ID of the first mail, and how many came.
    people: HashMap<String, (String, u32)>,
    mails: usize,
    /// Further mails to somebody with another Message-ID than the first: another mail, not a copy.
    others: usize,
}

/// What the sink took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Mails.
    pub mails: usize,
    /// To how many people.
    pub people: usize,
    /// People who got a second copy, byte for byte under the same Message-ID.
    pub twice: usize,
    /// Mails beyond the first that are no copies.
    pub others: usize,
}

impl Sink {
    /// Starts one on a free port of this machine.
    pub async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let sink = Self {
            address: listener.local_addr().map_err(failed)?,
            heard: Arc::default(),
        };
        let heard = Arc::clone(&sink.heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let heard = Arc::clone(&heard);
                // A client that is killed in the middle of a sentence ends its conversation, nobody else's.
                tokio::spawn(async move { drop(converse(stream, &heard).await) });
            }
        });
        Ok(sink)
    }

    /// What came so far.
    pub fn count(&self) -> Count {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        Count {
            mails: heard.mails,
            people: heard.people.len(),
            twice: heard.people.values().filter(|(_, copies)| *copies > 1).count(),
            others: heard.others,
        }
    }
}

impl Heard {
    fn take(&mut self, to: String, id: String) {
        self.mails += 1;
        let (first, copies) = self.people.entry(to).or_insert_with(|| (id.clone(), 0));
        *copies += 1;
        if *first != id {
            self.others += 1;
        }
    }
}

async fn converse(stream: TcpStream, heard: &Mutex<Heard>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (reading, mut out) = stream.into_split();
    let mut lines = BufReader::new(reading);
    let mut to = String::new();
    out.write_all(b"220 sink ESMTP\r\n").await?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.trim_end().to_ascii_uppercase();
        let said: &[u8] = if verb.starts_with("EHLO") {
            b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
        } else if verb == "DATA" {
            out.write_all(b"354 go on\r\n").await?;
            let id = content(&mut lines).await?;
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.take(std::mem::take(&mut to), id);
            b"250 taken\r\n"
        } else if verb == "QUIT" {
            return out.write_all(b"221 bye\r\n").await;
        } else {
            if verb.starts_with("RCPT TO:") {
                to = between(&line);
            }
            b"250 ok\r\n"
        };
        out.write_all(said).await?;
    }
}

/// Reads a mail to its end; its Message-ID.
async fn content<R: tokio::io::AsyncBufRead + Unpin>(lines: &mut R) -> std::io::Result<String> {
    let (mut id, mut line) = (String::new(), Vec::new());
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(id);
        }
        if line.len() > 11 && id.is_empty() && line.to_ascii_lowercase().starts_with(b"message-id:") {
            id = String::from_utf8_lossy(&line).trim().to_owned();
        }
    }
}

fn between(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split_once('>').map_or("", |(inside, _)| inside).to_owned()
}
