//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[cfg(test)]
mod golden;
#[cfg(test)] // so that the lints know their helpers for tests
mod measure;
#[cfg(test)]
mod protect;
