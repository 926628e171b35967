//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[macro_use]
mod support;

mod agency;
mod browser;
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
#[cfg(test)]
mod protect;
#[cfg(test)]
mod report;
#[cfg(test)]
mod round;
#[cfg(test)]
mod protect;
mod report;
#[cfg(test)]
mod round;
mod round;
mod store;
mod survey;
mod web;
