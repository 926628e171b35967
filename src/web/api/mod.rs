//! The JSON API under `/api/v1`, by noun.
//!
//! Each module exposes `endpoints()` for [`routes`](super::routes) and a `Doc` (`#[derive(OpenApi)]`) that names its
//! documented handlers for [`openapi`]. A test compares both: a route without documentation fails it, and so does
//! documentation without a route.

pub mod agencies;
pub mod answering;
pub mod comments;
pub mod commitments;
pub mod field;
pub mod follow_ups;
pub mod mail;
pub mod meetings;
pub mod openapi;
pub mod operations;
pub mod responses;
pub mod results;
pub mod rounds;
pub mod service_levels;
pub mod sessions;
pub mod surveys;
pub mod users;
pub mod webhooks;
