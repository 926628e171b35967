//! The mapping of published results: which file is which period, which column is which subject, which name
//! is which agency.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::agency::{AgencyCode, LineageEvent};
use crate::import::cells::Numbers;
use crate::import::figure::{PastKind, PastSubject, SeriesId};
use crate::survey::definition::Link;

/// What a mapping file of published results says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The name of the series. Importing a series again replaces its figures.
    pub series: SeriesId,
    /// Stands below every chart of these figures: publisher, title, licence.
    pub source: String,
    /// The files, in the order of time.
    pub periods: Vec<Period>,
    /// Whose rows they are.
    pub organisation: Organisation,
    /// Which columns hold figures.
    pub subjects: Vec<Subject>,
    /// Headings of columns with the response rate of the organisation.
    #[serde(default)]
    pub response_rate: Vec<String>,
    /// Headings of columns with the number of respondents.
    #[serde(default)]
    pub n: Vec<String>,
    /// Headings of columns with the number of people who were asked.
    #[serde(default)]
    pub people: Vec<String>,
    /// Headings of columns that are left out on purpose.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// What else stands in a cell where no figure was published.
    #[serde(default)]
    pub missing: Vec<String>,
    /// What happened to the organisations. Mergers and splits break trends; renamings do not.
    #[serde(default)]
    pub lineage: Vec<LineageEvent>,
    /// Where trends break for another reason than an event between two agencies, or a heading.
    #[serde(default)]
    pub breaks: Vec<GivenBreak>,
}

/// A break that the mapping sets itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenBreak {
    /// Whose trend.
    pub agency: AgencyCode,
    /// From the first period on or after this day.
    pub date: String,
    /// Why, as it will stand below the chart.
    pub reason: String,
}

/// One file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The name of the file, without its folder.
    pub file: String,
    /// As the publication names it, e.g. `2014`.
    pub period: String,
    /// Where it stands on the time axis, e.g. `2014-10-01`: the day of fieldwork or of publication.
    pub date: String,
    /// How figures without a `%` are written.
    #[serde(default)]
    pub numbers: Numbers,
}

/// How the rows name their agencies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Headings of the column with the name.
    pub headings: Vec<String>,
    /// Names of rows that are no agency, e.g. totals and benchmarks.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Whether agencies that are not there yet are made.
    #[serde(default)]
    pub create: bool,
    /// All names that an agency had, by its code. Names may also come from a table of organisations and from
    /// the agencies that are there.
    #[serde(default)]
    pub names: BTreeMap<AgencyCode, Vec<String>>,
    /// Headings of the columns of the table of organisations, where one is given.
    #[serde(default)]
    pub table: OrganisationTable,
}

/// Which columns a table of organisations has: a row for each name that an organisation had.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationTable {
    /// Headings of the column with the code.
    pub code: Vec<String>,
    /// Headings of the column with the name.
    pub name: Vec<String>,
}

impl Default for OrganisationTable {
    fn default() -> Self {
        Self {
            code: vec!["code".to_owned(), "uid".to_owned()],
            name: vec!["name".to_owned(), "organisation".to_owned()],
        }
    }
}

/// One thing that figures are about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its id in trends.
    pub subject: PastSubject,
    /// What its values are.
    pub kind: PastKind,
    /// The headings under which it stands, oldest first. Two that differ only in case, spaces, `_`, `-` and
    /// `.` are the same heading.
    pub headings: Vec<Heading>,
    /// Headings of the column with its standard error.
    #[serde(default)]
    pub standard_error: Vec<String>,
}

/// A heading, and how the question under it compares with the one in the list before.
#[derive(Debug, Clone, Serialize)]
pub struct Heading {
    /// As in the file.
    pub heading: String,
    /// `same` (joined), `flagged` (joined, with a note) or `new` (a break).
    pub wording: Link,
}

impl<'de> Deserialize<'de> for Heading {
    /// A text is a heading with the same wording.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Full {
            heading: String,
            #[serde(default = "same")]
            wording: Link,
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a heading, or an object with `heading` and `wording`")]
        enum Either {
            Text(String),
            Full(Full),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Text(heading) => Self {
                heading,
                wording: Link::Same,
            },
            Either::Full(full) => Self {
                heading: full.heading,
                wording: full.wording,
            },
        })
    }
}

fn same() -> Link {
    Link::Same
}

impl Subject {
    /// The worst that lies between two of its headings, given by their places in the list.
    #[must_use]
    pub fn between(&self, one: usize, other: usize) -> Link {
        let (first, last) = (one.min(other), one.max(other));
        let steps = self
            .headings
            .iter()
            .take(last + 1)
            .skip(first + 1)
            .map(|heading| heading.wording);
        steps.max_by_key(|link| severity(*link)).unwrap_or(Link::Same)
    }
}

fn severity(link: Link) -> u8 {
    match link {
        Link::Same => 0,
        Link::Flagged => 1,
        Link::New => 2,
    }
}
