//! The binary as operators see it.

mod config;
