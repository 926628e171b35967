//! The board of a round in the field.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::outlook::{self, Expected, Outlook, Standing};
use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::measure::numeric::real_u64;
use crate::protect::counts::STEP;
use crate::report::model::{Subject, Unit};
use crate::report::read::{self, Wanted};
use crate::round::progress::{AgencyProgress, AudienceProgress};
use crate::round::{self, AudienceName, Mode, Round, RoundError, RoundId, RoundState};
use crate::store::{Conn, StoreError, agencies};

/// How a round goes, and how it will end.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Board {
    /// Which round.
    #[schema(value_type = String)]
    pub round: RoundId,
    /// As people call it.
    pub title: String,
    /// Where it is in its life.
    pub state: RoundState,
    /// k: nothing is shown of fewer respondents.
    pub least_respondents: u32,
    /// The share of its window that is over, 0..1; absent when it is closed by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<f64>,
    /// When it closes, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<String>,
    /// The published round of the same survey that its expectations begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
    /// By name.
    pub audiences: Vec<AudienceBoard>,
}

/// An audience in the field.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct AudienceBoard {
    /// Which audience.
    #[schema(value_type = String)]
    pub audience: AudienceName,
    /// As people call it.
    pub title: String,
    /// Whether responses bear names.
    pub mode: Mode,
    /// All of it.
    pub whole: Line,
    /// Each unit as it will be reported: an agency, or a cluster of agencies. What needs somebody most comes first.
    pub units: Vec<Line>,
}

/// A unit in the field.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Line {
    /// The code of the agency or the id of the cluster; the audience's name for all of it.
    pub unit: String,
    /// As people call it.
    pub name: String,
    /// The agencies in it; empty for all of an audience.
    #[schema(value_type = Vec<String>)]
    pub agencies: Vec<AgencyCode>,
    /// Invited people.
    pub invited: u32,
    /// Credentials claimed, floored; `None` below k, where several groups are counted as one, and for named answers.
    pub claimed: Option<u32>,
    /// At least so many answered, floored; `None` below k.
    pub answered: Option<u32>,
    /// The response rate in the end.
    pub expected: Option<Expected>,
    /// What will come of it.
    pub outlook: Outlook,
    /// What to do about it; empty where there is nothing to do.
    pub advice: String,
}

/// The board of a round. Before it has opened nothing is expected of it, and there is nothing to do.
///
/// # Errors
/// [`RoundError::Unknown`] when there is no such round.
pub fn board(conn: &mut Conn, id: &RoundId, now: Timestamp) -> Result<Board, RoundError> {
    let round = round::find(conn, id)?;
    let progress = round::progress(conn, id)?;
    let names = agencies::all(conn)?
        .into_iter()
        .map(|agency| (agency.code, agency.name));
    let names: BTreeMap<AgencyCode, String> = names.collect();
    let before = earlier(conn, &round)?;
    let frame = Frame {
        k: round.thresholds.least_respondents,
        elapsed: elapsed(&round, now),
        rates: before
            .as_ref()
            .map(|before| before.rates.clone())
            .unwrap_or_default(),
        round: &round,
        names: &names,
    };
    let audiences = progress
        .audiences
        .into_iter()
        .map(|audience| frame.audience(audience));
    Ok(Board {
        audiences: audiences.collect(),
        elapsed: frame.elapsed,
        least_respondents: frame.k,
        closes_at: round.closes_at.map(|at| at.to_string()),
        earlier: before.map(|before| before.title),
        state: round.state,
        title: round.title.clone(),
        round: round.id.clone(),
    })
}

/// The share of the window that is over, to a hundredth.
fn elapsed(round: &Round, now: Timestamp) -> Option<f64> {
    let (opened, closes) = (round.opened_at?, round.closed_at.or(round.closes_at)?);
    if !matches!(round.state, RoundState::Open) {
        return Some(1.0);
    }
    let length = u64::try_from(closes.as_second().saturating_sub(opened.as_second())).ok()?;
    let passed = u64::try_from(now.as_second().saturating_sub(opened.as_second())).unwrap_or(0);
    if length == 0 {
        return Some(1.0);
    }
    let share = (real_u64(passed) / real_u64(length)).clamp(0.0, 1.0);
    Some((share * 100.0).floor() / 100.0)
}

/// What the round of the same survey before this one came to.
struct Earlier {
    title: String,
    rates: BTreeMap<AudienceName, f64>,
}

fn earlier(conn: &mut Conn, round: &Round) -> Result<Option<Earlier>, StoreError> {
    let published = read::published_rounds(conn)?;
    let same =
        |other: &&read::PublishedRound| other.survey == round.survey.as_str() && other.round != round.id;
    let Some(before) = published.iter().find(same) else {
        return Ok(None);
    };
    let wanted = Wanted {
        units: Some([Unit::StateMean].into()),
        subject: Some(Subject::Responses),
        ..Wanted::default()
    };
    let Some(results) = read::results_of(conn, &before.round, &Scope::All, &wanted)? else {
        return Ok(None);
    };
    let rate = |audience: &crate::report::model::DocumentAudience| {
        let figure = results.figure(&audience.name, &Unit::StateMean, &Subject::Responses)?;
        Some((audience.name.clone(), figure.response_rate?))
    };
    Ok(Some(Earlier {
        rates: results.document.audiences.iter().filter_map(rate).collect(),
        title: before.title.clone(),
    }))
}

/// What every line is seen against.
struct Frame<'a> {
    k: u32,
    elapsed: Option<f64>,
    rates: BTreeMap<AudienceName, f64>,
    round: &'a Round,
    names: &'a BTreeMap<AgencyCode, String>,
}

/// A unit before it is looked at: sums of floored figures only.
#[derive(Default)]
struct Sum {
    agencies: Vec<AgencyCode>,
    parts: u32,
    invited: u32,
    at_least: u32,
    at_most: u32,
    claimed: Option<u32>,
}

impl Frame<'_> {
    fn audience(&self, progress: AudienceProgress) -> AudienceBoard {
        let mut whole = self.part(progress.invited, progress.answered, progress.claimed);
        let mut units: BTreeMap<String, Sum> = BTreeMap::new();
        for line in progress.agencies {
            let unit = self.unit_of(&progress.audience, &line.agency);
            let part = self.part(line.invited, line.answered, line.claimed);
            units.entry(unit).or_default().add(line, part);
        }
        whole.parts = 1;
        let mut units: Vec<Line> = units
            .into_iter()
            .map(|(unit, sum)| self.line(&progress.audience, unit, sum))
            .collect();
        units.sort_by(|one, other| (one.outlook, &one.unit).cmp(&(other.outlook, &other.unit)));
        AudienceBoard {
            whole: Line {
                name: progress.title.clone(),
                ..self.line(&progress.audience, progress.audience.to_string(), whole)
            },
            audience: progress.audience,
            title: progress.title,
            mode: progress.mode,
            units,
        }
    }

    /// What a floored count leaves open.
    fn part(&self, invited: u32, answered: Option<u32>, claimed: Option<u32>) -> Sum {
        let slack = u32::try_from(STEP).unwrap_or(1).saturating_sub(1);
        let (at_least, at_most) = match answered {
            Some(count) => (count, count.saturating_add(slack)),
            None => (0, self.k.saturating_sub(1)),
        };
        Sum {
            invited,
            at_least: at_least.min(invited),
            at_most: at_most.min(invited),
            claimed,
            ..Sum::default()
        }
    }

    /// The unit in which an agency is reported: its cluster where the promise says so.
    fn unit_of(&self, audience: &AudienceName, agency: &AgencyCode) -> String {
        let promise = self.round.promise.as_ref();
        let promised = promise.and_then(|frozen| frozen.promise.audiences.get(audience));
        let cluster = promised.and_then(|promised| promised.clusters.get(agency));
        cluster.map_or_else(|| agency.to_string(), ToString::to_string)
    }

    fn line(&self, audience: &AudienceName, unit: String, sum: Sum) -> Line {
        let standing = Standing {
            invited: sum.invited,
            at_least: sum.at_least,
            at_most: sum.at_most,
            elapsed: self.elapsed,
            earlier: self.rates.get(audience).copied(),
        };
        let (outlook, expected) = outlook::look(&standing, self.k);
        let own_name = match sum.agencies.as_slice() {
            [only] if only.as_str() == unit => self.names.get(only).cloned(),
            _ => None,
        };
        Line {
            name: own_name.unwrap_or_else(|| unit.clone()),
            unit,
            agencies: sum.agencies,
            invited: sum.invited,
            // Claims of several groups are floored each; their sum would be neither.
            claimed: sum.claimed.filter(|_| sum.parts == 1),
            answered: Some(sum.at_least).filter(|count| *count >= self.k),
            expected,
            outlook,
            advice: if self.round.state == RoundState::Open {
                outlook::advice(outlook, sum.invited, self.k)
            } else {
                String::new()
            },
        }
    }
}

impl Sum {
    fn add(&mut self, line: AgencyProgress, part: Sum) {
        self.agencies.push(line.agency);
        self.agencies.extend(line.with);
        self.parts += 1;
        self.invited = self.invited.saturating_add(part.invited);
        self.at_least = self.at_least.saturating_add(part.at_least);
        self.at_most = self.at_most.saturating_add(part.at_most);
        self.claimed = part.claimed;
    }
}
