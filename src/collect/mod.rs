//! Answers: validated against the exact version, stored durably, and, where anonymity was promised, mixed.
//!
//! ```text
//! JSON or form fields -> answers (parse, don't validate) -> submit (one transaction with the invitation)
//! claim (with the invitation) -> credential -> spend (one transaction with the token, nothing of the invitation)
//!     anonymous:  intake -> mix -> responses + comments      attributed: responses + comments
//! ```
//!
//! | file | meaning |
//! | --- | --- |
//! | [`receive`] | the one way in, for pages, API and demo |
//! | [`door`] | what an invitation opens, at one moment |
//! | [`promised`] | what a round fixed when it opened, read once |
//! | [`form`], [`localised`] | a published version, prepared once: definition, display logic, layout, texts |
//! | [`answer`], [`packed`] | what can be answered; how it is stored |
//! | [`answers`], [`problem`] | from JSON to answers that are certainly right, or everything that is wrong |
//! | [`fields`] | answers as form fields, for pages without scripts |
//! | [`submit`] | an invitation and its response, in one transaction; many of them by few statements |
//! | `windows`, `filing` | whether rounds take answers; where anonymous ones wait to be mixed: for a batch |
//! | [`credential`] | blind signatures: RSA, padding, tokens (pure) |
//! | [`claim`], [`spend`] | a credential for an invitation; a response for a credential |
//! | [`mix`] | how anonymous responses lose their order, and what an insider still sees |
//! | [`words`] | what was written in own words, with its consent |
//! | [`limits`] | every limit in one place |

pub mod answer;
pub mod answers;
pub mod claim;
pub mod credential;
pub mod door;
pub mod fields;
mod filing;
pub mod form;
pub mod limits;
pub mod localised;
pub mod mix;
pub mod packed;
pub mod problem;
pub mod promised;
mod reading;
pub mod receive;
pub mod spend;
pub mod submit;
mod windows;
pub mod words;

pub use answer::{Answer, Answers, Rating};
pub use answers::ValidAnswers;
pub use claim::{Claim, Claimed};
pub use credential::Credential;
pub use door::{Door, Opened, Shut};
pub use form::{Form, Forms};
pub use mix::{forget_who_took_part, mix_round};
pub use problem::{AnswerCode, AnswerProblem};
pub use promised::Known;
pub use receive::Intake;
pub use spend::Spending;
pub use submit::{IdempotencyKey, Receipt, Submission, SubmitError};
pub use words::Words;
