//! Making a sealed result again from the stored responses, to see whether it is the same to the last bit.

use serde::Serialize;

use super::error::SealError;
use super::load::{self, Context, Reading};
use super::progress::Watch;
use super::result::{Computed, compute, figures_digest};
use crate::report::model::Document;
use crate::round::RoundId;
use crate::store::results::{FigureFilter, FigureRow, SealRow};
use crate::store::{Conn, StoreError, results};
use crate::survey::canonical::digest_of_text;

/// What verifying a result found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The round.
    pub round: RoundId,
    /// The revision that was verified: the newest.
    pub revision: u32,
    /// The digest as sealed.
    pub digest: String,
    /// The digest of what the stored responses give now.
    pub recomputed: String,
    /// How many figures were compared.
    pub figures: usize,
    /// The first difference, in words; `None` when everything is the same.
    pub difference: Option<String>,
    /// The method version it was sealed by, where this program's is another: then a difference accuses nobody.
    pub sealed_by_method: Option<u32>,
}

impl Verification {
    /// Whether the sealed result is what the responses say.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.difference.is_none()
    }
}

/// Computes the newest result of a round again and compares everything. Changes nothing; run it in a
/// [`snapshot`](crate::store::Store::snapshot).
///
/// # Errors
/// [`SealError::NotSealed`], [`SealError::Corrupt`] when it cannot even be computed.
pub fn verify(conn: &mut Conn, id: &RoundId, watch: Watch<'_>) -> Result<Verification, SealError> {
    let workers = super::workers();
    let round = crate::round::find(conn, id)?;
    let seal = results::latest_seal(conn, id.as_str())?.ok_or_else(|| SealError::NotSealed(id.clone()))?;
    let document: Document = serde_json::from_str(&seal.document).map_err(|error| StoreError::Corrupt {
        what: "sealed result",
        problem: error.to_string(),
    })?;
    let stored = results::figures_of(conn, id.as_str(), seal.revision, &FigureFilter::default())?;
    let reading = Reading {
        workers,
        progress: watch,
    };
    let material = load::material(conn, &round, Context::of(&document), &reading)?;
    let replaces = document.replaces.clone();
    let again = compute(&material, document.revision, replaces, workers, watch)?;
    Ok(Verification {
        round: round.id,
        revision: document.revision,
        difference: difference(&seal, &document, &stored, &again),
        sealed_by_method: Some(document.method.version)
            .filter(|sealed| *sealed != again.document.method.version),
        digest: seal.digest,
        recomputed: again.digest,
        figures: stored.len(),
    })
}

/// The first thing that does not agree, from the outside to the inside.
fn difference(seal: &SealRow, document: &Document, stored: &[FigureRow], again: &Computed) -> Option<String> {
    if digest_of_text(&seal.document) != seal.digest {
        return Some("the stored document was changed: it no longer has its own digest".to_owned());
    }
    if figures_digest(stored) != document.figures_digest {
        return Some(changed_figure(stored, &again.rows).unwrap_or_else(|| {
            "the stored figures were changed: they no longer have the digest in the document".to_owned()
        }));
    }
    if again.digest == seal.digest {
        return None;
    }
    let past = document.past.iter().zip(&again.document.past);
    let changed = past
        .into_iter()
        .find(|(then, now)| then.inputs_digest != now.inputs_digest);
    if let Some((then, _)) = changed {
        return Some(format!(
            "the responses or the promise of the earlier round `{}` are not what they were",
            then.round
        ));
    }
    let (sealed, ours) = (document.method.version, again.document.method.version);
    let what = if document.inputs_digest != again.document.inputs_digest {
        "the responses or the promise of this round are not what they were".to_owned()
    } else if sealed != ours {
        format!(
            "the responses and the promise are the same; it was sealed by method version {sealed}, this program computes version {ours}"
        )
    } else {
        "the inputs are the same, but this program computes another result".to_owned()
    };
    let figure = changed_figure(stored, &again.rows);
    Some(figure.map_or_else(|| what.clone(), |figure| format!("{what}; {figure}")))
}

fn changed_figure(stored: &[FigureRow], again: &[FigureRow]) -> Option<String> {
    let name = |row: &FigureRow| {
        let [audience, unit_kind, unit, segment, option, subject_kind, subject] = row.key();
        let cut = if segment.is_empty() {
            String::new()
        } else {
            format!(", {segment} {option}")
        };
        format!("{audience}, {unit_kind} {unit}{cut}, {subject_kind} {subject}")
    };
    let pairs = stored.iter().zip(again);
    let differs = |(old, new): &(&FigureRow, &FigureRow)| old.key() != new.key() || old.figure != new.figure;
    let first = pairs
        .into_iter()
        .find(differs)
        .map(|(old, _)| format!("the first figure that differs: {}", name(old)));
    first.or_else(|| {
        (stored.len() != again.len())
            .then(|| format!("{} figures are stored, {} computed", stored.len(), again.len()))
    })
}
