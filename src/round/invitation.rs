//! Invitation codes: one person's right to one response, as a text that fits in a link.
//!
//! A code is 128 random bits of the operating system, written as 32 hexadecimal digits: nothing that mail
//! programs cut off at the end of a link, and nothing that differs by case when it is typed from paper. Only
//! its SHA-256 is stored. The code itself exists in the answer to the roster import and in the hands of
//! whoever that answer is given to; it cannot be shown again, only replaced.
//!
//! **The trust in this.** Whoever holds the links of an anonymous audience (the mailing tool, the person who
//! runs it) knows which code belongs to whom, and could answer in somebody's place. They cannot see how
//! somebody answered: the response is stored without the invitation.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::RoundError;
use crate::agency::AgencyCode;
use crate::survey::definition::Language;

/// 128 bits.
const RANDOM_BYTES: usize = 16;

/// How a code is kept: its SHA-256.
pub type CodeHash = [u8; 32];

/// An invitation code. It is a secret: its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Code(String);

impl Code {
    /// So many new codes.
    ///
    /// # Errors
    /// [`RoundError::NoRandomness`] when the operating system gives none.
    pub fn draw(count: usize) -> Result<Vec<Self>, RoundError> {
        let mut bytes = vec![0_u8; count.saturating_mul(RANDOM_BYTES)];
        getrandom::fill(&mut bytes).map_err(|error| RoundError::NoRandomness(error.to_string()))?;
        Ok(bytes.chunks_exact(RANDOM_BYTES).map(Self::of_bytes).collect())
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The code that somebody typed or clicked. Any text is one: a wrong one is simply nobody's.
    #[must_use]
    pub fn given(text: &str) -> Self {
        Self(text.trim().to_ascii_lowercase())
    }

    /// The form in which it is stored and looked up.
    #[must_use]
    pub fn hash(&self) -> CodeHash {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The secret itself, for the link and for nothing else.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// What is handed over to a mailing tool for one person. Exists once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InvitationLink {
    /// As in the roster.
    pub person: String,
    /// As in the roster; may be empty.
    pub name: String,
    /// As in the roster; may be empty.
    pub email: String,
    /// As in the roster.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// The language in which to write to them.
    #[schema(value_type = String)]
    pub language: Language,
    /// The secret of the link: `/i/{code}`.
    pub code: Code,
}

impl InvitationLink {
    /// Where the link leads, without the server's address.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/i/{}", self.code.as_str())
    }
}

/// The links as a CSV table with a column `link`, for the mailing tool. `base` is the address of this server
/// as respondents reach it, e.g. `https://rapport.example.gov`.
#[must_use]
pub fn links_csv(links: &[InvitationLink], base: &str) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let base = base.trim_end_matches('/');
    let mut written = writer.write_record(["person", "name", "email", "agency", "language", "link"]);
    for link in links {
        let address = format!("{base}{}", link.path());
        let cells = [
            link.person.as_str(),
            &link.name,
            &link.email,
            link.agency.as_str(),
            link.language.as_str(),
            &address,
        ];
        written = written.and_then(|()| writer.write_record(cells));
    }
    // Writing to memory cannot fail, and every cell was text.
    match (written, writer.into_inner()) {
        (Ok(()), Ok(bytes)) => String::from_utf8(bytes).unwrap_or_default(),
        _ => String::new(),
    }
}
