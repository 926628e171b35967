//! The one integration binary. Folders mirror the rooms; see CONTRIBUTING.md.

mod measure;
mod protect;
mod survey;
