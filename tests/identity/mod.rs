//! Users, sessions and the audit log, on both engines.

mod sessions;
mod users;
