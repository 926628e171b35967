//! `/sign-in` and `/sign-out`.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde::{Deserialize, Serialize};

use super::{PageContext, render, render_as, see_other};
use crate::clock;
use crate::identity::sessions;
use crate::web::App;
use crate::web::access::{SignedIn, Visitor};
use crate::web::codes::Code;
use crate::web::cookies::Outgoing;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};
use crate::web::sign_in;

/// The routes of signing in and out.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/sign-in", Needs::Nothing, web::get().to(form)),
        Endpoint::new(Method::POST, "/sign-in", Needs::Nothing, web::post().to(submit)),
        Endpoint::new(Method::POST, "/sign-out", Needs::SignIn, web::post().to(sign_out)),
    ]
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Serialize)]
struct View<'a> {
    email: &'a str,
    next: &'a str,
    problem: &'a str,
}

const TITLE: &str = "Sign in";

async fn form(
    next: web::Query<Next>,
    visitor: Visitor,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let next = local_place(&next.next);
    if visitor.0.is_some() {
        return Ok(see_other(next));
    }
    let view = View {
        email: "",
        next,
        problem: "",
    };
    render(&app, "sign-in", &view, &PageContext::public(TITLE, None))
}

async fn submit(
    typed: web::Form<Typed>,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    let next = local_place(&typed.next);
    match sign_in::sign_in(&app, &typed.email, &typed.password, now).await {
        Ok(tokens) => {
            Outgoing::hand_out(&request, &app, &tokens, now);
            Ok(see_other(next))
        }
        Err(problem) => again(&app, &typed, next, &problem),
    }
}

/// The form once more, with the address kept and what went wrong above it.
fn again(app: &App, typed: &Typed, next: &str, problem: &Problem) -> Result<HttpResponse, PageProblem> {
    let told = match problem.code() {
        Code::WrongPassword => "This address and password do not belong together. Check both and try again.",
        Code::TooManyRequests => problem.detail(),
        _ => return Err(PageProblem(problem.clone())),
    };
    let status = match problem.code() {
        // 401 would need a WWW-Authenticate, and browsers would ask in a window of their own.
        Code::WrongPassword => StatusCode::UNPROCESSABLE_ENTITY,
        _ => problem.status_code(),
    };
    let view = View {
        email: &typed.email,
        next,
        problem: told,
    };
    let page = PageContext::public(format!("Error: {TITLE}"), None);
    let mut response = render_as(status, app, "sign-in", &view, &page)?;
    problem.apply_headers(&mut response);
    Ok(response)
}

async fn sign_out(
    SignedIn(actor): SignedIn,
    request: HttpRequest,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let now = clock::now();
    app.store
        .write(move |conn| sessions::revoke(conn, &actor, now))
        .await?;
    Outgoing::forget(&request);
    Ok(see_other("/"))
}

/// Only a path of this server may be the place to go to next; anything else is the start page. Browsers read `//x`
/// and `/\x` as another host, and drop tabs and line breaks before they look.
fn local_place(next: &str) -> &str {
    let plain = next.bytes().all(|b| b.is_ascii_graphic()) && !next.contains('\\');
    if plain && next.starts_with('/') && !next.starts_with("//") && next.len() <= 1024 {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to() {
        for good in ["/", "/results?x=1&y=%20", "/rounds/a/b#c"] {
            assert_eq!(local_place(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/x\r\nSet-Cookie: a=b",
            "evil",
            "\\\\evil",
        ] {
            assert_eq!(local_place(bad), "/", "{bad}");
        }
    }
}
