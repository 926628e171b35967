//! Leadership's pages: published results within what somebody may see, and how everything is measured.
//!
//! | file | page |
//! | --- | --- |
//! | `overview` | `/results`, `/results/{round}`: what changed, the state, every agency |
//! | `agency` | `/agencies/{code}`: one agency with everything that is sealed about it |
//! | `comments` | `/agencies/{code}/comments`: what people wrote there and somebody released |
//! | `briefing` | `/agencies/{code}/briefing`: the same on two printed pages, as HTML and PDF |
//! | `heat`, `drivers`, `compare` | the other views of a round |
//! | `facts` | `/results/{round}/number`: everything behind one number |
//! | `files`, `charts` | the same figures as files |
//! | `scorecard` | `/scorecard`: what everybody may see, off by default |
//! | `method` | `/method`: how everything is measured |
//!
//! `round` is the head that these pages share, `number` a figure in a table, `trend` a chart with its table, `say` the
//! reader's words, `reader` their language. Pages read what is sealed and compute no statistic.
//!
//! A round that is not published, a round that does not exist, an agency beyond the reader's scope and an agency
//! that does not exist are all the same 404: which of them it is would tell something.

mod agency;
mod briefing;
mod charts;
mod comments;
mod compare;
mod drivers;
mod facts;
mod files;
mod heat;
mod method;
mod number;
mod overview;
mod reader;
mod round;
mod say;
mod scorecard;
mod trend;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{Route, web};

use crate::identity::Right;
use crate::web::recent;
use crate::web::routes::{Endpoint, Needs};

/// The routes of results.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let needs = Needs::Right(Right::ReadResults);
    let page = |pattern: &'static str, route: Route| {
        Endpoint::new(Method::GET, pattern, needs, route.wrap(from_fn(recent::serve)))
    };
    let file = |pattern: &'static str, route: Route| Endpoint::new(Method::GET, pattern, needs, route);
    vec![
        page("/results", web::get().to(overview::latest)),
        page("/results/{round}", web::get().to(overview::show)),
        page("/results/{round}/heat", web::get().to(heat::show)),
        page("/results/{round}/drivers", web::get().to(drivers::show)),
        page("/results/{round}/compare", web::get().to(compare::show)),
        page("/results/{round}/number", web::get().to(facts::show)),
        page("/results/{round}/files", web::get().to(files::list)),
        file("/results/{round}/files/{name}", web::get().to(files::file)),
        file("/results/{round}/charts/{name}", web::get().to(charts::file)),
        page("/agencies/{code}", web::get().to(agency::show)),
        page("/agencies/{code}/comments", web::get().to(comments::show)),
        file("/agencies/{code}/comments.csv", web::get().to(comments::file)),
        page("/agencies/{code}/briefing", web::get().to(briefing::show)),
        file("/agencies/{code}/briefing.pdf", web::get().to(briefing::pdf)),
        Endpoint::new(
            Method::GET,
            "/scorecard",
            Needs::Nothing,
            web::get().to(scorecard::show),
        ),
        Endpoint::new(
            Method::GET,
            "/scorecard.csv",
            Needs::Nothing,
            web::get().to(scorecard::data_csv),
        ),
        Endpoint::new(
            Method::GET,
            "/scorecard.json",
            Needs::Nothing,
            web::get().to(scorecard::data_json),
        ),
        Endpoint::new(
            Method::GET,
            "/method",
            Needs::Nothing,
            web::get().to(method::show),
        ),
    ]
}
