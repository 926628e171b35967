//! In which language somebody reads results: what they chose last, else what their browser asks for.

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{Ready, ready};
use serde::{Deserialize, Serialize};

use crate::web::App;
use crate::web::cookies::{self, Outgoing};
use crate::web::texts::Lang;

/// The language of a page, and the way to the others.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) lang: Lang,
    path: String,
    query: String,
}

/// A link to the same page in another language.
#[derive(Debug, Clone, Serialize)]
pub(super) struct OtherLanguage {
    pub tag: &'static str,
    pub name: String,
    pub href: String,
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl FromRequest for Reader {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = web::Query::<Asked>::from_query(request.query_string()).ok();
        let chosen = asked.and_then(|asked| Lang::of_tag(asked.lang.as_deref()?));
        if let (Some(lang), Some(app)) = (chosen, request.app_data::<web::Data<App>>()) {
            Outgoing::remember_language(request, app, lang.tag());
        }
        let remembered = || {
            request
                .cookie(cookies::LANGUAGE)
                .and_then(|cookie| Lang::of_tag(cookie.value()))
        };
        let accepted = request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .and_then(|header| header.to_str().ok());
        let lang = chosen
            .or_else(remembered)
            .unwrap_or_else(|| accepted.map_or_else(Lang::default, Lang::accepted));
        ready(Ok(Self {
            lang,
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
        }))
    }
}

impl Reader {
    /// This page in the other languages.
    pub(super) fn others(&self, app: &App) -> Vec<OtherLanguage> {
        let rest: Vec<&str> = self
            .query
            .split('&')
            .filter(|part| !part.is_empty() && !part.starts_with("lang="))
            .collect();
        let link = |lang: Lang| {
            let mut parts = rest.clone();
            let chosen = format!("lang={}", lang.tag());
            parts.push(&chosen);
            OtherLanguage {
                tag: lang.tag(),
                name: app
                    .texts
                    .get(lang, "language-name")
                    .unwrap_or_else(|| lang.tag().to_owned()),
                href: format!("{}?{}", self.path, parts.join("&")),
            }
        };
        Lang::ALL
            .into_iter()
            .filter(|lang| *lang != self.lang)
            .map(link)
            .collect()
    }
}
