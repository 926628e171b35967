//! A trend as a chart, as a sentence and as a table.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::say::Say;
use crate::import::{PastFigure, PastKind};
use crate::report::chart::{Line, Mark, PastPoint, Point, TrendChart};
use crate::report::model::{Segment, Trend, TrendPoint};
use crate::report::read::PublishedRound;
use crate::report::words;

/// A chart with its table.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct TrendView {
    /// Our own SVG; empty when there is nothing to draw.
    pub chart: String,
    /// What it says, in sentences.
    pub summary: String,
    pub breaks: Vec<BreakView>,
    /// The headings of the columns of values.
    pub lines: Vec<String>,
    pub rows: Vec<RowView>,
    /// Where the picture is as a file, without its ending; empty when it is none.
    pub file: String,
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

/// What a trend chart is made of.
pub(super) struct Course<'a> {
    pub say: Say<'a>,
    pub id: String,
    pub title: String,
    pub drawn: Vec<Drawn<'a>>,
    pub past: Vec<&'a PastFigure>,
    pub rounds: &'a [PublishedRound],
    pub file: String,
}

impl Course<'_> {
    fn is_empty(&self) -> bool {
        let points: usize = self
            .drawn
            .iter()
            .flat_map(|drawn| &drawn.trend.segments)
            .map(|segment| segment.points.len())
            .sum();
        points + self.past.len() == 0
    }

    /// The chart; `None` when there is nothing to draw.
    pub(super) fn chart(&self) -> Option<TrendChart> {
        if self.is_empty() {
            return None;
        }
        let breaks = self.breaks();
        let numbered = breaks.iter().enumerate().filter_map(|(place, (date, _))| {
            let number = (place + 1).to_string();
            Some(Mark {
                at: words::days(date)?,
                label: self.say.text("r-break-number", &[("number", &number)]),
            })
        });
        Some(TrendChart {
            id: self.id.clone(),
            title: self.title.clone(),
            description: self.description(),
            lines: self.drawn.iter().map(|drawn| self.line(drawn)).collect(),
            past: self
                .past
                .iter()
                .filter_map(|figure| self.past_point(figure))
                .collect(),
            past_label: self.say.text("r-as-published", &[]),
            breaks: numbered.collect(),
            versions: self.versions(),
        })
    }

    /// The chart with all that stands beside it.
    pub(super) fn view(&self) -> TrendView {
        let Some(chart) = self.chart() else {
            return TrendView::default();
        };
        let summary = self
            .drawn
            .first()
            .map(|drawn| self.summary(drawn.trend))
            .unwrap_or_default();
        let breaks = self.breaks().into_iter();
        TrendView {
            chart: chart.picture().inline(),
            summary: [summary, self.caution(&chart)].join(" ").trim().to_owned(),
            breaks: breaks
                .map(|(date, reason)| BreakView {
                    when: self.say.month(&date),
                    reason,
                })
                .collect(),
            lines: self.drawn.iter().map(|drawn| drawn.label.clone()).collect(),
            rows: self.rows(),
            file: self.file.clone(),
        }
    }

    /// Where the axis starts, when that is not at 0.
    pub(super) fn caution(&self, chart: &TrendChart) -> String {
        let (low, high) = chart.axis();
        if low > 0.0 {
            self.say.text(
                "r-axis",
                &[("low", &self.say.score(low)), ("high", &self.say.score(high))],
            )
        } else {
            String::new()
        }
    }

    fn breaks(&self) -> BTreeSet<(String, String)> {
        let breaks = self.drawn.iter().flat_map(|drawn| &drawn.trend.breaks);
        breaks.map(|gap| (gap.date.clone(), gap.reason.clone())).collect()
    }

    fn line(&self, drawn: &Drawn<'_>) -> Line {
        let point = |point: &TrendPoint| {
            let when = self.say.month(&point.date);
            let range = point
                .interval
                .map(|interval| format!(" ({})", self.say.interval(interval)));
            Some(Point {
                at: words::days(&point.date)?,
                told: format!(
                    "{}: {}{}",
                    point.title,
                    self.say.score(point.value),
                    range.unwrap_or_default()
                ),
                when,
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

    fn past_point(&self, figure: &PastFigure) -> Option<PastPoint> {
        let value = self.say.score(figure.value);
        Some(PastPoint {
            at: words::days(&figure.published_on)?,
            when: figure.period.clone(),
            value: figure.value,
            told: format!(
                "{}: {value}, {}",
                figure.period,
                self.say.text("r-as-published", &[])
            ),
        })
    }

    /// Where a further version of a survey was asked for the first time.
    fn versions(&self) -> Vec<Mark> {
        let mut known: BTreeMap<&str, u32> = BTreeMap::new();
        let mut marks = Vec::new();
        let points = self
            .drawn
            .first()
            .into_iter()
            .flat_map(|drawn| &drawn.trend.segments);
        for point in points.flat_map(|segment| &segment.points) {
            let Some(round) = self.rounds.iter().find(|round| round.round == point.round) else {
                continue;
            };
            let before = known.insert(round.survey.as_str(), round.version);
            if before.is_some_and(|before| before != round.version)
                && let Some(at) = words::days(&point.date)
            {
                let version = round.version.to_string();
                marks.push(Mark {
                    at,
                    label: self.say.text("r-version-mark", &[("version", &version)]),
                });
            }
        }
        marks
    }

    fn description(&self) -> String {
        let sentences = self.drawn.iter().filter_map(|drawn| {
            let mut points = drawn.trend.segments.iter().flat_map(|segment| &segment.points);
            let (first, last) = (points.next()?, points.next_back());
            let (from, when) = (self.say.score(first.value), self.say.month(&first.date));
            let last = last.unwrap_or(first);
            let (to, then) = (self.say.score(last.value), self.say.month(&last.date));
            let told: [(&str, &str); 5] = [
                ("line", &drawn.label),
                ("from", &from),
                ("first", &when),
                ("to", &to),
                ("last", &then),
            ];
            Some(self.say.text("r-course", &told))
        });
        let mut sentences: Vec<String> = sentences.collect();
        if !self.past.is_empty() {
            sentences.push(self.say.text("r-past-points", &[]));
        }
        sentences.push(self.say.text("r-table-below", &[]));
        sentences.join(" ")
    }

    /// The slope and the test of the last stretch, in words.
    fn summary(&self, trend: &Trend) -> String {
        let say = self.say;
        let mut sentences = Vec::new();
        if let Some(last) = trend.segments.last().filter(|segment| segment.points.len() > 1) {
            sentences.push(say.counted("r-common-items", last.common_items));
        }
        if let Some(slope) = &trend.slope {
            let interval = slope.interval;
            let range = [interval.low, interval.high].map(|end| say.number(end, 1));
            let [low, high] = range;
            let key = match (trend.breaks.is_empty(), interval.low > 0.0 || interval.high < 0.0) {
                (true, true) => "r-slope",
                (true, false) => "r-slope-unclear",
                (false, true) => "r-slope-since",
                (false, false) => "r-slope-since-unclear",
            };
            let points = say.number(slope.per_year, 1);
            sentences.push(say.text(key, &[("points", &points), ("low", &low), ("high", &high)]));
        }
        if let Some(test) = &trend.test {
            let key = if test.p < 0.05 {
                "r-one-way"
            } else {
                "r-not-one-way"
            };
            sentences.push(say.text(key, &[("p", &say.p_value(test.p))]));
        }
        sentences.join(" ")
    }

    fn rows(&self) -> Vec<RowView> {
        let mut rounds: BTreeMap<(&str, &str), RowView> = BTreeMap::new();
        for (column, one) in self.drawn.iter().enumerate() {
            for point in one.trend.segments.iter().flat_map(|segment| &segment.points) {
                let key = (point.date.as_str(), point.round.as_str());
                let row = rounds.entry(key).or_insert_with(|| RowView {
                    title: point.title.clone(),
                    when: self.say.month(&point.date),
                    cells: vec![CellView::default(); self.drawn.len()],
                });
                if let Some(cell) = row.cells.get_mut(column) {
                    *cell = CellView {
                        value: self.say.score(point.value),
                        interval: point
                            .interval
                            .map(|interval| self.say.interval(interval))
                            .unwrap_or_default(),
                        n: self.say.count(point.respondents),
                    };
                }
            }
        }
        rounds.into_values().collect()
    }
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
    pub what: String,
    pub n: String,
    pub rate: String,
    pub note: String,
}

/// The imported figures of an agency, by subject and series.
pub(super) fn past_views(say: Say<'_>, figures: &[PastFigure]) -> Vec<PastView> {
    let mut groups: BTreeMap<(String, String), Vec<&PastFigure>> = BTreeMap::new();
    for figure in figures {
        let group = (figure.subject.to_string(), figure.series.to_string());
        groups.entry(group).or_default().push(figure);
    }
    let numbered = groups.into_iter().enumerate();
    numbered
        .map(|(number, ((subject, series), figures))| past_view(say, number, subject, series, figures))
        .collect()
}

fn past_view(
    say: Say<'_>,
    number: usize,
    subject: String,
    series: String,
    figures: Vec<&PastFigure>,
) -> PastView {
    let breaks: Vec<Mark> = figures
        .iter()
        .skip(1)
        .filter(|figure| figure.break_before.is_some())
        .filter_map(|figure| {
            Some(Mark {
                // A little before the figure that starts anew.
                at: words::days(&figure.published_on)? - 60.0,
                label: say.text("r-break-mark", &[]),
            })
        })
        .collect();
    let course = Course {
        say,
        id: format!("past-{number}"),
        title: say.text("r-past-title", &[("subject", &subject), ("series", &series)]),
        drawn: Vec::new(),
        past: figures,
        rounds: &[],
        file: String::new(),
    };
    let chart = course.chart().map(|chart| TrendChart { breaks, ..chart });
    PastView {
        chart: chart.map(|chart| chart.picture().inline()).unwrap_or_default(),
        source: course
            .past
            .last()
            .map(|figure| figure.source.clone())
            .unwrap_or_default(),
        rows: course
            .past
            .iter()
            .enumerate()
            .map(|(place, figure)| past_row(say, place, figure))
            .collect(),
        subject,
        series,
    }
}

fn past_row(say: Say<'_>, place: usize, figure: &PastFigure) -> PastRow {
    let what = match figure.kind {
        PastKind::Mean => "r-past-mean",
        PastKind::PercentFavourable => "r-past-favourable",
    };
    PastRow {
        period: figure.period.clone(),
        value: say.score(figure.value),
        what: say.text(what, &[]),
        n: figure.n.map(|n| say.count(n)).unwrap_or_default(),
        rate: figure
            .response_rate
            .map(|rate| say.rate(rate))
            .unwrap_or_default(),
        note: figure
            .break_before
            .clone()
            .filter(|_| place > 0)
            .unwrap_or_default(),
    }
}
