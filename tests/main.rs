//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

mod measure;
mod protect;
mod survey;
#[macro_use]
mod support;

mod agency;
mod cli;
mod identity;
mod report;
mod round;
mod web;
