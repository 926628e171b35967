//! What stands below the indices of the state and of an agency: by segment, whether agencies may be compared, and what
//! goes with an index. As tables.

use serde::Serialize;

use crate::report::model::{
    Cut, DocumentAudience, Drivers, Figure, Interval, Measured, Ranking, Subject, Unit,
};
use crate::report::read::Results;
use crate::report::words;

/// All of it, for one unit of one audience.
#[derive(Debug, Default, Serialize)]
pub(super) struct MoreView {
    pub id: String,
    pub segments: Vec<SegmentView>,
    pub comparing: Vec<ComparingView>,
    pub drivers: Vec<DriversView>,
}

/// The indices by the options of one segment.
#[derive(Debug, Serialize)]
pub(super) struct SegmentView {
    pub title: String,
    pub headings: Vec<String>,
    pub rows: Vec<SegmentRow>,
}

/// One option.
#[derive(Debug, Serialize)]
pub(super) struct SegmentRow {
    pub title: String,
    /// `12 of 20` or `12`, or empty when withheld.
    pub answered: String,
    pub cells: Vec<SegmentCell>,
}

/// An index of one option; empty when withheld.
#[derive(Debug, Default, Serialize)]
pub(super) struct SegmentCell {
    pub value: String,
    pub interval: String,
    pub n: u32,
}

/// Whether agencies may be compared on an index.
#[derive(Debug, Serialize)]
pub(super) struct ComparingView {
    pub title: String,
    pub sentences: Vec<String>,
}

/// What goes with an outcome.
#[derive(Debug, Serialize)]
pub(super) struct DriversView {
    pub title: String,
    pub explained: String,
    pub n: u32,
    pub rows: Vec<DriverRow>,
    /// Predictors that chance could have made, in words.
    pub noise: String,
}

/// One driver.
#[derive(Debug, Serialize)]
pub(super) struct DriverRow {
    pub title: String,
    pub share: String,
    pub weight: String,
    pub interval: String,
}

/// What is known of a unit of an audience.
pub(super) fn more(results: &Results, audience: &DocumentAudience, unit: &Unit) -> MoreView {
    let of = Of {
        results,
        audience,
        unit,
    };
    MoreView {
        id: format!("{}-{}", audience.name, unit.kind()),
        segments: of.segments(),
        comparing: of.comparing(),
        drivers: of.drivers(),
    }
}

struct Of<'a> {
    results: &'a Results,
    audience: &'a DocumentAudience,
    unit: &'a Unit,
}

impl Of<'_> {
    fn figure(&self, cut: &Cut, subject: &Subject) -> Option<&Figure> {
        self.results
            .figure_of(&self.audience.name, self.unit, cut, subject)
    }

    /// Segments of which anything is shown.
    fn segments(&self) -> Vec<SegmentView> {
        let mut views: Vec<SegmentView> = Vec::new();
        let mut last = "";
        for cut in &self.audience.cuts {
            if cut.segment() != last {
                last = cut.segment();
                views.push(SegmentView {
                    title: words::title_of(last),
                    headings: self.indices().map(|(_, title)| title).collect(),
                    rows: Vec::new(),
                });
            }
            if let Some(view) = views.last_mut() {
                view.rows.push(self.segment_row(cut));
            }
        }
        views.retain(|view| view.rows.iter().any(|row| !row.answered.is_empty()));
        views
    }

    fn segment_row(&self, cut: &Cut) -> SegmentRow {
        let answered = |figure: &Figure| match figure.people {
            Some(people) => format!("{} of {people}", figure.respondents),
            None => figure.respondents.to_string(),
        };
        let cell = |subject: Subject| match self.figure(cut, &subject) {
            Some(Figure {
                measured: Measured::Score(score),
                respondents,
                ..
            }) => SegmentCell {
                value: words::score(score.mean),
                interval: score.interval.map(words::interval).unwrap_or_default(),
                n: *respondents,
            },
            _ => SegmentCell::default(),
        };
        SegmentRow {
            title: words::title_of(cut.option()),
            answered: self
                .figure(cut, &Subject::Responses)
                .map(answered)
                .unwrap_or_default(),
            cells: self.indices().map(|(subject, _)| cell(subject)).collect(),
        }
    }

    fn indices(&self) -> impl Iterator<Item = (Subject, String)> {
        let indices = self.results.document.indices.iter();
        indices.map(|index| (Subject::Index(index.id.clone()), super::state::text(&index.title)))
    }

    fn comparing(&self) -> Vec<ComparingView> {
        let view = |(subject, title): (Subject, String)| {
            let Subject::Index(index) = subject else {
                return None;
            };
            let mut sentences = Vec::new();
            if let Some(figure) = self.figure(&Cut::Everybody, &Subject::Agreement(index.clone()))
                && let Measured::Agreement(found) = &figure.measured
            {
                let within = found
                    .within
                    .map(|within| format!("; within agencies people agree by {within:.2} (r_wg)"));
                sentences.push(format!(
                    "{} of the differences between people lie between agencies (ICC(1)); agencies' means are reliable by {:.2} (ICC(2)){}.",
                    words::rate(found.icc1.max(0.0)),
                    found.icc2,
                    within.unwrap_or_default()
                ));
            }
            let rank = self.figure(&Cut::Everybody, &Subject::Rank(index.clone()));
            sentences.extend(rank.and_then(|figure| rank_sentence(&figure.measured)));
            let stabilised = self.figure(&Cut::Everybody, &Subject::Stabilised(index));
            sentences.extend(stabilised.and_then(|figure| stabilised_sentence(&figure.measured)));
            (!sentences.is_empty()).then_some(ComparingView { title, sentences })
        };
        self.indices().filter_map(view).collect()
    }

    fn drivers(&self) -> Vec<DriversView> {
        let figures = self.results.figures.iter();
        let own = figures.filter(|((audience, unit, cut, _), _)| {
            audience == &self.audience.name && unit == self.unit && cut.is_everybody()
        });
        let view = |(key, figure): (
            &crate::report::read::FigureKey,
            &crate::report::model::Protected<Figure>,
        )| {
            let figure = figure.shown()?;
            let Measured::Drivers(drivers) = &figure.measured else {
                return None;
            };
            Some(drivers_view(words::subject(&key.3), figure.respondents, drivers))
        };
        own.filter_map(view).collect()
    }
}

fn rank_sentence(measured: &Measured) -> Option<String> {
    match measured {
        Measured::Rank(rank) => Some(format!(
            "Its true rank lies between {} and {} of {} agencies (95 % interval over all comparisons).",
            rank.best, rank.worst, rank.agencies
        )),
        Measured::Ranking(Ranking {
            why_not: Some(why_not),
            ..
        }) => Some(format!("Agencies are not ranked: {why_not}.")),
        Measured::Ranking(ranking) => Some(format!(
            "{} agencies have rank intervals; half of these are at most {} ranks wide.",
            ranking.agencies,
            ranking.median_width.map(words::score).unwrap_or_default()
        )),
        _ => None,
    }
}

fn stabilised_sentence(measured: &Measured) -> Option<String> {
    match measured {
        Measured::Stabilised(view) => Some(format!(
            "Stabilised view (not the headline): {} ({}), of which {} is its own figure and the rest the mean of all.",
            words::score(view.value),
            words::interval(view.interval),
            words::rate(view.own_share)
        )),
        Measured::Stabilisation(model) if !model.distinguishable => {
            Some("Agencies are not distinguishable: they differ no more than chance makes them.".to_owned())
        }
        _ => None,
    }
}

fn drivers_view(title: String, n: u32, drivers: &Drivers) -> DriversView {
    let precise = |interval: Interval| format!("{:.3} to {:.3}", interval.low, interval.high);
    DriversView {
        title,
        n,
        explained: words::rate(drivers.explained),
        rows: drivers
            .drivers
            .iter()
            .map(|driver| DriverRow {
                title: words::subject(&driver.subject),
                share: words::rate(driver.share),
                weight: format!("{:.3}", driver.weight),
                interval: precise(driver.interval),
            })
            .collect(),
        noise: drivers
            .noise
            .iter()
            .map(words::subject)
            .collect::<Vec<_>>()
            .join(", "),
    }
}
