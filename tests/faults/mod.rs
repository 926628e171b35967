//! What may happen at any moment: the process dies, the database dies, the disk is full, the clock jumps.
//!
//! Every test drives the real binary in a process of its own while people answer ([`people`]), lets something
//! happen ([`instance`], [`server`], `shim.c`), and then counts: what was acknowledged is there exactly once, what
//! was not can be sent again and then counts once, and an invitation is used exactly when its response is there.
//!
//! In `./test` each fault happens a few times. `RAPPORT_TEST_ROUNDS=100 cargo test --test rapport -- faults::` makes
//! it a hundred; the same variable lengthens the races.

mod clock;
mod disk;
pub mod instance;
mod kill;
mod lease;
pub mod people;
mod server;
mod starting;
mod two;

/// How often a fault happens, unless RAPPORT_TEST_ROUNDS says otherwise.
#[expect(
    clippy::disallowed_methods,
    reason = "how long to test is a matter of whoever runs the tests"
)]
fn rounds(few: usize) -> usize {
    std::env::var("RAPPORT_TEST_ROUNDS").map_or(few, |rounds| rounds.parse().expect("a number"))
}
