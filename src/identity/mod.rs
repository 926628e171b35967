//! Who signs in, what they may do, and the record of what they did.

pub mod model;

pub use model::{Actor, Right, Role, Scope};
