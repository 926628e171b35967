//! Bringing the past along: what an earlier tool collected or published.
//!
//! | room | what comes in | what it becomes |
//! | --- | --- | --- |
//! | [`results`] | published figures: a value, with n, N and a standard error where they are known | past figures, shown in trends "as published" and never tested |
//! | [`responses`] | answers, a row for each person | responses of a past round, which is sealed like any other |
//!
//! Both are told what is what by a **mapping file**, which is checked against the files before anything is
//! written. Both are planned first (pure, from bytes) and then stored in one transaction: a dry run is the plan
//! without the second step. Everything that could not be matched is listed with its row.

pub mod cells;
pub mod figure;
pub mod mapping;
pub mod responses;
pub mod results;

pub use figure::{PastFigure, PastKind};
