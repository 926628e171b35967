//! Answers: judged, stored once, mixed; over the API and over the pages.

mod claims;
mod hostile;
mod html;
mod insider;
mod linker;
mod mixing;
mod node;
mod once;
mod pages;
mod property;
mod rfc9474;
pub mod world;
