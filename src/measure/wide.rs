//! Loops over numbers with the widest vector instructions that the machine has.
//!
//! A binary for every x86-64 machine may use vectors of two numbers; most machines have four. Which they have is asked once, while
//! running. No result depends on it: vectors do the same operations in the same order, each rounded as IEEE 754 says, and
//! products are added by [`f64::mul_add`], which rounds once on every machine.

/// Work in one piece. Only what is inlined into it becomes wide: mark it and its loops `#[inline(always)]`.
pub use pulp::NullaryFnOnce as Work;

/// Does some work with wide vectors.
#[inline]
pub fn wide<W: Work>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}
