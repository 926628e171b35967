//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.
//!
//! Every room stands under `cfg(test)`, by which the lints know that its helpers may unwrap.

#[cfg(test)]
#[macro_use]
mod support;

#[cfg(test)]
mod agency;
#[cfg(test)]
mod cli;
#[cfg(test)] // so that the lints know their helpers for tests
mod collect;
mod golden;
#[cfg(test)]
mod golden;
mod house;
#[cfg(test)]
mod house;
mod identity;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod measure;
mod protect;
mod protect;
#[cfg(test)]
#[cfg(test)] // so that the lints know their helpers for tests
mod report;
#[cfg(test)]
mod round;
mod round;
mod store;
#[cfg(test)]
mod survey;
#[cfg(test)]
mod web;
