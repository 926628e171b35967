//! `/`: says what this is and leads each kind of person to their place.

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::{PageContext, render, see_other};
use crate::identity::Right;
use crate::web::App;
use crate::web::access::Visitor;
use crate::web::problem::PageProblem;
use crate::web::routes::{Endpoint, Needs};

/// The routes of the landing page.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/", Needs::Nothing, web::get().to(show)),
        Endpoint::new(
            Method::GET,
            "/invitation",
            Needs::Nothing,
            web::get().to(to_invitation),
        ),
    ]
}

#[derive(serde::Serialize)]
struct View {
    /// Whether to lead to results: to everybody who is not signed in yet, and to those who may read them.
    results: bool,
    /// Whether to lead to surveys and rounds.
    rounds: bool,
    /// Whether the form was sent without a code.
    code_missing: bool,
}

fn view(visitor: &Visitor, code_missing: bool) -> View {
    let may = |right| visitor.0.as_ref().is_none_or(|actor| actor.may(right));
    View {
        results: may(Right::ReadResults),
        rounds: may(Right::ReadRounds),
        code_missing,
    }
}

async fn show(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let page = PageContext::public("How well are agencies served?", visitor.0.as_ref());
    render(&app, "landing", &view(&visitor, false), &page)
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    code: String,
}

/// Takes a code that somebody typed, or a whole link that they pasted, to the invitation.
async fn to_invitation(
    typed: web::Query<Typed>,
    visitor: Visitor,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let code = code_in(&typed.code);
    if code.is_empty() {
        let page = PageContext::public("Enter your invitation code", visitor.0.as_ref());
        return render(&app, "landing", &view(&visitor, true), &page);
    }
    Ok(see_other(&format!("/i/{code}")))
}

/// The code within what was typed: the last part of a link, without blanks, letters and digits and `-` and `_` only.
fn code_in(typed: &str) -> String {
    let place = typed
        .split(['?', '#'])
        .next()
        .unwrap_or("")
        .trim()
        .trim_end_matches('/');
    let last = place.rsplit('/').next().unwrap_or("");
    last.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(128)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_what_people_paste() {
        for typed in [
            "abc-DEF_1",
            " abc-DEF_1 ",
            "https://x.gov/i/abc-DEF_1",
            "x.gov/i/abc-DEF_1/?lang=es",
        ] {
            assert_eq!(code_in(typed), "abc-DEF_1", "{typed}");
        }
        assert_eq!(code_in("//evil.example/\r\nX: y"), "Xy");
    }
}
