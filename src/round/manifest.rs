//! The manifest: which keys a round signs with, for whom, published before anybody claims a credential.
//!
//! It is what keeps the signer honest. Were somebody given a key of their own, their token would be told from all
//! others; so every respondent's browser takes only a key that stands in the manifest, whose digest everybody in the round is
//! shown and any third party can keep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keys::{NewKey, NewKeys};
use super::{AudienceName, Mode, Promise, Round, RoundError, RoundId, RoundThresholds};
use crate::agency::AgencyCode;
use crate::collect::credential::rsa::Jwk;
use crate::collect::credential::{BadKey, PublicKey};
use crate::store::credentials::{self, KeyRow, ManifestRow, UnitRow};
use crate::store::{Conn, StoreError};
use crate::survey::canonical::{canonical, digest_of_text};
use crate::survey::definition::{Definition, SegmentId, SurveyId, VersionNumber};

/// The signature scheme, as RFC 9474 calls it.
pub const SCHEME: &str = "RSABSSA-SHA384-PSS-Randomized";

/// What a round promises about its keys. Its canonical JSON is what the digest is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Manifest {
    /// Which round.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// What is asked ...
    #[schema(value_type = String)]
    pub survey: SurveyId,
    /// ... in this version ...
    pub version: VersionNumber,
    /// ... with this content (SHA-256 of the canonical definition).
    pub definition_digest: String,
    /// [`SCHEME`].
    pub scheme: String,
    /// k, and what counts as a change.
    pub thresholds: RoundThresholds,
    /// The segments by which results may be cut; respondents answer them themselves and may skip them.
    #[schema(value_type = Vec<String>)]
    pub cuts: Vec<SegmentId>,
    /// When answers are accepted from, RFC 3339.
    pub opens_at: String,
    /// See `opens_at`; `None` when it is closed by hand.
    pub closes_at: Option<String>,
    /// Those whose people can have a credential.
    #[schema(value_type = BTreeMap<String, ManifestAudience>)]
    pub audiences: BTreeMap<AudienceName, ManifestAudience>,
}

/// The keys of an audience.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestAudience {
    /// Always anonymous.
    pub mode: Mode,
    /// By name.
    pub units: Vec<ManifestUnit>,
}

/// The key of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ManifestUnit {
    /// The agency's code, or the cluster's id.
    pub name: String,
    /// The agencies in it.
    #[schema(value_type = Vec<String>)]
    pub agencies: Vec<AgencyCode>,
    /// Invited people: so many a credential hides among.
    pub invited: u32,
    /// SHA-256 of `spki`, in hex.
    pub key_id: String,
    /// The public key as browsers read it.
    pub jwk: Jwk,
    /// The public key as everything else reads it: SubjectPublicKeyInfo, in hex.
    pub spki: String,
}

/// A manifest as it was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// SHA-256 of the text.
    pub digest: String,
    /// Canonical JSON.
    pub text: String,
    /// What it says.
    pub manifest: Manifest,
}

/// The manifest that goes with a promise and these keys.
pub(super) fn draw_up(promise: &Promise, definition: &Definition, keys: &NewKeys) -> Manifest {
    let mut audiences: BTreeMap<AudienceName, ManifestAudience> = BTreeMap::new();
    for key in keys.iter() {
        let audience = audiences
            .entry(key.unit.audience.clone())
            .or_insert_with(|| ManifestAudience {
                mode: Mode::Anonymous,
                units: Vec::new(),
            });
        audience.units.push(unit(key));
    }
    let cuts = definition.items().filter_map(|item| item.segment.clone());
    Manifest {
        round: promise.round.clone(),
        survey: promise.survey.clone(),
        version: promise.version,
        definition_digest: promise.definition_digest.clone(),
        scheme: SCHEME.to_owned(),
        thresholds: promise.thresholds,
        cuts: cuts.collect(),
        opens_at: promise.opens_at.clone(),
        closes_at: promise.closes_at.clone(),
        audiences,
    }
}

fn unit(key: &NewKey) -> ManifestUnit {
    ManifestUnit {
        name: key.unit.name.clone(),
        agencies: key.unit.agencies.clone(),
        invited: key.unit.invited,
        key_id: hex(&key.public.id()),
        jwk: key.public.jwk(),
        spki: hex(&key.public.spki()),
    }
}

/// Text and digest of a manifest.
pub(super) fn published(manifest: Manifest) -> Result<Published, RoundError> {
    let text = canonical(&manifest)?;
    Ok(Published {
        digest: digest_of_text(&text),
        text,
        manifest,
    })
}

/// Stores the manifest of a round that opens, with its keys.
pub(super) fn store(
    conn: &mut Conn,
    round: &Round,
    published: &Published,
    keys: &NewKeys,
) -> Result<(), RoundError> {
    let row = ManifestRow {
        round: round.id.to_string(),
        digest: published.digest.clone(),
        document: published.text.clone(),
    };
    let (mut key_rows, mut units) = (Vec::new(), Vec::new());
    for key in keys.iter() {
        let (key_id, audience) = (key.public.id().to_vec(), key.unit.audience.to_string());
        let first = key.unit.agencies.first();
        key_rows.push(KeyRow {
            key_id: key_id.clone(),
            round: row.round.clone(),
            audience: audience.clone(),
            unit: key.unit.name.clone(),
            agency: first.map(ToString::to_string).unwrap_or_default(),
            public_key: key.public.spki(),
            private_key: Some(key.sealed.clone()),
            claimed: None,
            received: None,
            responses: None,
        });
        units.extend(key.unit.agencies.iter().map(|agency| UnitRow {
            round: row.round.clone(),
            audience: audience.clone(),
            agency: agency.to_string(),
            key_id: key_id.clone(),
        }));
    }
    Ok(credentials::insert_manifest(conn, &row, &key_rows, &units)?)
}

/// The manifest of a round; `None` when it opened without keys.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn find(conn: &mut Conn, round: &RoundId) -> Result<Option<Published>, StoreError> {
    let Some(row) = credentials::manifest(conn, round.as_str())? else {
        return Ok(None);
    };
    let manifest = serde_json::from_str(&row.document).map_err(|error| StoreError::Corrupt {
        what: "manifest",
        problem: error.to_string(),
    })?;
    Ok(Some(Published {
        digest: row.digest,
        text: row.document,
        manifest,
    }))
}

impl Manifest {
    /// The unit of an agency within an audience.
    #[must_use]
    pub fn unit(&self, audience: &AudienceName, agency: &AgencyCode) -> Option<&ManifestUnit> {
        let units = &self.audiences.get(audience)?.units;
        units.iter().find(|unit| unit.agencies.contains(agency))
    }
}

impl ManifestUnit {
    /// The key, to blind with and to verify.
    ///
    /// # Errors
    /// [`BadKey`] when it is none.
    pub fn public_key(&self) -> Result<PublicKey, BadKey> {
        let digits = self.spki.as_bytes().chunks(2);
        let bytes = digits.map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        PublicKey::from_spki(&bytes.collect::<Option<Vec<u8>>>().ok_or(BadKey)?)
    }
}

/// Bytes in lower-case hex, the form of every digest, key id and token.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
