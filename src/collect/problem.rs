//! What can be wrong with answers: told to programs by a code, to people in words.

use std::collections::BTreeMap;

/// One thing that is wrong with the answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnswerProblem {
    /// Where: a JSON pointer into the request, e.g. `/answers/delivers`.
    pub pointer: String,
    /// The item as it was named, for pages that show the problem beside it.
    pub item: String,
    /// What is wrong, for programs.
    pub code: AnswerCode,
    /// What is wrong, for people.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
    /// The limits that were overstepped, for translated messages.
    pub limits: BTreeMap<&'static str, String>,
}

/// The kinds of problems. Stable: clients may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnswerCode {
    /// The version has no such item.
    UnknownItem,
    /// The item is not shown to somebody with these answers.
    HiddenItem,
    /// The item is shown, must be answered, and is not.
    Required,
    /// A text where a number is needed, and the like.
    WrongType,
    /// Below or above what the item accepts.
    OutOfRange,
    /// The item has no such option.
    UnknownOption,
    /// An option was chosen twice.
    DuplicateOption,
    /// More options than may be chosen.
    TooManyOptions,
    /// "Don't know / does not apply" where it is not offered.
    OptOutNotOffered,
    /// More decimals than the item accepts.
    TooManyDecimals,
    /// A text beyond its length.
    TooLong,
    /// Control characters in a text.
    ControlCharacters,
    /// More answers than a submission may have.
    TooManyAnswers,
}

impl AnswerCode {
    /// As it stands in problems of the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownItem => "unknown-item",
            Self::HiddenItem => "hidden-item",
            Self::Required => "required",
            Self::WrongType => "wrong-type",
            Self::OutOfRange => "out-of-range",
            Self::UnknownOption => "unknown-option",
            Self::DuplicateOption => "duplicate-option",
            Self::TooManyOptions => "too-many-options",
            Self::OptOutNotOffered => "opt-out-not-offered",
            Self::TooManyDecimals => "too-many-decimals",
            Self::TooLong => "too-long",
            Self::ControlCharacters => "control-characters",
            Self::TooManyAnswers => "too-many-answers",
        }
    }
}
