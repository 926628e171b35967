//! Rapport: surveys that tell a central IT office, agency by agency, whether trust and collaboration grow.
//!
//! # The map of the house
//!
//! The source follows the one flow, a folder a stage:
//!
//! ```text
//! survey definition -> published version -> round opens (everything frozen)
//!     -> responses collected -> round closes and is SEALED
//!     -> estimates -> disclosure plan -> published results -> pages, API, files
//! ```
//!
//! | room | what happens there |
//! | --- | --- |
//! | [`survey`] | definitions: scales, display logic, checks, canonical form, comparability (pure) |
//! | [`agency`] | who is asked: agencies and their lineage |
//! | [`round`] | audiences, promise, life cycle, rosters, invitations |
//! | [`collect`] | answers: validation and durable intake |
//! | [`field`] | a round while people answer: how it goes, and how it will end |
//! | [`measure`] | every formula: scoring, estimates, change, trend (pure) |
//! | [`protect`] | what may be shown of it (pure) |
//! | [`report`] | sealing, the result model, charts |
//! | [`follow`] | answering back: follow-ups, commitments, meetings, service levels |
//! | [`post`] | what leaves the house: mail and webhooks |
//! | [`identity`] | users, roles, sessions, audit log |
//! | [`store`] | the only room that knows SQL |
//! | [`web`] | HTTP: the JSON API and the pages |
//! | [`cli`] | the command line |
//! | [`demo`] | a seeded state with a history, through the same doors as everyone |
//!
//! Dependencies run one way: `web`, `cli`, `demo` -> stages -> `survey`, `measure`, `protect`; a test holds the
//! walls. See ARCHITECTURE.md for why.
#![deny(clippy::print_stdout)] // it panics when the reader stops: `cli::output::say!` does not

pub mod agency;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod demo;
pub mod field;
pub mod follow;
pub mod identity;
pub mod import;
pub mod measure;
pub mod meter;
pub mod post;
pub mod protect;
pub mod report;
pub mod round;
pub mod slug;
pub mod store;
pub mod survey;
pub mod table;
pub mod telemetry;
pub mod texts;
pub mod web;
