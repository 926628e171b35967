//! The survey room: what is refused and where, what stays comparable, what is published.

mod shipped;
