//! The plan over all cells of a round, and an attacker who knows everything it shows.

pub mod algebra;
mod attacker;
mod decisions;
mod random;
mod size;
mod two_rounds;
mod worked;
mod world;
