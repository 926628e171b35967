//! One figure as a page shows it in a table or a card. Behind each stands its own page ([`super::facts`]).

use serde::Serialize;

use super::say::Say;
use crate::report::chart::{AnswersBar, IntervalBar, Slice, Sparkline};
use crate::report::model::{
    Bar, Change, Cut, Distribution, DocumentAudience, DocumentUnit, Figure, Interval, Measured, Points,
    Score, Subject, Trend, Unit, Verdict, Warning,
};
use crate::report::read::Results;
use crate::report::words;
use crate::survey::definition::{AnswerKind, Definition};

/// A figure, shown or withheld. A withheld one has nothing but `shown: false`.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Number {
    pub shown: bool,
    /// The page that explains it.
    pub href: String,
    /// The score, or the rate of a participation.
    pub value: String,
    /// `63 to 84`, or empty.
    pub interval: String,
    /// A small bar of it, our own SVG.
    pub bar: String,
    pub n: String,
    /// Empty where nobody knows how many there are.
    pub people: String,
    pub rate: String,
    /// `50 %`, or empty.
    pub favourable: String,
    pub change: ChangeView,
    pub warnings: Vec<String>,
}

/// A change in a word and in a sentence. Empty where there is none to speak of.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ChangeView {
    pub class: &'static str,
    pub word: String,
    /// The word where there is little room.
    pub brief: String,
    /// `+6`, or empty.
    pub points: String,
    /// `-4 to +8`, or empty.
    pub interval: String,
    pub sentence: String,
}

/// The answers to an item.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct AnswersView {
    /// Our own SVG, or empty where a bar would show too much.
    pub bar: String,
    pub parts: Vec<AnswersPart>,
}

/// One answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AnswersPart {
    pub label: String,
    pub share: String,
}

/// Where the figures of one unit of one audience are taken from, and in whose words they are told.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub say: Say<'a>,
    pub results: &'a Results,
    pub definition: &'a Definition,
    pub audience: &'a DocumentAudience,
    pub unit: &'a DocumentUnit,
}

impl<'a> Source<'a> {
    /// The same for another unit of the audience; `None` where it has none.
    pub(super) fn of(&self, unit: &Unit) -> Option<Self> {
        let unit = self.audience.units.iter().find(|known| &known.unit == unit)?;
        Some(Self { unit, ..*self })
    }

    /// The stored figure.
    pub(super) fn figure(&self, cut: &Cut, subject: &Subject) -> Option<&'a Figure> {
        self.results
            .figure_of(&self.audience.name, &self.unit.unit, cut, subject)
    }

    /// The figure of everybody as a page shows it.
    pub(super) fn number(&self, subject: &Subject) -> Number {
        self.number_of(&Cut::Everybody, subject)
    }

    /// The figure of a cut as a page shows it.
    pub(super) fn number_of(&self, cut: &Cut, subject: &Subject) -> Number {
        let Some(figure) = self.figure(cut, subject) else {
            return Number::default();
        };
        let (value, interval) = estimate(&figure.measured);
        let bar = value.filter(|_| in_points(&figure.measured)).map(|value| {
            let bar = IntervalBar {
                value,
                interval: interval.map(|interval| (interval.low, interval.high)),
            };
            bar.picture().decoration()
        });
        let say = self.say;
        Number {
            shown: true,
            href: self.href(cut, subject),
            value: value.map(|value| say.score(value)).unwrap_or_default(),
            interval: interval
                .map(|interval| say.interval(interval))
                .unwrap_or_default(),
            bar: bar.unwrap_or_default(),
            n: say.count(figure.respondents),
            people: figure.people.map(|people| say.count(people)).unwrap_or_default(),
            rate: figure
                .response_rate
                .map(|rate| say.rate(rate))
                .unwrap_or_default(),
            favourable: favourable(&figure.measured)
                .map(|bar| say.bar(bar))
                .unwrap_or_default(),
            change: figure
                .change
                .as_ref()
                .map(|change| change_view(say, change))
                .unwrap_or_default(),
            warnings: told_warnings(figure)
                .map(|warning| say.warning(warning))
                .collect(),
        }
    }

    /// The page behind a figure. Every part is a slug and needs no escaping.
    pub(super) fn href(&self, cut: &Cut, subject: &Subject) -> String {
        let mut href = format!(
            "/results/{}/number?audience={}&unit={}&subject={subject}",
            self.results.document.round, self.audience.name, self.unit.unit
        );
        if !cut.is_everybody() {
            href.push_str(&format!("&cut={cut}"));
        }
        href
    }

    /// The trend as a line of a word's size; empty when there is none.
    pub(super) fn spark(&self, subject: &Subject) -> String {
        let trend = self
            .figure(&Cut::Everybody, subject)
            .and_then(|figure| figure.trend.as_ref());
        trend.and_then(spark).unwrap_or_default()
    }

    /// How an item was answered, as a bar about the middle and in words.
    pub(super) fn answers(&self, cut: &Cut, subject: &Subject) -> AnswersView {
        let Some(figure) = self.figure(cut, subject) else {
            return AnswersView::default();
        };
        let parts: Vec<(String, Bar)> = match &figure.measured {
            Measured::Choices { options } => options
                .iter()
                .map(|option| (self.option(subject, &option.id, &option.label), option.bar))
                .collect(),
            Measured::Score(score) => self.parts(subject, score),
            _ => Vec::new(),
        };
        let is_rating = matches!(figure.measured, Measured::Score(_));
        let say = self.say;
        AnswersView {
            bar: Some(())
                .filter(|()| is_rating)
                .and_then(|()| self.bar(subject, &parts))
                .unwrap_or_default(),
            parts: parts
                .into_iter()
                .map(|(label, bar)| AnswersPart {
                    label,
                    share: say.bar(bar),
                })
                .collect(),
        }
    }

    fn parts(&self, subject: &Subject, score: &Score) -> Vec<(String, Bar)> {
        match &score.answers {
            Some(Points {
                labels,
                bars: Distribution::Points(bars),
            }) => {
                let own = self.scale_labels(subject);
                let labels = if own.len() == labels.len() {
                    own
                } else {
                    labels.clone()
                };
                labels.into_iter().zip(bars.iter().copied()).collect()
            }
            _ => self.bands(&score.standing),
        }
    }

    fn bands(&self, standing: &Distribution) -> Vec<(String, Bar)> {
        let named = |key: &str, bar: &Bar| (self.say.text(key, &[]), *bar);
        match standing {
            Distribution::Bands {
                favourable,
                neutral,
                unfavourable,
            } => vec![
                named("r-unfavourable", unfavourable),
                named("r-neutral", neutral),
                named("r-favourable", favourable),
            ],
            Distribution::FavourableOrNot { favourable, rest } => {
                vec![named("r-not-favourable", rest), named("r-favourable", favourable)]
            }
            Distribution::Points(_) => Vec::new(),
        }
    }

    /// The points of the item's scale in the reader's language, lowest score first.
    fn scale_labels(&self, subject: &Subject) -> Vec<String> {
        let item = match subject {
            Subject::Item(id) | Subject::Importance(id) | Subject::Satisfaction(id) => {
                self.definition.item(id)
            }
            _ => None,
        };
        let (scale, reverse) = match (item.map(|item| &item.answer), subject) {
            (Some(AnswerKind::Rating { scale, reverse, .. }), _) => (Some(scale), *reverse),
            (Some(AnswerKind::ImportanceSatisfaction { importance, .. }), Subject::Importance(_)) => {
                (Some(importance), false)
            }
            (Some(AnswerKind::ImportanceSatisfaction { satisfaction, .. }), _) => (Some(satisfaction), false),
            _ => (None, false),
        };
        let points = scale
            .and_then(|scale| self.definition.scale(scale))
            .map(|scale| scale.points.as_slice());
        let mut labels: Vec<String> = points
            .unwrap_or_default()
            .iter()
            .map(|point| self.say.survey(point))
            .collect();
        if reverse {
            labels.reverse();
        }
        labels
    }

    fn option(&self, subject: &Subject, id: &str, stored: &str) -> String {
        let Subject::Item(item) = subject else {
            return stored.to_owned();
        };
        let options = match self.definition.item(item).map(|item| &item.answer) {
            Some(AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. }) => {
                options
            }
            _ => return stored.to_owned(),
        };
        let found = options.iter().find(|option| option.id.as_str() == id);
        found.map_or_else(|| stored.to_owned(), |option| self.say.survey(&option.label))
    }

    /// Drawn only where every share is told: the length of a coded slice would tell it.
    fn bar(&self, subject: &Subject, parts: &[(String, Bar)]) -> Option<String> {
        let slices: Option<Vec<Slice>> = parts
            .iter()
            .map(|(label, bar)| match bar {
                Bar::Exactly(share) => Some(Slice {
                    label: label.clone(),
                    share: share / 100.0,
                    told: self.say.percent(*share),
                }),
                Bar::AtMost(_) | Bar::AtLeast(_) => None,
            })
            .collect();
        let bar = AnswersBar {
            id: format!("{}-{}", self.audience.name, subject.to_string().replace('/', "-")),
            title: self.say.subject(self.definition, subject),
            slices: slices.filter(|slices| !slices.is_empty())?,
        };
        Some(bar.picture().decoration())
    }
}

fn in_points(measured: &Measured) -> bool {
    matches!(
        measured,
        Measured::Score(_) | Measured::Median { .. } | Measured::Stabilised(_)
    )
}

/// Value and interval of what is one number.
pub(super) fn estimate(measured: &Measured) -> (Option<f64>, Option<Interval>) {
    match measured {
        Measured::Score(score) => (Some(score.mean), score.interval),
        Measured::Median { value, interval, .. } => (Some(*value), *interval),
        Measured::Number(number) => (Some(number.mean), number.interval),
        Measured::Stabilised(view) => (Some(view.value), Some(view.interval)),
        Measured::Stabilisation(model) => (Some(model.centre), None),
        Measured::Choices { .. }
        | Measured::Participation
        | Measured::Agreement(_)
        | Measured::Ranking(_)
        | Measured::Rank(_)
        | Measured::Drivers(_) => (None, None),
    }
}

fn favourable(measured: &Measured) -> Option<Bar> {
    match measured {
        Measured::Score(score) => score.standing.favourable(),
        _ => None,
    }
}

/// A low response rate is told once, with the participation.
fn told_warnings(figure: &Figure) -> impl Iterator<Item = &Warning> {
    let is_participation = matches!(figure.measured, Measured::Participation);
    figure
        .warnings
        .iter()
        .filter(move |warning| is_participation || **warning != Warning::LowResponse)
}

pub(super) fn change_view(say: Say<'_>, change: &Change) -> ChangeView {
    let sentence = say.change(change);
    match change {
        Change::Tested(change) => {
            let (class, word) = say.verdict(change.verdict);
            let brief = match change.verdict {
                Verdict::NoDetectableChange => say.text("r-no-change-brief", &[]),
                Verdict::Up | Verdict::Down => word.clone(),
            };
            ChangeView {
                class,
                word,
                brief,
                points: say.signed(change.difference),
                interval: say.differences(change.interval),
                sentence,
            }
        }
        Change::Described { difference, .. } => ChangeView {
            points: say.signed(*difference),
            sentence,
            ..ChangeView::default()
        },
        Change::None(_) => ChangeView {
            sentence,
            ..ChangeView::default()
        },
    }
}

fn spark(trend: &Trend) -> Option<String> {
    let segments = trend.segments.iter().map(|segment| {
        let points = segment.points.iter();
        points
            .filter_map(|point| Some((words::days(&point.date)?, point.value)))
            .collect()
    });
    let line = Sparkline {
        segments: segments.collect(),
    };
    line.picture().map(|picture| picture.decoration())
}
