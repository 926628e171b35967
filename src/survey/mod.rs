//! Survey definitions: what is asked, how it is answered, and how versions compare. Pure.

pub mod definition;
