//! By what a figure is cut: the third part of its key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::unit::BadKey;
use crate::survey::definition::{OptionId, SegmentId};

/// Everybody, or those who gave one answer to one segment item: one segment at a time, never two crossed.
///
/// The segment of an anonymous response is what the respondent said about themselves; nothing of the roster is
/// attached to it. Who did not say is in no segment, and in everybody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub enum Cut {
    /// All respondents of the unit.
    #[default]
    Everybody,
    /// Those with one answer.
    Segment {
        /// The segment, e.g. `role`.
        segment: SegmentId,
        /// The answer, e.g. `manager`.
        option: OptionId,
    },
}

impl Cut {
    /// Whether it is of all respondents.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        matches!(self, Self::Everybody)
    }

    /// The segment, as stored and as in the API; empty for everybody.
    #[must_use]
    pub fn segment(&self) -> &str {
        match self {
            Self::Everybody => "",
            Self::Segment { segment, .. } => segment.as_str(),
        }
    }

    /// The answer, as stored and as in the API; empty for everybody.
    #[must_use]
    pub fn option(&self) -> &str {
        match self {
            Self::Everybody => "",
            Self::Segment { option, .. } => option.as_str(),
        }
    }

    /// The cut of that segment and option; two empty texts are everybody.
    ///
    /// # Errors
    /// [`BadKey`] when one of them is no name.
    pub fn parse(segment: &str, option: &str) -> Result<Self, BadKey> {
        if segment.is_empty() && option.is_empty() {
            return Ok(Self::Everybody);
        }
        segment
            .parse()
            .ok()
            .zip(option.parse().ok())
            .map(|(segment, option)| Self::Segment { segment, option })
            .ok_or_else(|| BadKey::new("cut", segment, option))
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everybody => f.write_str("everybody"),
            Self::Segment { segment, option } => write!(f, "{segment}/{option}"),
        }
    }
}

impl From<Cut> for (String, String) {
    fn from(cut: Cut) -> Self {
        (cut.segment().to_owned(), cut.option().to_owned())
    }
}

impl TryFrom<(String, String)> for Cut {
    type Error = BadKey;
    fn try_from((segment, option): (String, String)) -> Result<Self, BadKey> {
        Self::parse(&segment, &option)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_is_read_back_as_itself_and_half_a_cut_is_none() {
        let cut = Cut::parse("role", "lead").unwrap();
        assert_eq!(Cut::parse(cut.segment(), cut.option()), Ok(cut));
        assert_eq!(Cut::parse("", ""), Ok(Cut::Everybody));
        for (segment, option) in [("role", ""), ("", "lead"), ("a b", "lead")] {
            assert!(Cut::parse(segment, option).is_err(), "{segment}/{option}");
        }
    }
}
