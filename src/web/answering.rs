//! Which routes respondents use, by pattern or path. "No more reminders" is one of them.
//!
//! They are different from all others in four ways, each tested: nobody is signed in there (no cookie is read or
//! set), so the cross-site check does not apply; pages send no referrer at all; a request is counted by the day and
//! never logged by itself, since a line with a time would say when somebody answered.

/// Pages of respondents: the invitation, the open link, and "no more reminders", which mail programs ask for, too.
const PAGES: [&str; 3] = ["/i/", "/s/", "/u/"];

/// What a respondent's browser fetches of a round: whoever asks for these is about to answer, or just did.
const OF_A_ROUND: [&str; 4] = ["/manifest", "/manifest.json", "/receipts", "/receipts.txt"];

/// Whether a path or route pattern is a page on which people answer. State-changing requests to these are not
/// protected by the cross-site check: the code in the path is the only authority, and no browser adds it by itself.
#[must_use]
pub fn is_page(path: &str) -> bool {
    PAGES.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether a request to this path or route pattern could say when somebody answered. Pages and API of answering,
/// the form that takes a code, and the style files that a browser fetches along with them.
#[must_use]
pub fn is_private(path: &str) -> bool {
    is_page(path)
        || path == "/invitation"
        || path.starts_with("/static/")
        || path.starts_with("/api/v1/invitations/")
        || (path.starts_with("/api/v1/rounds/") && path.ends_with("/responses"))
        || (path.starts_with("/rounds/") && OF_A_ROUND.iter().any(|document| path.ends_with(document)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answering_is_recognised_by_path_and_by_pattern() {
        for path in ["/i/abc", "/i/{code}", "/s/{round}", "/s/r1/2", "/u/{code}"] {
            assert!(is_page(path) && is_private(path), "{path}");
        }
        for path in [
            "/invitation",
            "/static/{file}",
            "/api/v1/invitations/{code}",
            "/api/v1/invitations/{code}/claim",
            "/api/v1/rounds/{id}/responses",
            "/rounds/{id}/manifest.json",
            "/rounds/r1/receipts",
        ] {
            assert!(!is_page(path) && is_private(path), "{path}");
        }
        for path in [
            "/",
            "/sign-in",
            "/surveys",
            "/rounds/{id}",
            "/api/v1/rounds/{id}/progress",
            "/index",
        ] {
            assert!(!is_page(path) && !is_private(path), "{path}");
        }
    }
}
