//! The secrets of an installation: one for sessions, one for the signing keys of rounds.

use std::fmt;
use std::fs;
use std::path::Path;

use base64::Engine as _;

use super::{ConfigError, data_dir};

/// The shortest secret accepted, in bytes.
pub const SHORTEST_SECRET: usize = 32;

/// What a secret of the data folder is called when it is too short.
const FILE: &str = "a secret file in the data folder";

/// The secret from which all keys of an installation are derived. Printing it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret in a text, which was given as `field`.
    ///
    /// # Errors
    /// [`ConfigError::ShortSecret`].
    pub fn new(text: &str, field: &'static str) -> Result<Self, ConfigError> {
        let bytes = text.trim().as_bytes();
        if bytes.len() < SHORTEST_SECRET {
            return Err(ConfigError::ShortSecret(field));
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secret in this file, which is made, readable by its owner only, when it is not there yet.
pub(super) fn from_file(path: &Path) -> Result<Secret, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Secret::new(&text, FILE),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => new_file(path),
        Err(error) => Err(data_dir(path, &error)),
    }
}

fn new_file(path: &Path) -> Result<Secret, ConfigError> {
    let mut bytes = [0_u8; SHORTEST_SECRET];
    getrandom::fill(&mut bytes).map_err(|error| data_dir(path, &error))?;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    write_private(path, &text).map_err(|error| data_dir(path, &error))?;
    Secret::new(&text, FILE)
}

/// Writes a file that nobody else can read, and that is not there yet.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
