//! In which order agencies stand, and which of them: by plain links, and by score only where a ranking is defensible.

use std::cmp::Ordering;

use super::super::number::{Source, estimate};
use super::super::round::{Head, Link};
use super::Asked;
use crate::report::model::{Change, Cut, Figure, Measured, Subject, Verdict};
use crate::survey::definition::Index;

/// In which order rows stand, and which of them.
pub(super) struct Arrangement<'a> {
    state: Source<'a>,
    sort: Sort,
    show: Show,
    /// The indices by which agencies are ranked.
    ranked: Vec<&'a Index>,
}

#[derive(Debug, Clone, PartialEq)]
enum Sort {
    Name,
    Rate,
    /// Detectable changes of an index first.
    Change(String),
    /// Only where a ranking is defensible.
    Score(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    All,
    Down,
    Up,
    Withheld,
}

impl<'a> Arrangement<'a> {
    pub(super) fn of(state: &Source<'a>, asked: &Asked) -> Self {
        let is_ranked = |index: &&Index| {
            let figure = state.figure(&Cut::Everybody, &Subject::Rank(index.id.clone()));
            figure.is_some_and(
                |figure| matches!(&figure.measured, Measured::Ranking(ranking) if ranking.ranked),
            )
        };
        let ranked: Vec<&Index> = state.results.document.indices.iter().filter(is_ranked).collect();
        let sort = match asked.sort.split_once('.') {
            Some(("change", index)) => Sort::Change(index.to_owned()),
            Some(("score", id)) if ranked.iter().any(|index| index.id.as_str() == id) => {
                Sort::Score(id.to_owned())
            }
            _ if asked.sort == "rate" => Sort::Rate,
            _ => Sort::Name,
        };
        let show = match asked.show.as_str() {
            "down" => Show::Down,
            "up" => Show::Up,
            "withheld" => Show::Withheld,
            _ => Show::All,
        };
        Self {
            state: *state,
            sort,
            show,
            ranked,
        }
    }

    pub(super) fn arranged(&self, units: Vec<Source<'a>>) -> Vec<Source<'a>> {
        let mut kept: Vec<Source<'a>> = units.into_iter().filter(|unit| self.keeps(unit)).collect();
        kept.sort_by(|a, b| {
            let by_choice = match &self.sort {
                Sort::Name => Ordering::Equal,
                Sort::Rate => descending(rate(a), rate(b)),
                Sort::Change(index) => change_order(a, index).cmp(&change_order(b, index)),
                Sort::Score(index) => descending(score(a, index), score(b, index)),
            };
            by_choice.then_with(|| a.unit.title.to_lowercase().cmp(&b.unit.title.to_lowercase()))
        });
        kept
    }

    fn keeps(&self, unit: &Source<'_>) -> bool {
        let indices = &self.state.results.document.indices;
        let went = |verdict: Verdict| {
            indices
                .iter()
                .any(|index| verdict_of(unit, index.id.as_str()) == Some(verdict))
        };
        match self.show {
            Show::All => true,
            Show::Down => went(Verdict::Down),
            Show::Up => went(Verdict::Up),
            Show::Withheld => unit.figure(&Cut::Everybody, &Subject::Responses).is_none(),
        }
    }

    fn link(
        &self,
        head: &Head,
        audience: &str,
        sort: &str,
        show: &str,
        label: String,
        current: bool,
    ) -> Link {
        let mut href = format!("/results/{}?audience={audience}", head.round);
        if !sort.is_empty() {
            href.push_str(&format!("&sort={sort}"));
        }
        if !show.is_empty() {
            href.push_str(&format!("&show={show}"));
        }
        href.push_str("#agencies");
        Link { href, label, current }
    }

    pub(super) fn sorts(&self, head: &Head, audience: &str) -> Vec<Link> {
        let say = self.state.say;
        let show = self.show.word();
        let mut links = vec![
            self.link(
                head,
                audience,
                "",
                show,
                say.text("r-sort-name", &[]),
                self.sort == Sort::Name,
            ),
            self.link(
                head,
                audience,
                "rate",
                show,
                say.text("r-sort-rate", &[]),
                self.sort == Sort::Rate,
            ),
        ];
        for index in &self.state.results.document.indices {
            let title = say.survey(&index.title);
            let label = say.text("r-sort-change", &[("index", &title)]);
            let current = self.sort == Sort::Change(index.id.to_string());
            links.push(self.link(
                head,
                audience,
                &format!("change.{}", index.id),
                show,
                label,
                current,
            ));
            if self.ranked.iter().any(|ranked| ranked.id == index.id) {
                let current = self.sort == Sort::Score(index.id.to_string());
                links.push(self.link(
                    head,
                    audience,
                    &format!("score.{}", index.id),
                    show,
                    title,
                    current,
                ));
            }
        }
        links
    }

    pub(super) fn filters(&self, head: &Head, audience: &str) -> Vec<Link> {
        let say = self.state.say;
        let sort = self.sort.word();
        [
            (Show::All, "r-show-all"),
            (Show::Down, "r-show-down"),
            (Show::Up, "r-show-up"),
            (Show::Withheld, "r-show-withheld"),
        ]
        .into_iter()
        .map(|(show, key)| {
            self.link(
                head,
                audience,
                &sort,
                show.word(),
                say.text(key, &[]),
                self.show == show,
            )
        })
        .collect()
    }

    /// Which scores order nothing, and why.
    pub(super) fn note(&self) -> String {
        let say = self.state.say;
        if self.ranked.len() == self.state.results.document.indices.len() {
            say.text("r-order-ranked", &[])
        } else {
            say.text("r-order-alphabetical", &[])
        }
    }
}

impl Sort {
    fn word(&self) -> String {
        match self {
            Self::Name => String::new(),
            Self::Rate => "rate".to_owned(),
            Self::Change(index) => format!("change.{index}"),
            Self::Score(index) => format!("score.{index}"),
        }
    }
}

impl Show {
    fn word(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Down => "down",
            Self::Up => "up",
            Self::Withheld => "withheld",
        }
    }
}

/// The larger first, what is withheld last.
fn descending(a: Option<f64>, b: Option<f64>) -> Ordering {
    b.unwrap_or(f64::NEG_INFINITY)
        .total_cmp(&a.unwrap_or(f64::NEG_INFINITY))
}

fn rate(unit: &Source<'_>) -> Option<f64> {
    unit.figure(&Cut::Everybody, &Subject::Responses)?.response_rate
}

fn index_figure<'a>(unit: &Source<'a>, index: &str) -> Option<&'a Figure> {
    unit.figure(&Cut::Everybody, &Subject::Index(index.parse().ok()?))
}

fn score(unit: &Source<'_>, index: &str) -> Option<f64> {
    estimate(&index_figure(unit, index)?.measured).0
}

fn verdict_of(unit: &Source<'_>, index: &str) -> Option<Verdict> {
    match index_figure(unit, index)?.change.as_ref()? {
        Change::Tested(change) => Some(change.verdict),
        _ => None,
    }
}

fn change_order(unit: &Source<'_>, index: &str) -> u8 {
    match verdict_of(unit, index) {
        Some(Verdict::Down) => 0,
        Some(Verdict::Up) => 1,
        Some(Verdict::NoDetectableChange) => 2,
        None => 3,
    }
}
