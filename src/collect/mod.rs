//! Answers: validated against the exact version, stored durably, and, where anonymity was promised, mixed.
//!
//! ```text
//! JSON or form fields -> answers (parse, don't validate) -> submit (one transaction with the invitation)
//!     anonymous:  intake -> mix -> responses + comments      attributed: responses + comments
//! ```

pub mod answer;
pub mod packed;

pub use answer::{Answer, Answers, Rating};
