//! The store: migrations up, down and up again, the same shape on both engines, and group commit.

mod backup;
mod group_commit;
mod parity;
