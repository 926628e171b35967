//! Lists page by `limit` and an opaque `cursor`.
//!
//! A cursor is the key behind which the next page begins, in a form that nobody is tempted to build by hand. It
//! stays good when rows are added or removed, which a page number would not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::problem::Problem;

/// How many rows a page has when nobody says otherwise.
pub const USUAL: u32 = 50;
/// How many rows a page has at most.
pub const MOST: u32 = 500;

/// The query of a list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// At most so many rows, 1 to 500; 50 unless given.
    #[serde(default)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
}

/// Where a page begins and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The key behind which it begins.
    pub after: Option<String>,
    /// How many rows it has at most.
    pub limit: u32,
}

impl Paging {
    /// What was asked for.
    ///
    /// # Errors
    /// 422 when the limit is out of range or the cursor is none of ours.
    pub fn window(&self) -> Result<Window, Problem> {
        let limit = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::invalid_field(
                "#limit",
                format!("set `limit` from 1 to {MOST}"),
            ));
        }
        let after = self.cursor.as_deref().map(key).transpose()?;
        Ok(Window { after, limit })
    }
}

impl Window {
    /// How many rows to ask for: one more than fit, which tells whether there is a next page.
    #[must_use]
    pub fn reach(&self) -> u32 {
        self.limit.saturating_add(1)
    }

    /// Cuts what was found to the page; returns the cursor of the next page, if there is one.
    pub fn cut<T>(&self, rows: &mut Vec<T>, key: impl Fn(&T) -> &str) -> Option<String> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return None;
        }
        rows.truncate(limit);
        rows.last().map(|last| URL_SAFE_NO_PAD.encode(key(last)))
    }
}

fn key(cursor: &str) -> Result<String, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|text| !text.contains('\0'));
    text.ok_or_else(|| {
        Problem::invalid_field(
            "#cursor",
            "this is no cursor: send `next_cursor` of the page before as it is",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let all: Vec<String> = (0..7).map(|number| format!("k{number}")).collect();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let window = Paging {
                limit: Some(3),
                cursor,
            }
            .window()
            .unwrap();
            let from = window.after.clone().unwrap_or_default();
            let reach = usize::try_from(window.reach()).unwrap();
            let mut rows: Vec<String> = all
                .iter()
                .filter(|key| **key > from)
                .take(reach)
                .cloned()
                .collect();
            cursor = window.cut(&mut rows, |key| key);
            seen.extend(rows);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_limit_or_cursor_that_cannot_be_is_refused() {
        for (limit, cursor) in [
            (Some(0), None),
            (Some(501), None),
            (None, Some("!")),
            (None, Some("AA")),
        ] {
            let paging = Paging {
                limit,
                cursor: cursor.map(str::to_owned),
            };
            assert!(paging.window().is_err(), "{paging:?}");
        }
    }
}
