//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[macro_use]
mod support;

mod cli;
mod identity;
mod web;
