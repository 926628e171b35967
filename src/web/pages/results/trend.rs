//! A trend as a page shows it: the chart, and the table that says the same.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::import::{PastFigure, PastKind};
use crate::report::chart::{Break, Line, PastPoint, Point, TrendChart};
use crate::report::model::{Segment, Trend, TrendPoint};
use crate::report::words;

/// A chart with its table.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct TrendView {
    /// Our own SVG.
    pub chart: String,
    /// What it says, in a sentence.
    pub summary: String,
    pub breaks: Vec<BreakView>,
    /// The headings of the columns of values.
    pub lines: Vec<String>,
    pub rows: Vec<RowView>,
}

/// A break in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct BreakView {
    pub when: String,
    pub reason: String,
}

/// A round in the table.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RowView {
    pub title: String,
    pub when: String,
    /// For each line its value, or empty.
    pub cells: Vec<CellView>,
}

/// A value in the table.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct CellView {
    pub value: String,
    pub interval: String,
    pub n: String,
}

/// One line of a chart and where it comes from.
pub(super) struct Drawn<'a> {
    pub label: String,
    pub trend: &'a Trend,
}

/// The view of one or two trends in one chart, with the figures that were published before.
pub(super) fn trend_view(
    id: &str,
    title: &str,
    drawn: &[Drawn<'_>],
    past: &[&PastFigure],
) -> Option<TrendView> {
    let points: usize = drawn
        .iter()
        .flat_map(|drawn| &drawn.trend.segments)
        .map(|segment| segment.points.len())
        .sum();
    if points + past.len() == 0 {
        return None;
    }
    let breaks: BTreeMap<(String, String), ()> = drawn
        .iter()
        .flat_map(|drawn| &drawn.trend.breaks)
        .map(|gap| ((gap.date.clone(), gap.reason.clone()), ()))
        .collect();
    let summary = drawn
        .first()
        .map(|drawn| summary(drawn.trend))
        .unwrap_or_default();
    let chart = TrendChart {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description(drawn, past),
        lines: drawn.iter().map(line).collect(),
        past: past.iter().filter_map(|figure| past_point(figure)).collect(),
        breaks: breaks
            .keys()
            .enumerate()
            .filter_map(|(number, (date, _))| {
                Some(Break {
                    at: words::days(date)?,
                    label: format!("break {}", number + 1),
                })
            })
            .collect(),
    };
    Some(TrendView {
        chart: chart.render(),
        summary,
        breaks: breaks
            .into_keys()
            .map(|(date, reason)| BreakView {
                when: words::month(&date),
                reason,
            })
            .collect(),
        lines: drawn.iter().map(|drawn| drawn.label.clone()).collect(),
        rows: rows(drawn),
    })
}

fn line(drawn: &Drawn<'_>) -> Line {
    let point = |point: &TrendPoint| {
        Some(Point {
            at: words::days(&point.date)?,
            when: words::month(&point.date),
            value: point.value,
            interval: point.interval.map(|interval| (interval.low, interval.high)),
        })
    };
    let segment = |segment: &Segment| segment.points.iter().filter_map(point).collect();
    Line {
        label: drawn.label.clone(),
        segments: drawn.trend.segments.iter().map(segment).collect(),
    }
}

fn past_point(figure: &PastFigure) -> Option<PastPoint> {
    Some(PastPoint {
        at: words::days(&figure.published_on)?,
        when: figure.period.clone(),
        value: figure.value,
    })
}

fn description(drawn: &[Drawn<'_>], past: &[&PastFigure]) -> String {
    let mut sentences: Vec<String> = drawn
        .iter()
        .filter_map(|drawn| {
            let mut points = drawn.trend.segments.iter().flat_map(|segment| &segment.points);
            let (first, last) = (points.next()?, points.next_back());
            let from = format!("{} in {}", words::score(first.value), words::month(&first.date));
            Some(match last {
                Some(last) => {
                    format!(
                        "{}: from {from} to {} in {}.",
                        drawn.label,
                        words::score(last.value),
                        words::month(&last.date)
                    )
                }
                None => format!("{}: {from}.", drawn.label),
            })
        })
        .collect();
    if !past.is_empty() {
        sentences.push(format!(
            "{} figures as published earlier, without intervals.",
            past.len()
        ));
    }
    sentences.push("The table below has every value.".to_owned());
    sentences.join(" ")
}

/// The slope and the test of the last stretch, in words.
fn summary(trend: &Trend) -> String {
    let mut sentences = Vec::new();
    if let Some(last) = trend.segments.last().filter(|segment| segment.points.len() > 1) {
        sentences.push(match last.common_items {
            1 => "Drawn on the 1 question that all these rounds asked.".to_owned(),
            items => format!("Drawn on the {items} questions that all these rounds asked."),
        });
    }
    if let Some(slope) = &trend.slope {
        let (low, high) = (slope.interval.low, slope.interval.high);
        let clear = if low > 0.0 || high < 0.0 {
            ""
        } else {
            ", which includes no change"
        };
        let over = if trend.breaks.is_empty() {
            "Over these rounds"
        } else {
            "Since the last break"
        };
        sentences.push(format!(
            "{over}: {} points a year (95 % interval {} to {}{clear}).",
            words::plain(slope.per_year, 1),
            words::plain(low, 1),
            words::plain(high, 1)
        ));
    }
    if let Some(test) = &trend.test {
        let verdict = if test.p < 0.05 {
            "goes one way"
        } else {
            "cannot be said to go one way"
        };
        sentences.push(format!(
            "Over all its rounds the line {verdict} (Mann-Kendall {}).",
            words::p_value(test.p)
        ));
    }
    sentences.join(" ")
}

fn rows(drawn: &[Drawn<'_>]) -> Vec<RowView> {
    let mut rounds: BTreeMap<(&str, &str), RowView> = BTreeMap::new();
    for (column, one) in drawn.iter().enumerate() {
        for point in one.trend.segments.iter().flat_map(|segment| &segment.points) {
            let key = (point.date.as_str(), point.round.as_str());
            let row = rounds.entry(key).or_insert_with(|| RowView {
                title: point.title.clone(),
                when: words::month(&point.date),
                cells: vec![CellView::default(); drawn.len()],
            });
            if let Some(cell) = row.cells.get_mut(column) {
                *cell = CellView {
                    value: words::score(point.value),
                    interval: point.interval.map(words::interval).unwrap_or_default(),
                    n: point.respondents.to_string(),
                };
            }
        }
    }
    rounds.into_values().collect()
}

/// Imported figures of one subject and series.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PastView {
    pub subject: String,
    pub series: String,
    /// Our own SVG.
    pub chart: String,
    pub source: String,
    pub rows: Vec<PastRow>,
}

/// One imported figure.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PastRow {
    pub period: String,
    pub value: String,
    pub what: &'static str,
    pub n: String,
    pub rate: String,
    pub note: String,
}

/// The imported figures of an agency, by subject and series.
pub(super) fn past_views(figures: &[PastFigure]) -> Vec<PastView> {
    let mut groups: BTreeMap<(String, String), Vec<&PastFigure>> = BTreeMap::new();
    for figure in figures {
        groups
            .entry((figure.subject.to_string(), figure.series.to_string()))
            .or_default()
            .push(figure);
    }
    let numbered = groups.into_iter().enumerate();
    numbered
        .map(|(number, ((subject, series), figures))| past_view(number, subject, series, &figures))
        .collect()
}

fn past_view(number: usize, subject: String, series: String, figures: &[&PastFigure]) -> PastView {
    let breaks = figures
        .iter()
        .skip(1)
        .filter(|figure| figure.break_before.is_some());
    let chart = TrendChart {
        id: format!("past-{number}"),
        title: format!("{subject}, as published in {series}"),
        description:
            "Figures as they were published; no intervals are known. The table below has every value."
                .to_owned(),
        lines: Vec::new(),
        past: figures.iter().filter_map(|figure| past_point(figure)).collect(),
        breaks: breaks
            .filter_map(|figure| {
                Some(Break {
                    // A little before the figure that starts anew.
                    at: words::days(&figure.published_on)? - 60.0,
                    label: "break".to_owned(),
                })
            })
            .collect(),
    };
    PastView {
        chart: chart.render(),
        source: figures
            .last()
            .map(|figure| figure.source.clone())
            .unwrap_or_default(),
        rows: figures
            .iter()
            .enumerate()
            .map(|(place, figure)| past_row(place, figure))
            .collect(),
        subject,
        series,
    }
}

fn past_row(place: usize, figure: &PastFigure) -> PastRow {
    PastRow {
        period: figure.period.clone(),
        value: words::plain(figure.value, 0),
        what: match figure.kind {
            PastKind::Mean => "mean score",
            PastKind::PercentFavourable => "per cent favourable",
        },
        n: figure.n.map(|n| n.to_string()).unwrap_or_default(),
        rate: figure.response_rate.map(words::rate).unwrap_or_default(),
        note: figure
            .break_before
            .clone()
            .filter(|_| place > 0)
            .unwrap_or_default(),
    }
}
