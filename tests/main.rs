//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[macro_use]
mod support;

mod cli;
mod house;
mod identity;
mod collect;
mod measure;
mod protect;
mod store;
mod survey;
mod web;
