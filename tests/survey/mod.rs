//! The survey room: what is refused and where, what stays comparable, what is published.

mod canonical;
mod check;
mod commands;
mod compare;
mod editor;
mod fixture;
mod form;
mod logic;
mod publish;
mod shipped;
