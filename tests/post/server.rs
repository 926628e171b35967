//! A small mail server: RFC 5321 over TCP, as much as a client that sends needs. It keeps what it took.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine as _;

/// What the server does at a point of the conversation instead of saying yes.
#[derive(Clone, Default)]
pub struct Temper {
    /// Answers to RCPT by address, each used once, in order.
    pub rcpt: HashMap<String, Vec<&'static str>>,
    /// Answers to the end of DATA by address, each used once, in order.
    pub data: HashMap<String, Vec<&'static str>>,
    /// Answers to MAIL, each used once, in order.
    pub mail: Vec<&'static str>,
    /// The connection is cut after the mail was taken and before its 250, once for each of these addresses.
    pub cut_before_250: Vec<String>,
    /// How long it thinks before it answers the end of DATA.
    pub thinks: Duration,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The envelope's recipient.
    pub to: String,
    /// Headers and body, as they came.
    pub raw: String,
}

/// A running mail server.
#[derive(Clone)]
pub struct MailServer {
    /// Where it listens.
    pub address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    temper: Arc<Mutex<Temper>>,
    connections: Arc<Mutex<usize>>,
}

impl MailServer {
    /// A server that takes everything.
    pub fn start() -> Self {
        Self::with(Temper::default())
    }

    /// One that is away: nobody listens at its address.
    pub fn away() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self {
            address: listener.local_addr().expect("an address"),
            taken: Arc::default(),
            temper: Arc::default(),
            connections: Arc::default(),
        }
    }

    /// A server with a temper.
    pub fn with(temper: Temper) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("an address"),
            taken: Arc::default(),
            temper: Arc::new(Mutex::new(temper)),
            connections: Arc::default(),
        };
        let serving = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let serving = serving.clone();
                *serving.connections.lock().unwrap() += 1;
                // A client that goes away in the middle of a sentence ends its conversation, nobody else's.
                thread::spawn(move || drop(serving.converse(stream.expect("a connection"))));
            }
        });
        server
    }

    /// Its address as the configuration takes it.
    pub fn url(&self) -> String {
        format!("smtp+plain://{}", self.address)
    }

    /// Everything that was taken, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// The mails to an address.
    pub fn to(&self, address: &str) -> Vec<Taken> {
        self.taken()
            .into_iter()
            .filter(|mail| mail.to == address)
            .collect()
    }

    fn answer(&self, of: impl Fn(&mut Temper) -> Option<&'static str>) -> Option<&'static str> {
        of(&mut self.temper.lock().unwrap())
    }

    fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut out = stream.try_clone()?;
        let mut lines = BufReader::new(stream);
        let mut to = String::new();
        out.write_all(b"220 test ESMTP\r\n")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let verb = line.trim_end().to_ascii_uppercase();
            let said = if verb.starts_with("EHLO") {
                "250-test\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned()
            } else if verb.starts_with("MAIL FROM:") {
                let mood = self.answer(|temper| (!temper.mail.is_empty()).then(|| temper.mail.remove(0)));
                mood.unwrap_or("250 ok").to_owned()
            } else if verb.starts_with("RCPT TO:") {
                to = between(&line, '<', '>');
                let mood = self.answer(|temper| next(&mut temper.rcpt, &to));
                mood.unwrap_or("250 ok").to_owned()
            } else if verb == "DATA" {
                out.write_all(b"354 go on\r\n")?;
                let raw = content(&mut lines)?;
                match self.take(&to, raw) {
                    Some(said) => said,
                    None => return Ok(()),
                }
            } else if verb == "QUIT" {
                out.write_all(b"221 bye\r\n")?;
                return Ok(());
            } else if verb == "RSET" || verb == "NOOP" {
                "250 ok".to_owned()
            } else {
                "500 what?".to_owned()
            };
            out.write_all(format!("{said}\r\n").as_bytes())?;
        }
    }

    /// What is said to the end of DATA; `None` when the connection is cut instead.
    fn take(&self, to: &str, raw: String) -> Option<String> {
        let (mood, thinks, is_cut) = {
            let mut temper = self.temper.lock().unwrap();
            let mood = next(&mut temper.data, to);
            let cut = temper.cut_before_250.iter().position(|address| address == to);
            if let Some(place) = cut {
                temper.cut_before_250.remove(place);
            }
            (mood, temper.thinks, cut.is_some())
        };
        thread::sleep(thinks);
        if let Some(said) = mood {
            return Some(said.to_owned());
        }
        self.taken.lock().unwrap().push(Taken {
            to: to.to_owned(),
            raw,
        });
        (!is_cut).then(|| "250 taken".to_owned())
    }
}

fn next(moods: &mut HashMap<String, Vec<&'static str>>, address: &str) -> Option<&'static str> {
    let moods = moods.get_mut(address)?;
    (!moods.is_empty()).then(|| moods.remove(0))
}

fn between(line: &str, before: char, after: char) -> String {
    let rest = line.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or("", |(inside, _)| inside).to_owned()
}

fn content(lines: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut raw = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(raw);
        }
        // A point at the beginning of a line was doubled.
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

impl Taken {
    /// A header, unfolded; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        let head = self
            .raw
            .split("\r\n\r\n")
            .next()
            .unwrap_or_default()
            .replace("\r\n ", " ");
        let prefix = format!("{}:", name.to_ascii_lowercase());
        head.lines()
            .find(|line| line.to_ascii_lowercase().starts_with(&prefix))
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    }

    /// The plain text part, decoded.
    pub fn text(&self) -> String {
        self.part("text/plain")
    }

    /// The HTML part, decoded.
    pub fn html(&self) -> String {
        self.part("text/html")
    }

    fn part(&self, kind: &str) -> String {
        let content_type = self.header("Content-Type");
        let boundary = content_type
            .split("boundary=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let boundary = format!("--{}", boundary.expect("a boundary"));
        let part = self
            .raw
            .split(&boundary)
            .find(|part| part.contains(kind) && part.contains("\r\n\r\n") && !part.contains("multipart/"))
            .expect("the part is there");
        let (head, body) = part.split_once("\r\n\r\n").expect("head and body");
        let head = head.to_ascii_lowercase();
        let bytes = if head.contains("base64") {
            let packed: String = body.split_whitespace().collect();
            base64::engine::general_purpose::STANDARD
                .decode(packed)
                .expect("base64")
        } else if head.contains("quoted-printable") {
            quoted_printable(body)
        } else {
            body.as_bytes().to_vec()
        };
        String::from_utf8(bytes).expect("UTF-8")
    }

    /// The address that begins with `base` and `path` in the plain text.
    pub fn link(&self, path: &str) -> String {
        let text = self.text();
        let found = text.split_whitespace().find(|word| word.contains(path));
        found.unwrap_or_else(|| panic!("no {path} in {text}")).to_owned()
    }
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.replace("=\r\n", "").into_bytes().into_iter();
    while let Some(byte) = rest.next() {
        if byte == b'=' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    bytes
}

/// A receiver of webhooks: HTTP/1.1 as far as a POST needs it. It keeps what came.
#[derive(Clone)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    came: Arc<Mutex<Vec<Came>>>,
    answers: Arc<Mutex<Vec<&'static str>>>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Came {
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// The body.
    pub body: String,
}

impl Receiver {
    /// One that gives these answers, then 204.
    pub fn start(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let receiver = Self {
            address: listener.local_addr().expect("an address"),
            came: Arc::default(),
            answers: Arc::new(Mutex::new(answers.to_vec())),
        };
        let serving = receiver.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let serving = serving.clone();
                thread::spawn(move || drop(serving.take(stream.expect("a connection"))));
            }
        });
        receiver
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Everything that came.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    fn take(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut out = stream.try_clone()?;
        let mut lines = BufReader::new(stream);
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            lines.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let length = headers
            .get("content-length")
            .and_then(|length| length.parse().ok())
            .unwrap_or(0);
        let mut body = vec![0; length];
        lines.read_exact(&mut body)?;
        let body = String::from_utf8(body).expect("UTF-8");
        self.came.lock().unwrap().push(Came { headers, body });
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() {
            "204 No Content"
        } else {
            answers.remove(0)
        };
        out.write_all(
            format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
        )
    }
}
