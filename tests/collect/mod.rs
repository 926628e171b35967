//! Answers: judged, stored once, mixed; over the API and over the pages.

mod hostile;
mod html;
mod insider;
mod mixing;
mod once;
mod pages;
mod property;
pub mod world;
