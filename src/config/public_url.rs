//! The address under which people reach the server.

use std::fmt;
use std::str::FromStr;

use actix_web::http::Uri;
use thiserror::Error;

/// Scheme, host and port under which people reach this server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    declared: bool,
}

/// Why a text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a public URL: give scheme and host only, such as https://rapport.example.gov")]
pub struct BadPublicUrl;

impl PublicUrl {
    /// The address it listens on, when nobody declared another one.
    #[must_use]
    pub fn of_listener(address: std::net::SocketAddr) -> Self {
        Self {
            text: format!("http://{address}"),
            declared: false,
        }
    }

    /// For links: `https://rapport.example.gov`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether people reach it through TLS, so that cookies can demand it.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Whether a browser's `Origin` is this server's. When no public URL was declared, the `Host` that the browser
    /// asked for counts, since this server may have several names.
    #[must_use]
    pub fn is_origin(&self, origin: &str, host: Option<&str>) -> bool {
        let from_host = host.is_some_and(|host| {
            origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        });
        origin.eq_ignore_ascii_case(&self.text) || (!self.declared && from_host)
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let trimmed = text.trim_end_matches('/');
        let uri: Uri = trimmed.parse().ok().ok_or(BadPublicUrl)?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        let bare = uri.path() == "/" && uri.query().is_none() && !trimmed.contains(['@', '#']);
        if known && bare && uri.host().is_some_and(|host| !host.is_empty()) {
            Ok(Self {
                text: trimmed.to_lowercase(),
                declared: true,
            })
        } else {
            Err(BadPublicUrl)
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_and_host_make_a_public_url() {
        for good in ["https://a.example", "https://a.example/", "http://127.0.0.1:8080"] {
            assert!(good.parse::<PublicUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "https://a.example/x",
            "https://u@a.example",
            "https://",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(BadPublicUrl), "{bad}");
        }
    }

    #[test]
    fn a_declared_origin_is_the_only_one() {
        let declared: PublicUrl = "https://a.example".parse().unwrap();
        assert!(declared.is_origin("https://a.example", Some("other")));
        assert!(!declared.is_origin("https://evil.example", Some("evil.example")));
        assert!(!declared.is_origin("null", Some("a.example")));
        let found = PublicUrl::of_listener("127.0.0.1:8080".parse().unwrap());
        assert!(found.is_origin("http://localhost:8080", Some("localhost:8080")));
        assert!(!found.is_origin("http://evil.example", Some("localhost:8080")));
        assert!(!found.is_origin("null", Some("localhost:8080")));
    }
}
