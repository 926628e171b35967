//! Mail and webhooks, against a mail server and a receiver that speak the real protocols over real sockets.

mod killed;
mod mailing;
mod outcomes;
mod paper;
pub mod server;
mod stops;
mod webhooks;
mod week;
pub mod world;
