//! Users, sessions and the audit log, on both engines.

mod audit;
mod sessions;
mod users;
