//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.
//!
//! `#[cfg(test)]` is always true here; it tells clippy that what is below may panic, as tests do.

#[cfg(test)]
#[macro_use]
mod support;

#[cfg(test)]
mod agency;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod collect;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod field;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod house;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod import;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod post;
#[cfg(test)]
mod protect;
#[cfg(test)]
mod report;
#[cfg(test)]
mod round;
#[cfg(test)]
mod store;
#[cfg(test)]
mod survey;
#[cfg(test)]
mod web;
