//! One figure with all that stands beside it.

use serde::Serialize;

use super::figures::Sums;
use crate::measure::estimate::{IntervalKind, MeanEstimate, logit_interval};
use crate::measure::numeric::real_u64;
use crate::measure::proportion::hypergeometric;
use crate::measure::reliability::ItemSums;
use crate::measure::state::{AgencyMean, employee_weighted_mean};
use crate::measure::tally::Tally;
use crate::measure::weights::WARN_ABOVE;
use crate::measure::{Confidence, Interval, Method};

/// A subject in an agency or in the state.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// `agency`, `state-mean` (employee-weighted), `state-median` (the median agency) or `state-respondents`.
    pub unit: &'static str,
    pub agency: Option<String>,
    pub subject: String,
    /// Respondents with a score.
    pub n: u64,
    pub people: Option<u64>,
    pub rate: Option<f64>,
    pub mean: Option<f64>,
    /// Of the respondents, unweighted.
    pub sd: Option<f64>,
    pub se: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// What kind of interval, or why there is none.
    pub interval: String,
    /// Per cent of scores from 75 on, weighted as the mean is, with the exact interval for the people of the group or, where
    /// respondents weigh differently, Korn and Graubard's.
    pub favourable: Option<f64>,
    pub favourable_low: Option<f64>,
    pub favourable_high: Option<f64>,
    /// Respondents who answered every item, and their mean, unweighted.
    pub complete: u64,
    pub complete_mean: Option<f64>,
    pub alpha: Option<f64>,
    pub alpha_low: Option<f64>,
    pub alpha_high: Option<f64>,
    /// Kish's design effect of the weights.
    pub deff: Option<f64>,
    pub warnings: Vec<String>,
    pub method: Option<Method>,
}

impl Figure {
    /// What needs no estimate.
    pub fn new(unit: &'static str, sums: &Sums<'_>, all: &Tally, people: Option<u64>) -> Self {
        let (n, standings) = (all.n(), all.standings());
        let warnings = match sums.scorer.grain().is_exact() {
            true => Vec::new(),
            false => vec!["scores rounded to a billionth of the scale".to_owned()],
        };
        Self {
            unit,
            agency: None,
            subject: sums.scored.name.clone(),
            n,
            people,
            rate: people
                .filter(|people| *people > 0)
                .map(|people| real_u64(n) / real_u64(people)),
            mean: None,
            sd: all.moments().and_then(|moments| moments.sd()).ok(),
            se: None,
            low: None,
            high: None,
            interval: String::new(),
            favourable: (n > 0).then(|| 100.0 * real_u64(standings.favourable) / real_u64(n)),
            favourable_low: None,
            favourable_high: None,
            complete: all.complete(),
            complete_mean: all.complete_moments().map(|moments| moments.mean).ok(),
            alpha: None,
            alpha_low: None,
            alpha_high: None,
            deff: None,
            warnings,
            method: None,
        }
    }

    pub fn add_interval(&mut self, interval: Option<Interval>) {
        self.low = interval.map(|interval| interval.low);
        self.high = interval.map(|interval| interval.high);
    }

    pub fn add_estimate(
        &mut self,
        estimate: &MeanEstimate,
        strata: &[(String, u64, Tally)],
        confidence: Confidence,
    ) {
        self.mean = Some(estimate.mean);
        self.deff = Some(estimate.weight_deff);
        self.method = Some(estimate.method.clone());
        self.interval = estimate.interval_kind.words().to_owned();
        if self.people.is_some() {
            self.se = estimate.se;
            self.add_interval(estimate.interval);
        } else if estimate.interval_kind == IntervalKind::LogitT
            && let (Some(se), Some(df)) = (estimate.process_se, estimate.df)
        {
            self.se = Some(se);
            self.add_interval(Some(logit_interval(estimate.mean, se, df, confidence)));
            self.interval = "people not known: no finite population correction".to_owned();
        }
        for cell in &estimate.collapsed {
            let names: Vec<&str> = cell
                .iter()
                .filter_map(|at| strata.get(*at))
                .map(|(segment, _, _)| segment.as_str())
                .collect();
            self.warnings.push(format!(
                "too few alone, estimated together: {}",
                names.join(" + ")
            ));
        }
        if estimate.weight_deff > WARN_ABOVE {
            self.warnings.push(format!(
                "weights differ much: design effect {:.2}",
                estimate.weight_deff
            ));
        }
    }

    pub fn add_alpha(&mut self, sums: Option<&ItemSums>, confidence: Confidence) {
        let Some(reliability) = sums.and_then(|sums| sums.reliability(confidence).ok()) else {
            return;
        };
        self.alpha = Some(reliability.alpha);
        self.alpha_low = Some(reliability.interval.low);
        self.alpha_high = Some(reliability.interval.high);
        if reliability.alpha < 0.0 {
            self.warnings.push("alpha is negative: check keying".to_owned());
        }
    }

    /// The favourable share, weighted as the mean is.
    pub fn add_weighted_share(
        &mut self,
        estimate: &MeanEstimate,
        strata: &[(String, u64, Tally)],
        confidence: Confidence,
    ) {
        let people: Vec<u64> = strata.iter().map(|(_, people, _)| *people).collect();
        let share_of = |(people, members): (u64, Vec<usize>)| {
            let tallies = members
                .iter()
                .filter_map(|at| strata.get(*at))
                .map(|(_, _, tally)| tally);
            let (n, counted) = tallies.fold((0, 0), |(n, counted), tally| {
                (n + tally.n(), counted + tally.standings().favourable)
            });
            AgencyMean::of_share(people, n, counted)
        };
        let shares: Vec<AgencyMean> = estimate
            .strata(&people)
            .into_iter()
            .filter_map(share_of)
            .collect();
        let share = employee_weighted_mean(&shares, confidence).ok();
        let interval = share.as_ref().and_then(|share| share.korn_graubard(confidence));
        self.favourable = share.map(|share| share.mean);
        self.favourable_low = interval.map(|interval| interval.low);
        self.favourable_high = interval.map(|interval| interval.high);
    }

    pub fn add_favourable_interval(&mut self, all: &Tally, people: u64, confidence: Confidence) {
        let interval = hypergeometric(people, all.n(), all.standings().favourable, confidence);
        let interval = interval.ok().map(|interval| interval.scaled(100.0));
        self.favourable_low = interval.map(|interval| interval.low);
        self.favourable_high = interval.map(|interval| interval.high);
    }
}
