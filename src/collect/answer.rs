//! What can be answered, as types: the meaning of one answer, free of how it was sent or is stored.

use std::collections::{BTreeMap, BTreeSet};

use super::words::Words;
use crate::survey::definition::ItemId;

/// The answers of one response. An item that was skipped has no entry.
pub type Answers = BTreeMap<ItemId, Answer>;

/// The answer to one item.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To a rating item.
    Rating(Rating),
    /// To a single choice: the position of the option, from 0.
    Choice(u8),
    /// To a multiple choice: the positions of the options, from 0; never empty.
    Choices(BTreeSet<u8>),
    /// To a number item; finite.
    Number(f64),
    /// To an importance-satisfaction pair; at least one of the two is there.
    Pair {
        /// How important.
        importance: Option<Rating>,
        /// How satisfied.
        satisfaction: Option<Rating>,
    },
    /// To a text item; not empty.
    Text(Words),
}

/// An answer on a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rating {
    /// A point of the scale, from 1, the lowest.
    Point(u8),
    /// "Don't know" or "does not apply": answered, and scored as missing.
    OptOut,
}
