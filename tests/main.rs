//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.
//!
//! Every room stands under `cfg(test)`, by which the lints know that its helpers may unwrap.

#[cfg(test)]
#[cfg(test)] // so that the lints know their helpers for tests
#[macro_use]
mod support;

#[cfg(test)]
mod agency;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod protect;
#[cfg(test)]
mod round;
#[cfg(test)]
mod golden;
#[cfg(test)] // so that the lints know their helpers for tests
mod measure;
#[cfg(test)]
mod protect;
mod report;
mod round;
mod store;
#[cfg(test)]
mod survey;
#[cfg(test)]
mod web;
