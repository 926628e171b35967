//! Loops over numbers with the widest vector instructions that the machine has.
//!
//! A binary for every x86-64 machine may use vectors of two numbers; most machines have four. Which they have is asked once, while
//! running. No result depends on it: vectors do the same additions and multiplications in the same order, each rounded as IEEE 754
//! says, and none of them fused.

/// Does some work with wide vectors. Only what is inlined into it becomes wide: mark its loops `#[inline(always)]`.
#[inline]
pub fn wide<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
