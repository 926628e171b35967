//! The house itself: which room may know which, and what must not stand in its files.

mod walls;
