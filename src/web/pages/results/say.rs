//! Figures in the reader's words: numbers, verdicts, reasons and dates by language. Rounding happens here, once and
//! last.

use fluent_bundle::FluentValue;

use crate::report::model::{
    Bar, Change, ChangeTest, Cut, Interval, IntervalKind, NoChange, Subject, TestedChange, Unit, Verdict,
    Warning,
};
use crate::report::since::Untold;
use crate::report::words::rounded;
use crate::round::Mode;
use crate::survey::definition::{AnswerKind, Definition, Index, Item, Language, Text};
use crate::web::App;
use crate::web::templates::human_number;
use crate::web::texts::{Lang, Texts};

/// The texts of one language.
#[derive(Clone, Copy)]
pub(super) struct Say<'a> {
    texts: &'a Texts,
    pub(super) lang: Lang,
}

/// Months, short, as they stand on axes.
const MONTHS: [(&str, &str); 12] = [
    ("Jan", "ene"),
    ("Feb", "feb"),
    ("Mar", "mar"),
    ("Apr", "abr"),
    ("May", "may"),
    ("Jun", "jun"),
    ("Jul", "jul"),
    ("Aug", "ago"),
    ("Sep", "sep"),
    ("Oct", "oct"),
    ("Nov", "nov"),
    ("Dec", "dic"),
];

impl<'a> Say<'a> {
    /// In a language.
    pub(super) fn new(app: &'a App, lang: Lang) -> Self {
        Self {
            texts: &app.texts,
            lang,
        }
    }

    /// A text. One that does not exist shows its key: a test holds that none does.
    pub(super) fn text(&self, key: &str, args: &[(&str, &str)]) -> String {
        let given: Vec<(&str, FluentValue<'_>)> = args
            .iter()
            .map(|(name, value)| (*name, FluentValue::from((*value).to_owned())))
            .collect();
        self.texts
            .with(self.lang, key, &given)
            .unwrap_or_else(|| key.to_owned())
    }

    /// A text that counts something.
    pub(super) fn counted(&self, key: &str, count: u32) -> String {
        let given = [("count", FluentValue::from(count))];
        self.texts
            .with(self.lang, key, &given)
            .unwrap_or_else(|| key.to_owned())
    }

    /// A text of a survey.
    pub(super) fn survey(&self, text: &Text) -> String {
        let language: Option<Language> = self.lang.tag().parse().ok();
        language.map_or_else(String::new, |language| text.get(&language).to_owned())
    }

    /// With so many decimals.
    pub(super) fn number(&self, value: f64, decimals: usize) -> String {
        human_number(value, decimals, self.lang)
    }

    /// A count.
    pub(super) fn count(&self, count: u32) -> String {
        human_number(f64::from(count), 0, self.lang)
    }

    /// A score without decimals.
    pub(super) fn score(&self, value: f64) -> String {
        self.number(rounded(value, 0), 0)
    }

    /// A difference with its sign: `+6`, `−6`, `0`.
    pub(super) fn signed(&self, difference: f64) -> String {
        let whole = rounded(difference, 0);
        if whole > 0.0 {
            format!("+{}", self.number(whole, 0))
        } else {
            self.number(whole, 0)
        }
    }

    /// `63 to 84`.
    pub(super) fn interval(&self, interval: Interval) -> String {
        self.text(
            "r-range",
            &[
                ("low", &self.score(interval.low)),
                ("high", &self.score(interval.high)),
            ],
        )
    }

    /// With three decimals, for whoever checks.
    pub(super) fn precise(&self, interval: Interval) -> String {
        let (low, high) = (self.number(interval.low, 3), self.number(interval.high, 3));
        self.text("r-range", &[("low", &low), ("high", &high)])
    }

    /// `−4 to +8`.
    pub(super) fn differences(&self, interval: Interval) -> String {
        self.text(
            "r-range",
            &[
                ("low", &self.signed(interval.low)),
                ("high", &self.signed(interval.high)),
            ],
        )
    }

    /// Per cent.
    pub(super) fn percent(&self, value: f64) -> String {
        format!("{}\u{a0}%", self.number(rounded(value, 0), 0))
    }

    /// A rate from 0 to 1 in per cent.
    pub(super) fn rate(&self, value: f64) -> String {
        self.percent(100.0 * value)
    }

    /// `50 %`, `at most 10 %`, `at least 90 %`.
    pub(super) fn bar(&self, bar: Bar) -> String {
        match bar {
            Bar::Exactly(share) => self.percent(share),
            Bar::AtMost(limit) => self.text("r-at-most", &[("share", &self.percent(limit))]),
            Bar::AtLeast(limit) => self.text("r-at-least", &[("share", &self.percent(limit))]),
        }
    }

    /// `2025-05-31` as `May 2025`.
    pub(super) fn month(&self, day: &str) -> String {
        let mut parts = day.split('-');
        let year = parts.next().unwrap_or(day);
        let month = parts
            .next()
            .and_then(|month| month.parse::<usize>().ok())
            .and_then(|month| month.checked_sub(1));
        match month.and_then(|month| MONTHS.get(month)) {
            Some((english, spanish)) => {
                let name = if self.lang == Lang::Es { spanish } else { english };
                format!("{name} {year}")
            }
            None => year.to_owned(),
        }
    }

    /// `2025-05-31` as `31 May 2025`.
    pub(super) fn day(&self, day: &str) -> String {
        match day.split('-').nth(2).map(|number| number.trim_start_matches('0')) {
            Some(number) => format!("{number} {}", self.month(day)),
            None => self.month(day),
        }
    }

    /// The verdict in one or three words, with the stylesheet's class.
    pub(super) fn verdict(&self, verdict: Verdict) -> (&'static str, String) {
        let (class, key) = match verdict {
            Verdict::Up => ("verdict-up", "r-up"),
            Verdict::Down => ("verdict-down", "r-down"),
            Verdict::NoDetectableChange => ("verdict-none", "r-no-change"),
        };
        (class, self.text(key, &[]))
    }

    /// A change as a sentence, to stand after the verdict where there is one.
    pub(super) fn change(&self, change: &Change) -> String {
        match change {
            Change::Tested(change) => self.tested(change),
            Change::Described {
                before, difference, ..
            } => self.text(
                "r-described",
                &[("points", &self.signed(*difference)), ("round", &before.title)],
            ),
            Change::None(reason) => self.no_change(reason),
        }
    }

    fn tested(&self, change: &TestedChange) -> String {
        let points = self.text(
            "r-tested",
            &[
                ("points", &self.signed(change.difference)),
                ("round", &change.before.title),
                ("interval", &self.differences(change.interval)),
            ],
        );
        match (change.verdict, change.minimum_detectable) {
            (Verdict::NoDetectableChange, Some(least)) => {
                let unseen = self.text("r-unseen", &[("points", &self.number(rounded(least, 0), 0))]);
                format!("{points} {unseen}")
            }
            _ => points,
        }
    }

    fn no_change(&self, reason: &NoChange) -> String {
        match reason {
            NoChange::FirstRound => self.text("r-first-round", &[]),
            NoChange::Break { why } => self.text("r-break", &[("why", why)]),
            NoChange::Reorganised { why } => self.text("r-reorganised", &[("why", why)]),
            NoChange::NoFigure => self.text("r-no-figure", &[]),
            NoChange::Undefined { why } => self.text("r-undefined", &[("why", why)]),
        }
    }

    /// Why nothing is said of the change of a question.
    pub(super) fn untold(&self, why: Untold) -> String {
        let key = match why {
            Untold::NotAskedNow => "r-untold-not-now",
            Untold::NotAskedThen => "r-untold-not-then",
            Untold::Reworded => "r-untold-reworded",
            Untold::Reorganised => "r-untold-reorganised",
            Untold::NoFigure => "r-untold-no-figure",
            Untold::NotTestable => "r-untold-not-testable",
        };
        self.text(key, &[])
    }

    /// How a change was tested.
    pub(super) fn test(&self, test: ChangeTest) -> String {
        match test {
            ChangeTest::Welch => self.text("r-test-welch", &[]),
            ChangeTest::Paired => self.text("r-test-paired", &[]),
        }
    }

    /// A p-value as people read it; never `p = 0.00`, which would claim certainty.
    pub(super) fn p_value(&self, p: f64) -> String {
        if p < 0.0001 {
            format!("< {}", self.number(0.0001, 4))
        } else {
            self.number(p, 4)
        }
    }

    /// Why an interval is what it is.
    pub(super) fn interval_kind(&self, kind: IntervalKind) -> String {
        let key = match kind {
            IntervalKind::LogitT => "r-interval-logit",
            IntervalKind::CompleteCount => "r-interval-complete",
            IntervalKind::NoVariation => "r-interval-alike",
            IntervalKind::OneRespondent => "r-interval-one",
        };
        self.text(key, &[])
    }

    /// What a reader must know about a figure.
    pub(super) fn warning(&self, warning: &Warning) -> String {
        let key = match warning {
            Warning::LowResponse => "r-warning-low-response",
            Warning::AgenciesMissing => "r-warning-agencies-missing",
            Warning::WordingChanged => "r-warning-wording",
            Warning::CompleteCount => "r-warning-complete",
            Warning::HighDesignEffect => "r-warning-design",
            Warning::CheckKeying => "r-warning-keying",
            Warning::HeadcountsContradict => "r-warning-headcounts",
        };
        self.text(key, &[])
    }

    /// The formula behind a method.
    pub(super) fn formula(&self, method: &str) -> String {
        let key = format!("r-formula-{}", method.replace('.', "-"));
        let found = self.texts.get(self.lang, &key);
        found.unwrap_or_else(|| self.text("r-formula-other", &[]))
    }

    /// How an audience answered.
    pub(super) fn mode(&self, mode: Mode) -> String {
        match mode {
            Mode::Anonymous => self.text("r-mode-anonymous", &[]),
            Mode::Attributed => self.text("r-mode-attributed", &[]),
        }
    }

    /// The name of a unit; `title` as it stood in the sealed result.
    pub(super) fn unit(&self, unit: &Unit, title: &str) -> String {
        match unit {
            Unit::StateMean => self.text("r-state-mean", &[]),
            Unit::StateMedian => self.text("r-state-median", &[]),
            Unit::Cluster(_) | Unit::Agency(_) => title.to_owned(),
        }
    }

    /// The name of a segment: the question that asks for it.
    pub(super) fn segment(&self, definition: &Definition, segment: &str) -> String {
        segment_item(definition, segment).map_or_else(|| segment.to_owned(), |item| self.survey(&item.text))
    }

    /// The name of a cut; empty for everybody.
    pub(super) fn cut(&self, definition: &Definition, cut: &Cut) -> String {
        let Some(item) = segment_item(definition, cut.segment()) else {
            return cut.option().to_owned();
        };
        let found = match &item.answer {
            AnswerKind::SingleChoice { options } => {
                options.iter().find(|option| option.id.as_str() == cut.option())
            }
            _ => None,
        };
        found.map_or_else(|| cut.option().to_owned(), |option| self.survey(&option.label))
    }

    /// The name of what a figure tells.
    pub(super) fn subject(&self, definition: &Definition, subject: &Subject) -> String {
        let item = |id| definition.item(id).map(|item: &Item| self.survey(&item.text));
        let index = |id| {
            definition
                .index(id)
                .map(|index: &Index| self.survey(&index.title))
        };
        let named = match subject {
            Subject::Responses => Some(self.text("r-responses", &[])),
            Subject::Index(id) => index(id),
            Subject::Dimension(of, id) => definition
                .index(of)
                .and_then(|index| index.dimensions.iter().find(|dimension| &dimension.id == id))
                .map(|dimension| self.survey(&dimension.title)),
            Subject::Theme(id) => definition
                .themes
                .iter()
                .find(|theme| &theme.id == id)
                .map(|theme| self.survey(&theme.title)),
            Subject::Item(id) => item(id),
            Subject::Importance(id) => {
                item(id).map(|text| format!("{} \u{2013} {text}", self.text("r-importance", &[])))
            }
            Subject::Satisfaction(id) => {
                item(id).map(|text| format!("{} \u{2013} {text}", self.text("r-satisfaction", &[])))
            }
            Subject::Agreement(id) => {
                index(id).map(|title| self.text("r-agreement-of", &[("index", &title)]))
            }
            Subject::Rank(id) => index(id).map(|title| self.text("r-rank-of", &[("index", &title)])),
            Subject::Stabilised(id) => {
                index(id).map(|title| self.text("r-stabilised-of", &[("index", &title)]))
            }
            Subject::IndexDrivers(id) => {
                index(id).map(|title| self.text("r-drivers-of", &[("outcome", &title)]))
            }
            Subject::ItemDrivers(id) => {
                item(id).map(|title| self.text("r-drivers-of", &[("outcome", &title)]))
            }
        };
        named.unwrap_or_else(|| subject.id())
    }
}

fn segment_item<'a>(definition: &'a Definition, segment: &str) -> Option<&'a Item> {
    if segment.is_empty() {
        return None;
    }
    definition.items().find(|item| {
        item.segment
            .as_ref()
            .is_some_and(|known| known.as_str() == segment)
    })
}
