//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.
//!
//! `#[cfg(test)]` is always true here; it tells clippy that what is below may panic, as tests do.

#![cfg(test)]

#[macro_use]
mod support;

mod agency;
mod browser;
mod cli;
mod collect;
mod golden;
mod house;
mod identity;
mod measure;
mod protect;
mod report;
mod round;
mod store;
mod survey;
mod web;
