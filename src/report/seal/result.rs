//! Putting a result together: figures as rows, the document over them, and the digests that hold both.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

use super::cells::{EVERYBODY, RESPONSES};
use super::error::SealError;
use super::figures::{Audience, Figures, Key, figures_of};
use super::material::{Fielded, Material, as_count};
use super::progress::{Phase, Progress, Watch};
use super::weights::CONFIDENCE;
use crate::measure::METHOD_VERSION;
use crate::measure::change::VerdictRule;
use crate::measure::method::Method;
use crate::measure::numeric::count;
use crate::measure::parallel::{Workers, in_parts};
use crate::measure::scoring::{FAVOURABLE_FROM, UNFAVOURABLE_TO};
use crate::protect::Protected;
use crate::report::model::{Document, DocumentAudience, DocumentUnit, Figure, PastRound, Replaced, Unit};
use crate::report::words::title_of;
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

/// The phases of computing.
const PHASES: [Phase; 2] = [Phase::Computing, Phase::Resampling];

/// Computes the result of a round, on some threads: no figure depends on how many. `watch` is told of each task.
pub(super) fn compute(
    material: &Material,
    revision: u32,
    replaces: Option<Replaced>,
    workers: Workers,
    watch: Watch<'_>,
) -> Result<Computed, SealError> {
    let present = material.present.audiences.iter();
    let audiences: Vec<(&AudienceName, Audience<'_>)> = present
        .map(|(name, fielded)| (name, Audience::of(material, name, fielded, workers)))
        .collect();
    let (mut rows, mut described, mut withheld) = (Vec::new(), Vec::new(), 0);
    for phase in PHASES {
        let total = audiences
            .iter()
            .map(|(_, audience)| count(audience.tasks(phase).len()))
            .sum();
        let done = AtomicU64::new(0);
        let tell = || {
            watch(Progress::new(
                phase,
                1 + done.fetch_add(1, Ordering::Relaxed),
                total,
            ))
        };
        for (name, audience) in &audiences {
            let figures = figures_of(audience, &audience.tasks(phase), workers, &tell);
            let all = figures.iter().flat_map(|figures| figures.iter());
            withheld += all.filter(|(_, figure)| !figure.is_shown()).count();
            rows.extend(to_rows(material, revision, name, &figures, workers)?);
        }
    }
    for (name, audience) in &audiences {
        described.push(document_audience(material, name, audience));
    }
    rows.sort_by(|a, b| a.key().cmp(&b.key()));
    let document = document(material, revision, replaces, described, figures_digest(&rows))?;
    let text = canonical(&document)?;
    Ok(Computed {
        digest: digest_of_text(&text),
        text,
        document,
        rows,
        withheld,
    })
}

fn to_rows(
    material: &Material,
    revision: u32,
    audience: &AudienceName,
    figures: &[Figures],
    workers: Workers,
) -> Result<Vec<FigureRow>, SealError> {
    let round = material.present.round.to_string();
    let all: Vec<(&Key, &Protected<Figure>)> = figures.iter().flatten().collect();
    let row = |(key, figure): &(&Key, &Protected<Figure>)| {
        Ok(FigureRow {
            round: round.clone(),
            revision: i32::try_from(revision).unwrap_or(i32::MAX),
            audience: audience.to_string(),
            unit_kind: key.unit.kind().to_owned(),
            unit: key.unit.id().to_owned(),
            cut_segment: key.cut.segment().to_owned(),
            cut_option: key.cut.option().to_owned(),
            subject_kind: key.subject.kind().to_owned(),
            subject: key.subject.id(),
            figure: canonical(figure)?,
        })
    };
    let parts = in_parts(all.len(), 1, workers, |part| {
        let some = all.get(part).unwrap_or(&[]).iter();
        some.map(row).collect::<Result<Vec<FigureRow>, SealError>>()
    });
    let mut rows = Vec::with_capacity(all.len());
    for part in parts {
        rows.extend(part?);
    }
    Ok(rows)
}

/// SHA-256 over the keys and texts of the figures, in the order of their keys, each part ended by a zero byte.
pub(super) fn figures_digest(rows: &[FigureRow]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        for part in row.key().into_iter().chain([row.figure.as_str()]) {
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

fn document_audience(material: &Material, name: &AudienceName, audience: &Audience<'_>) -> DocumentAudience {
    let fielded: &Fielded = audience.fielded;
    let units = fielded.units();
    let units_asked = units.len();
    let shown = audience.plan.units(&audience.cells, EVERYBODY, RESPONSES).len();
    let state = [Unit::StateMean, Unit::StateMedian].map(|unit| (unit, BTreeSet::new()));
    let title = |unit: &Unit| match unit {
        Unit::StateMean => "The state, employee-weighted mean".to_owned(),
        Unit::StateMedian => "The state, median agency".to_owned(),
        Unit::Cluster(id) => title_of(id.as_str()),
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
        families: audience.families.clone(),
        disclosure: audience.plan.summary(),
        cuts: audience
            .cells
            .cuts
            .iter()
            .filter(|cut| !cut.is_everybody())
            .cloned()
            .collect(),
        agencies_asked: as_count(fielded.headcounts.len()),
        units_withheld: as_count(units_asked - shown),
    }
}
