//! What every page about a round begins with: the result within the reader's scope, the way to its other pages, rounds
//! and audiences.

use serde::Serialize;

use super::number::Source;
use super::reader::{OtherLanguage, Reader};
use super::say::Say;
use crate::identity::Scope;
use crate::report::model::{Document, DocumentAudience, Unit};
use crate::report::read::{self, PublishedRound, Results, Wanted};
use crate::round::{Mode, RoundId};
use crate::store::{Conn, StoreError};
use crate::survey::definition::Definition;
use crate::survey::publish;
use crate::web::App;
use crate::web::problem::Problem;

/// A round's result within a scope, what was asked, and the rounds to choose from.
pub(super) struct Loaded {
    pub results: Results,
    pub definition: Definition,
    pub rounds: Vec<PublishedRound>,
}

/// The result of a published round; of the latest one when none is asked for.
pub(super) fn load(
    conn: &mut Conn,
    asked: Option<&RoundId>,
    scope: &Scope,
    wanted: &Wanted,
) -> Result<Option<Loaded>, StoreError> {
    let rounds = read::published_rounds(conn)?;
    let Some(id) = asked.or_else(|| rounds.first().map(|latest| &latest.round)) else {
        return Ok(None);
    };
    let Some(results) = read::results_of(conn, id, scope, wanted)? else {
        return Ok(None);
    };
    let version = publish::find(conn, &results.document.survey, results.document.version)?;
    Ok(version.map(|version| Loaded {
        results,
        definition: version.definition,
        rounds,
    }))
}

/// [`load`] for a round that stands in the address.
pub(super) async fn load_named(
    app: &App,
    scope: Scope,
    round: &str,
    wanted: Wanted,
) -> Result<Loaded, Problem> {
    let missing = || Problem::not_found(format!("published result of a round `{round}`"));
    let id: RoundId = round.parse().ok().ok_or_else(missing)?;
    let found = app
        .store
        .read(move |conn| load(conn, Some(&id), &scope, &wanted))
        .await?;
    found.ok_or_else(missing)
}

/// Audiences as pages list them: the anonymous ones first, since they are the many.
pub(super) fn in_order(document: &Document) -> Vec<&DocumentAudience> {
    let of = |mode: Mode| {
        document
            .audiences
            .iter()
            .filter(move |audience| audience.mode == mode)
    };
    of(Mode::Anonymous).chain(of(Mode::Attributed)).collect()
}

/// The audience that was asked for, else the first.
pub(super) fn audience<'a>(document: &'a Document, asked: &str) -> Option<&'a DocumentAudience> {
    let all = in_order(document);
    all.iter()
        .find(|audience| audience.name.as_str() == asked)
        .or_else(|| all.first())
        .copied()
}

impl Loaded {
    /// Where a unit's figures are taken from; `None` for a unit that the reader may not see.
    pub(super) fn source<'a>(
        &'a self,
        say: Say<'a>,
        audience: &'a DocumentAudience,
        unit: &Unit,
    ) -> Option<Source<'a>> {
        let unit = audience.units.iter().find(|known| &known.unit == unit)?;
        Some(Source {
            say,
            results: &self.results,
            definition: &self.definition,
            audience,
            unit,
        })
    }
}

/// The head of a page.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    pub round: String,
    pub title: String,
    pub closed_on: String,
    pub survey: String,
    pub version: u32,
    pub digest: String,
    pub short_digest: String,
    pub revision: u32,
    /// Why it replaces the revision before; empty for the first.
    pub correction: String,
    pub threshold: u32,
    pub pages: Vec<Link>,
    pub rounds: Vec<Link>,
    pub audiences: Vec<Link>,
    pub languages: Vec<OtherLanguage>,
}

/// A link among its like.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Link {
    pub href: String,
    pub label: String,
    pub current: bool,
}

/// The pages about a round: the end of the address and the key of the name.
const PAGES: [(&str, &str); 5] = [
    ("", "r-page-overview"),
    ("/heat", "r-page-heat"),
    ("/drivers", "r-page-drivers"),
    ("/compare", "r-page-compare"),
    ("/files", "r-page-files"),
];

/// The head of the page that ends in `here`, about an audience (`None` where the page is about all of them).
pub(super) fn head(
    app: &App,
    reader: &Reader,
    loaded: &Loaded,
    here: &str,
    shown: Option<&DocumentAudience>,
) -> Head {
    let (say, document) = (Say::new(app, reader.lang), &loaded.results.document);
    let address = format!("/results/{}", document.round);
    let of_audience = |audience: &DocumentAudience| format!("?audience={}", audience.name);
    let suffix = shown.map(of_audience).unwrap_or_default();
    let audiences = in_order(document);
    let several = audiences.len() > 1 && shown.is_some();
    Head {
        round: document.round.to_string(),
        title: document.title.clone(),
        closed_on: say.day(&document.closed_on),
        survey: say.survey(&loaded.definition.title),
        version: document.version,
        digest: loaded.results.digest.clone(),
        short_digest: loaded.results.digest.chars().take(12).collect(),
        revision: document.revision,
        correction: document
            .replaces
            .as_ref()
            .map(|replaced| replaced.reason.clone())
            .unwrap_or_default(),
        threshold: document.thresholds.least_respondents,
        pages: PAGES
            .into_iter()
            .map(|(end, key)| Link {
                href: format!("{address}{end}{suffix}"),
                label: say.text(key, &[]),
                current: end == here,
            })
            .collect(),
        rounds: loaded
            .rounds
            .iter()
            .map(|round| Link {
                href: format!("/results/{}{here}", round.round),
                label: round.title.clone(),
                current: round.round == document.round,
            })
            .collect(),
        audiences: audiences
            .into_iter()
            .filter(|_| several)
            .map(|audience| Link {
                href: format!("{address}{here}{}", of_audience(audience)),
                label: format!("{} ({})", audience.title, say.mode(audience.mode)),
                current: shown.is_some_and(|shown| shown.name == audience.name),
            })
            .collect(),
        languages: reader.others(app),
    }
}
