//! Passwords: what is accepted, how they are kept, how they are compared.
//!
//! argon2id with 19 MiB and two passes (OWASP's first choice in 2026). A hash or a comparison takes tens of
//! milliseconds and 19 MiB: callers run it on a blocking thread and limit how many run at once
//! (`web::sign_in` does both).

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use super::IdentityError;

/// The shortest password accepted, in characters. Length is the only rule: composition rules make
/// passwords worse (NIST SP 800-63B).
pub const SHORTEST: usize = 12;

/// The longest password accepted, in bytes, so that hashing has a bound.
pub const LONGEST: usize = 1024;

/// An argon2id hash in PHC form, salt included. Printing it prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash as the database returned it.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// Compared against when nobody has the given address, so that the answer takes as long as for somebody.
static NOBODY: LazyLock<Option<PasswordHash>> = LazyLock::new(|| hash("nobody has this password").ok());

/// Hashes a new password.
///
/// # Errors
/// [`IdentityError::Invalid`] when it is too short or too long, [`IdentityError::Hashing`] when argon2 fails.
pub fn hash(password: &str) -> Result<PasswordHash, IdentityError> {
    check(password)?;
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| PasswordHash(hash.to_string()))
        .map_err(|error| IdentityError::Hashing(error.to_string()))
}

/// Whether this is the password behind that hash. `None` stands for an address nobody has: it costs the
/// same time and is never right.
#[must_use]
pub fn verify(password: &str, hash: Option<&PasswordHash>) -> bool {
    let Some(against) = hash.or(NOBODY.as_ref()) else {
        return false;
    };
    let right = password.len() <= LONGEST
        && Phc::new(against.as_str()).is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        });
    right && hash.is_some()
}

/// Makes the first comparison as fast as the others.
pub fn prepare() {
    LazyLock::force(&NOBODY);
}

fn check(password: &str) -> Result<(), IdentityError> {
    let problem = if password.chars().count() < SHORTEST {
        format!("use at least {SHORTEST} characters; a few unrelated words are easy to remember")
    } else if password.len() > LONGEST {
        format!("use at most {LONGEST} bytes")
    } else {
        return Ok(());
    };
    Err(IdentityError::Invalid {
        field: "password",
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_opens() {
        let kept = hash("four unrelated words").unwrap();
        assert!(verify("four unrelated words", Some(&kept)));
        assert!(!verify("four unrelated word", Some(&kept)));
        assert!(!verify("four unrelated words", None));
        assert!(!verify("nobody has this password", None));
        assert!(!verify(
            "anything at all",
            Some(&PasswordHash::from_stored("broken".to_owned()))
        ));
    }

    #[test]
    fn two_hashes_of_one_password_differ_and_are_argon2id() {
        let (one, two) = (
            hash("four unrelated words").unwrap(),
            hash("four unrelated words").unwrap(),
        );
        assert_ne!(one, two);
        assert!(one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!format!("{one:?}").contains("argon2"));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(hash("elevenchars").is_err());
        assert!(hash(&"x".repeat(LONGEST + 1)).is_err());
    }
}
