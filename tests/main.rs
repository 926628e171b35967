//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#![cfg(test)] // so that the lints know helpers for tests by what they are

#[macro_use]
mod support;

mod agency;
mod cli;
#[cfg(test)] // so that the lints know their helpers for tests
mod collect;
#[cfg(test)]
mod collect;
mod golden;
#[cfg(test)]
mod golden;
mod golden;
mod house;
#[cfg(test)]
mod house;
mod house;
mod identity;
mod identity;
mod measure;
#[cfg(test)]
mod measure;
mod protect;
mod protect;
mod report;
#[cfg(test)]
mod round;
mod round;
mod store;
mod survey;
mod web;
