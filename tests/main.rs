//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#![cfg(test)] // so that the lints know helpers for tests by what they are

#[macro_use]
mod support;

mod agency;
mod cli;
mod collect;
mod golden;
mod house;
mod identity;
mod import;
mod measure;
mod protect;
mod report;
mod round;
mod store;
mod survey;
mod web;
