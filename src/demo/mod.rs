//! A seeded state with two years of history, made through the same doors as everybody's.
//!
//! Agencies and rosters are imported from CSV, surveys are published, rounds open, collect through the intake
//! that a browser reaches, close, are sealed and published. The demo knows no shortcut: what it shows works.
//!
//! | file | meaning |
//! | --- | --- |
//! | [`world`] | the invented state: agencies, how they feel, who answers (pure) |
//! | [`calendar`] | when its rounds took place (pure) |
//! | [`files`] | the CSV files its offices hand in (pure) |
//! | [`answers`] | how one person answers any survey (pure) |
//! | [`replies`] | what the office does about what it heard |
//! | [`history`] | two years of it, through the front door |

pub mod answers;
pub mod calendar;
pub mod files;
pub mod history;
mod replies;
pub mod world;

pub use history::{DemoError, Guide, Size, build};
