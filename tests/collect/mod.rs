//! Answers: judged, stored once, mixed; over the API and over the pages.

mod batch;
pub mod claims;
mod hostile;
mod html;
mod insider;
mod killed;
mod linker;
mod mixing;
mod node;
mod once;
mod pages;
mod property;
mod raw_files;
mod rfc9474;
mod served;
pub mod world;
