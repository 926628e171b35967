//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

#[cfg(test)] // so that the lints know their helpers for tests
mod survey;
