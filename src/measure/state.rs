//! The two figures of a whole state, always labelled and never mixed: the median agency, and the
//! employee-weighted mean.

use serde::{Deserialize, Serialize};

use super::design::proportion::ProportionIntervals;
use super::estimate::{IntervalKind, MeanEstimate, logit_interval};
use super::interval::{Confidence, Interval};
use super::method::Method;
use super::numeric::{count, real_u64};
use super::quantile::Sorted;
use super::tally::Tally;
use super::undefined::Undefined;

/// One agency's part in the state figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AgencyMean {
    /// N_a: its people.
    pub people: u64,
    /// n_a: its respondents.
    pub respondents: u64,
    /// y_a: its mean.
    pub mean: f64,
    /// Standard deviation of its scores; `None` with one respondent.
    pub sd: Option<f64>,
}

impl AgencyMean {
    /// Of an agency whose scores are tallied; `None` where nobody has one.
    #[must_use]
    pub fn of(people: u64, tally: &Tally) -> Option<Self> {
        let moments = tally.moments().ok()?;
        Some(Self {
            people,
            respondents: moments.n,
            mean: moments.mean,
            sd: moments.sd().ok(),
        })
    }

    /// Of a share, in per cent: `part` of `respondents` are what is counted. `None` without respondents, or with a
    /// part that exceeds them.
    #[must_use]
    pub fn of_share(people: u64, respondents: u64, part: u64) -> Option<Self> {
        let rest = respondents.checked_sub(part)?;
        let n = real_u64(respondents);
        let variance = 1e4 * real_u64(part) * real_u64(rest) / (n * (n - 1.0));
        (respondents > 0).then(|| Self {
            people,
            respondents,
            mean: 100.0 * real_u64(part) / n,
            sd: (respondents > 1).then(|| variance.sqrt()),
        })
    }
}

/// The employee-weighted mean of the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateMean {
    /// Agencies with at least one respondent.
    pub agencies: u64,
    /// Their respondents.
    pub respondents: u64,
    /// Their people: the weights.
    pub people: u64,
    /// `sum N_a y_a / sum N_a`.
    pub mean: f64,
    /// Its standard error with finite population correction in each agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub se: Option<f64>,
    /// The same without the correction, for changes and trends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_se: Option<f64>,
    /// Degrees of freedom, respondents minus agencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<f64>,
    /// The interval, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
    /// What kind of interval, or why none.
    pub interval_kind: IntervalKind,
    /// How it was computed.
    pub method: Method,
}

impl StateMean {
    /// Korn and Graubard's interval where this is the mean of a share, per cent; `None` without a standard error.
    #[must_use]
    pub fn korn_graubard(&self, confidence: Confidence) -> Option<Interval> {
        let rows = usize::try_from(self.respondents).ok()?;
        let intervals =
            ProportionIntervals::new(self.mean / 100.0, self.se? / 100.0, self.df?, rows, confidence).ok()?;
        Some(intervals.korn_graubard().scaled(100.0))
    }
}

/// The median of the agencies' figures: half of the agencies stand higher. Small and large ones
/// count the same.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`].
pub fn median_agency(means: &[f64]) -> Result<f64, Undefined> {
    Sorted::of(means).map(|sorted| sorted.median())
}

/// `sum N_a y_a / sum N_a`, agencies as strata: `SE^2 = sum (N_a/N)^2 (1 - n_a/N_a) s_a^2/n_a`.
///
/// An agency with one respondent takes the pooled variance within the others.
///
/// # Errors
/// [`Undefined::EmptyGroup`], [`Undefined::NotFinite`], [`Undefined::OffScale`],
/// [`Undefined::MoreRespondentsThanPeople`].
pub fn employee_weighted_mean(
    agencies: &[AgencyMean],
    confidence: Confidence,
) -> Result<StateMean, Undefined> {
    let answered: Vec<&AgencyMean> = agencies.iter().filter(|a| a.respondents > 0).collect();
    for agency in &answered {
        check(agency)?;
    }
    let people: u64 = answered.iter().map(|agency| agency.people).sum();
    let respondents: u64 = answered.iter().map(|agency| agency.respondents).sum();
    if people == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let share = |agency: &AgencyMean| real_u64(agency.people) / real_u64(people);
    let mean: f64 = answered.iter().map(|agency| share(agency) * agency.mean).sum();
    let pooled = pooled_variance(&answered);
    let (mut variance, mut process) = (Some(0.0), Some(0.0));
    for agency in &answered {
        let own = agency
            .sd
            .filter(|_| agency.respondents > 1)
            .map(|sd| sd * sd)
            .or(pooled);
        let n = real_u64(agency.respondents);
        let term = own.map(|s2| share(agency) * share(agency) * s2 / n);
        process = process.zip(term).map(|(sum, term)| sum + term);
        let unsampled = 1.0 - n / real_u64(agency.people);
        let corrected = if unsampled <= 0.0 {
            Some(0.0)
        } else {
            term.map(|t| t * unsampled)
        };
        variance = variance.zip(corrected).map(|(sum, term)| sum + term);
    }
    let df = real_u64(respondents) - real_u64(count(answered.len()));
    let df = (df > 0.0).then_some(df);
    let se = variance.map(f64::sqrt);
    let (interval_kind, interval) = interval_of(mean, se, df, respondents == people, confidence);
    Ok(StateMean {
        agencies: count(answered.len()),
        respondents,
        people,
        mean,
        se: se.filter(|_| interval_kind != IntervalKind::NoVariation),
        process_se: process.map(f64::sqrt),
        df,
        interval,
        interval_kind,
        method: Method::named("state.employee-weighted-mean").with("confidence", confidence.level()),
    })
}

/// The same from the estimates of agencies, however these were made (post-stratified, for instance):
/// `SE^2 = sum (N_a/N)^2 SE_a^2`.
///
/// # Errors
/// [`Undefined::EmptyGroup`] without an agency.
pub fn combined(agencies: &[&MeanEstimate], confidence: Confidence) -> Result<StateMean, Undefined> {
    let people: u64 = agencies.iter().map(|agency| agency.people).sum();
    let respondents: u64 = agencies.iter().map(|agency| agency.respondents).sum();
    if people == 0 || respondents == 0 {
        return Err(Undefined::EmptyGroup);
    }
    let spreads: Vec<AgencyMean> = agencies
        .iter()
        .map(|agency| AgencyMean {
            people: agency.people,
            respondents: agency.respondents,
            mean: agency.mean,
            sd: agency.sd,
        })
        .collect();
    let pooled = pooled_variance(&spreads.iter().collect::<Vec<_>>());
    let share = |agency: &MeanEstimate| real_u64(agency.people) / real_u64(people);
    let mut variance = Some(0.0);
    let mut process = Some(0.0);
    for agency in agencies {
        // One respondent of several has no spread of its own, and takes that within the other agencies.
        let lonely = agency.interval_kind == IntervalKind::OneRespondent;
        let (own, own_process) = if lonely {
            let unsampled = 1.0 - real_u64(agency.respondents) / real_u64(agency.people);
            (pooled.map(|s2| s2 * unsampled), pooled)
        } else {
            let se = agency.se.unwrap_or(0.0);
            (Some(se * se), agency.process_se.map(|se| se * se).or(pooled))
        };
        let weight = share(agency) * share(agency);
        variance = variance.zip(own).map(|(sum, own)| sum + weight * own);
        process = process.zip(own_process).map(|(sum, own)| sum + weight * own);
    }
    let mean = agencies.iter().map(|agency| share(agency) * agency.mean).sum();
    let df: f64 = agencies.iter().filter_map(|agency| agency.df).sum();
    let df = (df > 0.0).then_some(df);
    let se = variance.map(f64::sqrt);
    let (interval_kind, interval) = interval_of(mean, se, df, respondents == people, confidence);
    Ok(StateMean {
        agencies: count(agencies.len()),
        respondents,
        people,
        mean,
        se: se.filter(|_| interval_kind != IntervalKind::NoVariation),
        process_se: process.map(f64::sqrt),
        df,
        interval,
        interval_kind,
        method: Method::named("state.employee-weighted-mean")
            .with("confidence", confidence.level())
            .with("agencies", "as estimated each"),
    })
}

fn check(agency: &AgencyMean) -> Result<(), Undefined> {
    if agency.respondents > agency.people {
        return Err(Undefined::MoreRespondentsThanPeople {
            respondents: agency.respondents,
            people: agency.people,
        });
    }
    let sd = agency.sd.unwrap_or(0.0);
    if !agency.mean.is_finite() || !sd.is_finite() || sd < 0.0 {
        return Err(Undefined::NotFinite);
    }
    if !(-1e-9..=100.0 + 1e-9).contains(&agency.mean) {
        return Err(Undefined::OffScale);
    }
    Ok(())
}

/// `sum (n_a - 1) s_a^2 / sum (n_a - 1)`.
fn pooled_variance(agencies: &[&AgencyMean]) -> Option<f64> {
    let (squares, df) = agencies
        .iter()
        .filter(|agency| agency.respondents > 1)
        .filter_map(|agency| agency.sd.map(|sd| (agency.respondents - 1, sd)))
        .fold((0.0, 0.0), |(squares, df), (weight, sd)| {
            let weight = real_u64(weight);
            (squares + weight * sd * sd, df + weight)
        });
    (df > 0.0).then(|| squares / df)
}

fn interval_of(
    mean: f64,
    se: Option<f64>,
    df: Option<f64>,
    complete: bool,
    confidence: Confidence,
) -> (IntervalKind, Option<Interval>) {
    if complete {
        let point = Interval {
            low: mean,
            high: mean,
        };
        return (IntervalKind::CompleteCount, Some(point));
    }
    match (se, df) {
        (Some(se), Some(df)) if se > 1e-12 && mean > 0.0 && mean < 100.0 => (
            IntervalKind::LogitT,
            Some(logit_interval(mean, se, df, confidence)),
        ),
        (None, _) => (IntervalKind::OneRespondent, None),
        _ => (IntervalKind::NoVariation, None),
    }
}
