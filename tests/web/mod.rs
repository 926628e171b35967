//! The server as clients see it, over real HTTP.

mod cross_site;
mod documents;
mod headers;
mod hostile;
mod kept;
mod metrics;
mod operations;
mod overtaken;
mod problems;
mod rights;
mod sign_in;
mod statics;
mod tokens;
