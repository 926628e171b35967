//! What may be shown.

mod primary;
