//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[cfg(test)] // so that the lints know their helpers for tests
#[macro_use]
mod support;

mod agency;
mod cli;
mod house;
mod identity;
#[cfg(test)]
mod golden;
#[cfg(test)] // so that the lints know their helpers for tests
mod measure;
#[cfg(test)]
mod protect;
#[cfg(test)] // so that the lints know their helpers for tests
mod report;
mod round;
mod store;
mod survey;
mod web;
