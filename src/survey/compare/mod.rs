//! What a change of a survey does to its trends.
//!
//! **Items** are matched by construct, never by id, and fall into three classes ([`Class`]): A same, B flagged,
//! C new. Over several versions the worst class along the chain counts ([`lineage()`]).
//!
//! **Indices** are comparable, comparable on anchor items, or broken ([`Comparability`], [`anchors`]), by the
//! rule of METHOD section 6 as we read it: anchors are items of class A or B; they must be at least 60 % of the
//! items of the old **and** of the new index and at least one in every dimension of both. The stricter reading
//! keeps a long index from being continued by a short one; where that is meant, the short one says so
//! (`short_form_of`), and then all of its items must be anchors.
//!
//! **A diff** ([`diff()`]) is all of it for one pair of definitions, ready for a page, the API or a terminal.
//!
//! [`links()`] holds an author's words (`previous`) against the version before, when a version is published.

mod changes;
mod diff;
mod index;
mod item;
mod lineage;
mod links;

pub use changes::Change;
pub use diff::{Diff, DimensionCount, DroppedItem, IndexDiff, ItemDiff, diff};
pub use index::{Anchor, Comparability, anchors};
pub use item::Class;
pub use lineage::{Match, lineage};
pub use links::links;
