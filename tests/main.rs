//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[cfg(test)] // so that the lints know their helpers for tests
#[macro_use]
mod support;

mod cli;
mod house;
mod identity;
mod measure;
mod protect;
mod store;
mod survey;
mod web;
