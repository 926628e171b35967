//! Answers: validated against the exact version, stored durably, and, where anonymity was promised, mixed.
//!
//! ```text
//! JSON or form fields -> answers (parse, don't validate) -> submit (one transaction with the invitation)
//!     anonymous:  intake -> mix -> responses + comments      attributed: responses + comments
//! ```

pub mod answer;
pub mod answers;
pub mod door;
pub mod fields;
pub mod form;
pub mod limits;
pub mod localised;
pub mod mix;
pub mod packed;
pub mod receive;
pub mod submit;

pub use answer::{Answer, Answers, Rating};
pub use answers::{AnswerCode, AnswerProblem, ValidAnswers};
pub use door::{Door, Opened, Shut};
pub use form::{Form, Forms};
pub use mix::mix_round;
pub use receive::Intake;
pub use submit::{IdempotencyKey, Receipt, Submission, SubmitError};
