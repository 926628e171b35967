//! Who signs in, what they may do, and the record of what they did.
//!
//! | file | what it says |
//! | --- | --- |
//! | [`model`] | roles, rights, scopes, and the [`Actor`] every handler sees |
//! | [`email`] | a sign-in name, parsed once |
//! | [`password`] | argon2id, and what a password must be |
//! | [`users`] | adding, listing, changing and disabling people |
//! | [`sessions`] | signing in, refreshing, signing out, and who speaks now |
//! | [`tokens`] | the short-lived signed token that names a session |
//! | [`attempts`] | how often a password may be guessed |
//! | [`audit`] | the record of staff actions |
//!
//! A token only *names* a session. Whether the session still lives, whether its user is enabled and which roles
//! they have is read from the database at each request: taking a role away works at once.
//!
//! Use cases are functions over a connection, run inside `Store::read` or `Store::write`. Hashing a password takes
//! tens of milliseconds on purpose and therefore never happens inside them: see [`password`].

pub mod attempts;
pub mod audit;
pub mod email;
pub mod error;
pub mod model;
pub mod password;
pub mod sessions;
pub mod tokens;
pub mod users;

pub use email::Email;
pub use error::IdentityError;
pub use model::{Actor, BadRole, Right, Role, Scope};

/// A new id: 128 random bits as text. Says nothing about when or after what it was made.
///
/// # Errors
/// [`IdentityError::Randomness`] when the operating system has none.
pub(crate) fn random_id() -> Result<String, IdentityError> {
    random_text::<16>()
}

/// `N` random bytes in URL-safe base64 without padding.
pub(crate) fn random_text<const N: usize>() -> Result<String, IdentityError> {
    use base64::Engine as _;
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| IdentityError::Randomness(error.to_string()))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
