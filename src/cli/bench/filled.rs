//! Closed rounds with invented responses, as many as somebody wants.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha12Rng;

use super::failed;
use crate::agency::{self, AgencyCode};
use crate::cli::Failure;
use crate::collect::packed::{Layout, NO_NUMBER, NOT_ANSWERED, OPT_OUT, Slot};
use crate::round::{
    self, Audience, Mode, NewRound, Promise, PromisedAudience, RoundId, RoundState, RoundThresholds,
};
use crate::store::responses::{self, ResponseRow};
use crate::store::rounds::Milestone;
use crate::store::{Conn, Store, rounds};
use crate::survey::canonical::{canonical, digest_of_text};
use crate::survey::definition::Definition;
use crate::survey::{parse, publish};

/// How large a round is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Responses in all.
    pub responses: u32,
    /// Agencies they are of, in equal shares.
    pub agencies: u32,
}

/// How long a round is open.
pub const OPEN_FOR: SignedDuration = SignedDuration::from_hours(24 * 20);

/// Responses of one transaction.
const AT_ONCE: u32 = 20_000;

/// The survey that is answered.
const SURVEY: &[u8] = include_bytes!("../../../surveys/agency-partnership.v1.json");

impl Size {
    fn codes(self) -> Vec<String> {
        (0..self.agencies).map(|number| format!("A{number:03}")).collect()
    }

    /// People of each agency: half as many again as will answer.
    fn people(self) -> u32 {
        let each = self.responses.div_ceil(self.agencies.max(1));
        each + each / 2 + 3
    }
}

/// The agencies, and the survey as it was published then.
pub async fn prepare(store: &Store, size: Size, then: Timestamp) -> Result<Definition, Failure> {
    let definition = parse::parse(SURVEY).map_err(|problems| failed(format!("{problems:?}")))?;
    let mut csv = "code,name\n".to_owned();
    for code in size.codes() {
        csv.push_str(&format!("{code},Agency {code}\n"));
    }
    let asked = definition.clone();
    store
        .write(move |conn| {
            agency::import(conn, csv.as_bytes(), None).map_err(failed)?;
            publish::publish(conn, &asked, "bench", then).map_err(failed)?;
            Ok::<_, Failure>(())
        })
        .await?;
    Ok(definition)
}

/// A closed round with its responses. Its promise is made of whole cloth: a roster of as many people would take longer
/// than everything that is measured.
pub async fn round(
    store: &Store,
    definition: &Definition,
    id: &RoundId,
    size: Size,
    closed: Timestamp,
) -> Result<(), Failure> {
    let (round, asked) = (id.clone(), definition.clone());
    store
        .write(move |conn| open(conn, &round, &asked, size, closed))
        .await?;
    // Rounds differ from one another; the same round is always the same.
    let mut generator = ChaCha12Rng::seed_from_u64(
        id.as_str()
            .bytes()
            .fold(1, |seed, byte| seed * 31 + u64::from(byte)),
    );
    let (layout, codes) = (Layout::of(definition), size.codes());
    let mut left = size.responses;
    while left > 0 {
        let now = left.min(AT_ONCE);
        let rows: Vec<ResponseRow> = (0..now)
            .map(|number| {
                let at = usize::try_from((left - number) % size.agencies.max(1)).unwrap_or(0);
                ResponseRow {
                    key: generator.random::<[u8; 16]>().to_vec(),
                    round: id.to_string(),
                    audience: "staff".to_owned(),
                    agency: codes.get(at).cloned().unwrap_or_default(),
                    person: None,
                    answers: record(&layout, at, &mut generator),
                }
            })
            .collect();
        store.write(move |conn| responses::insert(conn, &rows)).await?;
        left -= now;
    }
    let round = id.clone();
    let close = move |conn: &mut Conn| {
        rounds::transition(
            conn,
            &round,
            RoundState::Open,
            RoundState::Closed,
            Milestone::Closed(closed),
        )
    };
    store.write(close).await?;
    Ok(())
}

fn open(
    conn: &mut Conn,
    id: &RoundId,
    definition: &Definition,
    size: Size,
    closed: Timestamp,
) -> Result<(), Failure> {
    let (each, opened) = (size.people(), closed - OPEN_FOR);
    let audience = Audience {
        name: "staff".parse().map_err(failed)?,
        title: "Staff".to_owned(),
        mode: Mode::Anonymous,
    };
    let new = NewRound {
        id: id.clone(),
        title: format!("Bench {id}"),
        survey: definition.id.clone(),
        version: definition.version,
        audiences: vec![audience.clone()],
        thresholds: RoundThresholds::default(),
        opens_at: None,
        closes_at: None,
    };
    round::create(conn, new)?;
    let headcounts: BTreeMap<AgencyCode, u32> = size
        .codes()
        .iter()
        .filter_map(|code| Some((code.parse().ok()?, each)))
        .collect();
    // Roles as the roster knows them, so that means are post-stratified.
    let (leads, it) = (each / 10, each / 5);
    let segments = headcounts.keys().map(|code| {
        let roles = BTreeMap::from([
            ("staff".to_owned(), each - leads - it),
            ("it".to_owned(), it),
            ("lead".to_owned(), leads),
        ]);
        let of = "role"
            .parse()
            .map(|role| BTreeMap::from([(role, roles)]))
            .unwrap_or_default();
        (code.clone(), of)
    });
    let promised = PromisedAudience {
        mode: Mode::Anonymous,
        segments: segments.collect(),
        headcounts,
        clusters: BTreeMap::new(),
        roster_digest: String::new(),
    };
    let version = publish::find(conn, &definition.id, definition.version)?;
    let promise = Promise {
        round: id.clone(),
        survey: definition.id.clone(),
        version: definition.version,
        definition_digest: version.map(|version| version.digest).unwrap_or_default(),
        thresholds: RoundThresholds::default(),
        opens_at: opened.to_string(),
        closes_at: None,
        audiences: BTreeMap::from([(audience.name, promised)]),
        manifest_digest: None,
    };
    let text = canonical(&promise).map_err(failed)?;
    let digest = digest_of_text(&text);
    rounds::open(conn, id, RoundState::Draft, opened, &text, &digest)?;
    Ok(())
}

/// Answers that lean together as people's do: each person has a mood around that of the agency. One in twenty answers is
/// missing.
fn record(layout: &Layout, agency: usize, generator: &mut ChaCha12Rng) -> Vec<u8> {
    let lean = crate::measure::numeric::real(agency % 17) / 40.0;
    let mood = 0.3 + lean + 0.4 * generator.random::<f64>();
    let mut record = Vec::with_capacity(layout.width());
    for column in layout.columns() {
        match column.slot {
            Slot::Rating { points } => record.push(rating(points, mood, generator)),
            Slot::Pair {
                importance,
                satisfaction,
            } => {
                record.push(rating(importance, 0.8, generator));
                record.push(rating(satisfaction, mood, generator));
            }
            // Those who are many come first in the form.
            Slot::Single { options } => {
                let place = generator.random::<f64>().powi(2) * f64::from(options);
                record.push(1 + whole(place).min(options.saturating_sub(1)));
            }
            Slot::Multiple { .. } => record.extend(std::iter::repeat_n(NOT_ANSWERED, column.slot.width())),
            Slot::Number => record.extend(NO_NUMBER),
        }
    }
    record
}

fn rating(points: u8, mood: f64, generator: &mut ChaCha12Rng) -> u8 {
    match generator.random_range(0..40_u8) {
        0 => NOT_ANSWERED,
        1 => OPT_OUT,
        _ => {
            let noise = (generator.random::<f64>() + generator.random::<f64>() - 1.0) * 0.35;
            let score = (mood + noise).clamp(0.0, 0.999);
            1 + whole(score * f64::from(points))
        }
    }
}

fn whole(value: f64) -> u8 {
    u8::try_from(crate::measure::numeric::convert::position(value)).unwrap_or(u8::MAX)
}
