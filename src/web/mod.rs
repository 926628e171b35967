//! HTTP: the JSON API and the pages.
//!
//! # How a request travels
//!
//! ```text
//! request log -> compression -> security headers -> problems become pages or JSON -> cross-site check -> handler
//! ```
//!
//! | file | what it is |
//! | --- | --- |
//! | [`app`] | what every handler can reach: store, templates, texts, keys |
//! | [`routes`] | the one table of routes and the right each needs; the server is built from it |
//! | [`access`] | who speaks: the right is a part of each handler's signature |
//! | [`problem`], [`codes`] | every refusal and failure, as RFC 9457 JSON or as a page |
//! | [`security`] | security headers, the cross-site check, limits on bodies |
//! | [`input`] | JSON bodies, with a pointer to each fault |
//! | [`answering`] | which routes respondents use: no cookies, no referrer, no log line |
//! | [`request_log`] | what is logged of a request |
//! | [`metrics`] | what is counted for operators, and who may see it |
//! | [`limits`] | how often a client may be wrong |
//! | [`templates`], [`texts`], [`statics`] | how pages are made |
//! | [`mark`] | what a form showed, so that the second of two who save it is told |
//! | [`kept`] | pages that are made once and sent from memory |
//! | [`recent`] | pages of results that were made a moment ago |
//! | [`sign_in`], [`cookies`] | from a password to a session |
//! | [`csv`], [`paging`] | tables in bodies; lists by limit and cursor |
//! | [`piped`] | files that are written while they are sent |
//! | [`csv`], [`download`], [`paging`] | tables in bodies; files of results as they are made; lists by limit and cursor |
//! | [`api`], [`pages`] | the handlers, a file per noun |
//!
//! A handler reads: extract, authorise (the right is in its signature), call one function of a stage, render.
//!
//! ```text
//! /// Who signs in, and what they may do.
//! #[utoipa::path(get, path = "/api/v1/users", responses((status = 200, body = Vec<UserView>)))]
//! async fn list(_: Allowed<ManageUsers>, app: web::Data<App>) -> Result<impl Responder, Problem> {
//!     let users = app.store.read(users::list).await?;
//!     Ok(web::Json(users.into_iter().map(UserView::from).collect::<Vec<_>>()))
//! }
//!
//! pub fn endpoints() -> Vec<Endpoint> {
//!     vec![Endpoint::new(Method::GET, "/api/v1/users", Needs::Right(Right::ManageUsers), web::get().to(list))]
//! }
//! ```

pub mod access;
pub mod answering;
pub mod api;
pub mod app;
pub mod codes;
pub mod cookies;
pub mod csv;
pub mod download;
pub mod input;
pub mod kept;
pub mod limits;
pub mod mark;
pub mod metrics;
pub mod pages;
pub mod paging;
pub mod piped;
pub mod problem;
pub mod recent;
pub mod request_log;
pub mod routes;
pub mod security;
pub mod server;
pub mod sign_in;
pub mod statics;
pub mod templates;

pub use crate::texts;
pub use app::App;
pub use server::{Running, build, serve};
