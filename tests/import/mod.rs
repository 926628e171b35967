//! Bringing the past along: published figures and answers of earlier tools.

mod command;
mod responses;
mod results;
