//! Every limit of what a respondent or their client may send, in one place.
//!
//! The lengths of texts, the ranges of numbers and the numbers of options are the survey's own (see
//! [`AnswerKind`](crate::survey::definition::AnswerKind)); these here are the frame around them.

/// The largest body of a submission, in bytes. The longest survey text is 10 000 characters; this holds ten
/// such texts in any script, and the form fields around them.
pub const BODY_BYTES: usize = 512 * 1024;

/// The most answers in one submission. More than any survey has items; a bound on the list of problems.
pub const ANSWERS: usize = 1000;

/// The longest idempotency key, in characters. A UUID has 36.
pub const IDEMPOTENCY_KEY: usize = 200;

/// The longest text that is looked at as an invitation code. Real ones are much shorter.
pub const INVITATION_CODE: usize = 100;

/// The longest part of what was sent that is quoted back in a problem, in characters.
pub const QUOTED: usize = 40;
