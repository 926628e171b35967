//! Agencies beside each other on an index: may they be compared, in which order, and a steadier view of each.
//!
//! Everything here is made of units that are shown. Tests of process: no finite population is corrected for.

use super::cells::{Cells, EVERYBODY};
use super::change::sample;
use super::disclosure::{Place, Plan};
use super::figures::{Figures, Key};
use super::levels::{Levels, UnitLevel};
use super::material::as_count;
use super::reliability::Together;
use super::weights::CONFIDENCE;
use crate::measure::change::Sample;
use crate::measure::method::Method;
use crate::measure::numeric::real_u64;
use crate::measure::quantile::Sorted;
use crate::measure::ranking::rank_intervals;
use crate::measure::reliability::agreement::{LEAST_FOR_RANKING, intraclass_of};
use crate::measure::smallarea::fay_herriot::LEAST_AGENCIES;
use crate::measure::smallarea::{FayHerriot, fay_herriot};
use crate::measure::{Confidence, Interval};
use crate::report::model::{
    Agreement, Cut, Figure, Measured, Rank, Ranking, Stabilisation, Stabilised, Subject, Unit, Warning,
};
use crate::survey::definition::IndexId;

/// An index with everything that is compared on it.
pub(super) struct Comparing<'a> {
    pub index: &'a IndexId,
    pub cells: &'a Cells,
    pub levels: &'a Levels,
    pub together: &'a Together,
    pub plan: &'a Plan,
}

impl Comparing<'_> {
    /// Agreement, ranks and the stabilised view.
    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures::new();
        let agreement = self.agreement();
        let may_rank = agreement.as_ref().map(|agreement| agreement.may_rank);
        let subject = Subject::Agreement(self.index.clone());
        self.put(
            &mut figures,
            Unit::StateMean,
            subject,
            agreement.map(|agreement| {
                self.of_state(
                    Measured::Agreement(agreement),
                    Method::named("agreement.icc-rwg").with("least_icc2_for_ranking", LEAST_FOR_RANKING),
                )
            }),
        );
        self.ranks(&mut figures, may_rank);
        self.stabilised(&mut figures);
        figures
    }

    fn shown(&self) -> impl Iterator<Item = (&Unit, &UnitLevel)> {
        self.levels.shown.iter()
    }

    fn agreement(&self) -> Option<Agreement> {
        let described: Option<Vec<_>> = self
            .shown()
            .map(|(_, level)| level.group.all.moments().ok())
            .collect();
        let found = intraclass_of(&described?).ok()?;
        let units = self
            .cells
            .units
            .iter()
            .filter(|of| self.levels.shown.contains_key(&of.unit));
        let within: Vec<f64> = units
            .filter_map(|of| self.together.agreement(&of.members))
            .collect();
        Some(Agreement {
            agencies: as_count(self.levels.shown.len()),
            icc1: found.single,
            icc2: found.mean,
            within: Sorted::of(&within).ok().map(|sorted| sorted.median()),
            may_rank: found.mean >= LEAST_FOR_RANKING,
        })
    }

    /// Rank intervals for all, or for none: when agencies' means are too unreliable, or the intervals too wide.
    fn ranks(&self, figures: &mut Figures, may_rank: Option<bool>) {
        let subject = Subject::Rank(self.index.clone());
        let method = Method::named("rank.pairwise-welch-holm")
            .with("confidence", CONFIDENCE.level())
            .with("widest_median", "half of the agencies")
            .with("least_icc2", LEAST_FOR_RANKING);
        let samples: Option<Vec<Sample>> = self.shown().map(|(_, level)| sample(level)).collect();
        let ranking = samples.and_then(|samples| rank_intervals(&samples, CONFIDENCE).ok());
        let why_not = match (&ranking, may_rank) {
            (None, _) | (_, None) => Some("there are not enough agencies with figures that differ"),
            (_, Some(false)) => Some("agencies' means are too unreliable to be ranked: ICC(2) is below .7"),
            (Some(ranking), _) if !ranking.shown => Some(
                "the rank intervals are too wide: their median width exceeds half the number of agencies",
            ),
            _ => None,
        };
        let measured = Ranking {
            agencies: as_count(self.levels.shown.len()),
            median_width: ranking.as_ref().map(|ranking| ranking.median_width),
            ranked: why_not.is_none(),
            why_not: why_not.map(str::to_owned),
        };
        let state = self.of_state(Measured::Ranking(measured), method.clone());
        self.put(figures, Unit::StateMean, subject.clone(), Some(state));
        let Some(ranking) = ranking.filter(|_| why_not.is_none()) else {
            return;
        };
        for ((unit, level), interval) in self.shown().zip(&ranking.intervals) {
            let rank = Measured::Rank(Rank {
                best: interval.best,
                worst: interval.worst,
                agencies: real_count(self.levels.shown.len()),
            });
            let figure = self.of_unit(unit, level, rank, method.clone());
            self.put(figures, unit.clone(), subject.clone(), Some(figure));
        }
    }

    /// Each figure drawn towards the mean of all, from eight agencies on.
    fn stabilised(&self, figures: &mut Figures) {
        let subject = Subject::Stabilised(self.index.clone());
        let method = Method::named("stabilised.fay-herriot-reml")
            .with(
                "errors",
                "pooled variance / n, without finite population correction",
            )
            .with("least_agencies", as_count(LEAST_AGENCIES));
        let Some(model) = self.model() else { return };
        let state = Measured::Stabilisation(Stabilisation {
            agencies: as_count(self.levels.shown.len()),
            between: model.between,
            centre: model.coefficients.first().copied().unwrap_or_default(),
            distinguishable: model.between > 0.0,
        });
        self.put(
            figures,
            Unit::StateMean,
            subject.clone(),
            Some(self.of_state(state, method.clone())),
        );
        for ((unit, level), area) in self.shown().zip(&model.estimates) {
            let error = area.mse.max(0.0).sqrt();
            let measured = Measured::Stabilised(Stabilised {
                value: area.value,
                error,
                interval: Interval::around(area.value, Confidence::NINETY_FIVE.z() * error)
                    .within(0.0, 100.0),
                own_share: area.own_share,
            });
            let figure = self.of_unit(unit, level, measured, method.clone());
            self.put(figures, unit.clone(), subject.clone(), Some(figure));
        }
    }

    fn model(&self) -> Option<FayHerriot> {
        if self.levels.shown.len() < LEAST_AGENCIES {
            return None;
        }
        let (squares, df) = self
            .shown()
            .filter_map(|(_, level)| level.group.all.moments().ok())
            .fold((0.0, 0.0), |(squares, df), moments| {
                (squares + moments.squares, df + moments.n_real() - 1.0)
            });
        let pooled = squares / df;
        let direct: Vec<f64> = self.shown().map(|(_, level)| level.estimate().mean).collect();
        let errors: Vec<f64> = self
            .shown()
            .map(|(_, level)| pooled * level.estimate().weight_deff.max(1.0) / real_u64(level.respondents()))
            .collect();
        fay_herriot(&direct, &errors, &[]).ok()
    }

    /// A figure about all shown agencies together.
    fn of_state(&self, measured: Measured, method: Method) -> Figure {
        let respondents: u64 = self.shown().map(|(_, level)| level.respondents()).sum();
        let people: Option<u32> = self.shown().map(|(_, level)| level.group.people).sum();
        let all = self.levels.shown.len() == self.cells.units.len();
        Figure {
            respondents: super::cells::as_respondents(respondents),
            people,
            response_rate: people.map(|people| rate(respondents, people)),
            measured,
            change: None,
            trend: None,
            warnings: if all {
                Vec::new()
            } else {
                vec![Warning::AgenciesMissing]
            },
            method,
        }
    }

    fn of_unit(&self, unit: &Unit, level: &UnitLevel, measured: Measured, method: Method) -> Figure {
        let place = self.cells.units.iter().position(|of| &of.unit == unit);
        let responses = place.map_or(0, |place| self.cells.responses(place, EVERYBODY));
        Figure {
            respondents: super::cells::as_respondents(level.respondents()),
            people: level.group.people,
            response_rate: level.group.people.map(|people| rate(responses, people)),
            measured,
            change: None,
            trend: None,
            warnings: Vec::new(),
            method,
        }
    }

    fn put(&self, figures: &mut Figures, unit: Unit, subject: Subject, figure: Option<Figure>) {
        let Some(index) = self.cells.index_position(self.index) else {
            return;
        };
        let position = self.cells.units.iter().position(|of| of.unit == unit);
        let place = position.map_or(Place::State, Place::Unit);
        let protected = self.plan.protect(place, EVERYBODY, index, || figure);
        figures.insert(
            Key {
                unit,
                cut: Cut::Everybody,
                subject,
            },
            protected,
        );
    }
}

/// Responses per invited person.
pub(super) fn rate(responses: u64, people: u32) -> f64 {
    if people == 0 {
        0.0
    } else {
        real_u64(responses) / f64::from(people)
    }
}

fn real_count(length: usize) -> u64 {
    super::cells::respondents(length)
}
