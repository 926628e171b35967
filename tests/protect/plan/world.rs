//! People with answers, counted into a census: what a round would give to the plan.

use rapport::measure::numeric::{count, real};
use rapport::protect::Thresholds;
use rapport::protect::plan::{Census, Counted, Family, Layout, Plan};

/// Segment and option, both from 1; `(0, 0)` is everybody.
pub type Cut = (usize, usize);
/// The cut that is none.
pub const EVERYBODY: Cut = (0, 0);
/// The index; items follow from 1.
pub const INDEX: usize = 0;

/// One respondent.
#[derive(Debug, Clone)]
pub struct Person {
    pub unit: usize,
    /// The option of each segment, from 1; 0 is "did not say".
    pub options: Vec<usize>,
    /// A score for each item.
    pub scores: Vec<Option<f64>>,
}

/// A round of one audience.
#[derive(Debug, Clone)]
pub struct World {
    /// The unit that each unit is part of.
    pub parents: Vec<Option<usize>>,
    /// How many options each segment has.
    pub segments: Vec<usize>,
    pub items: usize,
    pub people: Vec<Person>,
    pub k: u64,
}

impl World {
    pub fn plan(&self) -> Plan<usize, Cut, usize> {
        self.plan_without(&[])
    }

    /// The plan where units are held back from segments, counted from 0.
    pub fn plan_without(&self, held: &[(usize, usize)]) -> Plan<usize, Cut, usize> {
        let mut census = self.census();
        for (unit, segment) in held {
            census.hold(unit, *segment).unwrap();
        }
        Plan::of(census, &Thresholds::with_least_respondents(self.k).unwrap())
    }

    pub fn smallest(&self) -> Vec<usize> {
        let is_parent = |unit: usize| self.parents.contains(&Some(unit));
        (0..self.parents.len()).filter(|unit| !is_parent(*unit)).collect()
    }

    pub fn subjects(&self) -> std::ops::RangeInclusive<usize> {
        INDEX..=self.items
    }

    /// All cuts, everybody first.
    pub fn cuts(&self) -> Vec<Cut> {
        let mut cuts = vec![EVERYBODY];
        for (segment, options) in self.segments.iter().enumerate() {
            cuts.extend((1..=*options).map(|option| (segment + 1, option)));
        }
        cuts
    }

    /// The scores of those of `unit` who gave `option` in `segment` (from 1; `None`: all).
    pub fn scores(&self, unit: usize, segment: usize, option: Option<usize>, subject: usize) -> Vec<f64> {
        let is_in = |person: &&Person| {
            person.unit == unit && option.is_none_or(|option| person.options[segment - 1] == option)
        };
        self.people
            .iter()
            .filter(is_in)
            .filter_map(|person| person.score(subject))
            .collect()
    }

    fn census(&self) -> Census<usize, Cut, usize> {
        let layout = Layout {
            units: self.parents.iter().copied().enumerate().collect(),
            everybody: EVERYBODY,
            segments: (1..=self.segments.len())
                .map(|segment| {
                    (1..=self.segments[segment - 1])
                        .map(|option| (segment, option))
                        .collect()
                })
                .collect(),
            families: vec![Family {
                composites: vec![INDEX],
                parts: (1..=self.items).collect(),
                least_respondents: 0,
            }],
        };
        let mut census = Census::new(layout);
        for unit in self.smallest() {
            for subject in self.subjects() {
                for cut in self.cuts() {
                    let option = (cut != EVERYBODY).then_some(cut.1);
                    let scores = self.scores(unit, cut.0.max(1), option, subject);
                    let counted = Counted::scores(&scores, count(scores.len()) + 12);
                    census.count(&unit, &cut, &subject, counted).unwrap();
                }
            }
        }
        census
    }
}

impl Person {
    /// The index is the mean of the items, where two thirds were answered.
    pub fn score(&self, subject: usize) -> Option<f64> {
        if subject != INDEX {
            return self.scores[subject - 1];
        }
        let answered: Vec<f64> = self.scores.iter().flatten().copied().collect();
        let enough = 3 * answered.len() >= 2 * self.scores.len();
        enough.then(|| answered.iter().sum::<f64>() / real(answered.len()))
    }
}

/// A world of one subject with the given number of people in each unit (below a state) and option.
pub fn table(counts: &[[usize; 4]], score: impl Fn(usize, usize, usize) -> f64) -> World {
    let mut people = Vec::new();
    for (row, options) in counts.iter().enumerate() {
        for (option, size) in options.iter().enumerate() {
            people.extend((0..*size).map(|person| Person {
                unit: row + 1,
                options: vec![option + 1],
                scores: vec![Some(score(row, option, person))],
            }));
        }
    }
    World {
        parents: [None].into_iter().chain(counts.iter().map(|_| Some(0))).collect(),
        segments: vec![4],
        items: 1,
        people,
        k: 10,
    }
}
