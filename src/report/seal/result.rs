//! Putting a result together: figures as rows, the document over them, and the digests that hold both.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::Progress;
use super::error::SealError;
use super::figures::{Figures, figures};
use super::levels::CONFIDENCE;
use super::material::{Fielded, Material, as_count};
use super::score::{choice_subjects, scored_subjects};
use crate::agency::ClusterId;
use crate::measure::METHOD_VERSION;
use crate::measure::change::VerdictRule;
use crate::measure::method::Method;
use crate::measure::scoring::{FAVOURABLE_FROM, UNFAVOURABLE_TO};
use crate::report::model::{
    Document, DocumentAudience, DocumentUnit, Family, PastRound, Replaced, Subject, Unit,
};
use crate::round::AudienceName;
use crate::store::results::FigureRow;
use crate::survey::canonical::{canonical, digest, digest_of_text};

/// A computed result, ready to be stored or compared.
pub(super) struct Computed {
    pub document: Document,
    /// The document's canonical JSON ...
    pub text: String,
    /// ... and its SHA-256.
    pub digest: String,
    pub rows: Vec<FigureRow>,
    pub withheld: usize,
}

/// Computes the result of a round.
pub(super) fn compute(
    material: &Material,
    revision: u32,
    replaces: Option<Replaced>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Computed, SealError> {
    let (mut rows, mut audiences, mut withheld) = (Vec::new(), Vec::new(), 0);
    let mut state = Progress {
        done: 0,
        total: total(material),
    };
    for (name, fielded) in &material.present.audiences {
        let mut done = || {
            state.done += 1;
            progress(state);
        };
        let (figures, families) = figures(material, name, fielded, &mut done);
        withheld += figures.values().filter(|figure| !figure.is_shown()).count();
        audiences.push(audience(material, name, fielded, &figures, families));
        rows.extend(to_rows(material, revision, name, &figures)?);
    }
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    let document = document(material, revision, replaces, audiences, figures_digest(&rows))?;
    let text = canonical(&document)?;
    Ok(Computed {
        digest: digest_of_text(&text),
        text,
        document,
        rows,
        withheld,
    })
}

fn total(material: &Material) -> u64 {
    let present = &material.present;
    let subjects = scored_subjects(&present.definition, &present.layout).len()
        + choice_subjects(&present.definition, &present.layout).len();
    u64::from(as_count(subjects * present.audiences.len()))
}

fn to_rows(
    material: &Material,
    revision: u32,
    audience: &AudienceName,
    figures: &Figures,
) -> Result<Vec<FigureRow>, SealError> {
    let row = |((unit, subject), figure): (&(Unit, Subject), _)| {
        Ok(FigureRow {
            round: material.present.round.to_string(),
            revision: i32::try_from(revision).unwrap_or(i32::MAX),
            audience: audience.to_string(),
            unit_kind: unit.kind().to_owned(),
            unit: unit.id().to_owned(),
            subject_kind: subject.kind().to_owned(),
            subject: subject.id(),
            figure: canonical(figure)?,
        })
    };
    figures.iter().map(row).collect()
}

/// SHA-256 over the keys and texts of the figures, in the order of their keys, each part ended by a zero byte.
pub(super) fn figures_digest(rows: &[FigureRow]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        let (audience, unit_kind, unit, subject_kind, subject) = row.key();
        for part in [audience, unit_kind, unit, subject_kind, subject, &row.figure] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn document(
    material: &Material,
    revision: u32,
    replaces: Option<Replaced>,
    audiences: Vec<DocumentAudience>,
    figures_digest: String,
) -> Result<Document, SealError> {
    let present = &material.present;
    let past = material.past.iter().map(|round| PastRound {
        round: round.round.clone(),
        inputs_digest: round.inputs_digest.clone(),
    });
    let past: Vec<PastRound> = past.collect();
    let inputs_digest = digest(&(&present.inputs_digest, &past, &material.lineage, &material.names))?;
    Ok(Document {
        round: present.round.clone(),
        title: present.title.clone(),
        revision,
        replaces,
        survey: present.definition.id.clone(),
        version: present.definition.version,
        definition_digest: present.definition_digest.clone(),
        promise_digest: present.promise_digest.clone(),
        closed_on: present.closed_on.clone(),
        method: method(material),
        thresholds: present.thresholds,
        indices: present.definition.indices.clone(),
        audiences,
        lineage: material.lineage.clone(),
        names: material.names.clone(),
        past,
        inputs_digest,
        figures_digest,
    })
}

fn method(material: &Material) -> Method {
    let rule = super::rules::thresholds(&material.present);
    Method {
        name: "rapport.seal".to_owned(),
        version: METHOD_VERSION,
        parameters: std::collections::BTreeMap::new(),
    }
    .with("confidence", CONFIDENCE.level())
    .with("favourable_from", FAVOURABLE_FROM)
    .with("unfavourable_to", UNFAVOURABLE_TO)
    .with("significance", VerdictRule::default().significance)
    .with("adjustment", "benjamini-hochberg")
    .with("least_respondents", rule.least_respondents())
    .with("least_people", rule.least_people())
    .with("distribution_from", rule.distribution_from())
}

fn audience(
    material: &Material,
    name: &AudienceName,
    fielded: &Fielded,
    figures: &Figures,
    families: Vec<Family>,
) -> DocumentAudience {
    let units = fielded.units();
    let is_withheld = |unit: &&Unit| {
        let key = ((*unit).clone(), Subject::Responses);
        figures.get(&key).is_none_or(|figure| !figure.is_shown())
    };
    let withheld = units.keys().filter(is_withheld).count();
    let state = [Unit::StateMean, Unit::StateMedian].map(|unit| (unit, BTreeSet::new()));
    let title = |unit: &Unit| match unit {
        Unit::StateMean => "The state, employee-weighted mean".to_owned(),
        Unit::StateMedian => "The state, median agency".to_owned(),
        Unit::Cluster(id) => cluster_title(id),
        Unit::Agency(code) => material.name(code).to_owned(),
    };
    DocumentAudience {
        name: name.clone(),
        title: fielded.title.clone(),
        mode: fielded.mode,
        units: state
            .into_iter()
            .chain(units)
            .map(|(unit, agencies)| DocumentUnit {
                title: title(&unit),
                unit,
                agencies,
            })
            .collect(),
        families,
        agencies_asked: as_count(fielded.headcounts.len()),
        units_withheld: as_count(withheld),
    }
}

/// `small-boards` is read as "Small boards".
fn cluster_title(id: &ClusterId) -> String {
    let words = id.as_str().replace(['-', '_', '.'], " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
