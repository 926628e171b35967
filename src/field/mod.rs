//! A round in the field: how it goes, how it will end, and what to do about it, before there is any result.
//!
//! Everything here is computed from [`round::progress`](fn@crate::round::progress), whose numbers are floored already, from the
//! calendar and from published results. The exact counts are never asked for, so no figure of the board, however it is
//! derived, tells more about anybody than the floored counts do.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`board`](mod@board) | the board of a round: each unit as it will be reported, with its outlook |
//! | [`outlook`] | from what is seen of a unit to what it will come to, and what to do (pure) |

pub mod board;
pub mod outlook;

pub use board::{Board, board};
pub use outlook::{Expected, Outlook};
