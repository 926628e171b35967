//! The server as clients see it, over real HTTP.

mod sign_in;
