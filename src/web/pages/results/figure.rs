//! One figure as a page shows it: rounded, in words, and able to explain itself.

use serde::Serialize;

use crate::report::chart::{DistributionBar, IntervalBar, Slice, Sparkline};
use crate::report::model::{
    Bar, Change, ChangeTest, Distribution, Figure, Interval, Measured, Points, Score, Trend, Warning,
};
use crate::report::words;

/// A figure, shown or withheld. A withheld one has nothing but `shown: false`.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct FigureView {
    pub shown: bool,
    /// The score.
    pub value: String,
    pub n: u32,
    pub people: u32,
    pub rate: String,
    /// `63 to 84`, or empty.
    pub interval: String,
    /// A small bar of it, our own SVG.
    pub bar: String,
    /// `50 %`, or empty.
    pub favourable: String,
    pub change: ChangeView,
    /// A small line of the trend, our own SVG, or empty.
    pub spark: String,
    pub warnings: Vec<&'static str>,
    /// Everything behind the number.
    pub facts: Vec<Fact>,
}

/// A change in a word and in a sentence. Empty where there is none to speak of.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct ChangeView {
    pub class: &'static str,
    pub word: &'static str,
    /// `+6`, or empty.
    pub points: String,
    pub sentence: String,
}

/// A label and what stands beside it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub label: &'static str,
    pub value: String,
}

/// The shares of an item's answers.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct SharesView {
    /// Our own SVG, or empty where a bar would show too much.
    pub bar: String,
    pub parts: Vec<SharePart>,
}

/// One share.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SharePart {
    pub label: String,
    pub share: String,
}

/// What a figure is called and which seal it comes from.
pub(super) struct About<'a> {
    /// Unique on the page; ids of charts start with it.
    pub id: String,
    /// E.g. "Trust, Department of Transportation".
    pub title: String,
    /// The digest of the seal.
    pub digest: &'a str,
}

/// The view of a figure; `None` is a withheld one.
pub(super) fn figure_view(figure: Option<&Figure>, about: &About<'_>) -> FigureView {
    let Some(figure) = figure else {
        return FigureView::default();
    };
    let (value, interval) = estimate(&figure.measured);
    let bar = value.map(|value| {
        let bar = IntervalBar {
            id: format!("{}-interval", about.id),
            title: about.title.clone(),
            value,
            interval: interval.map(|interval| (interval.low, interval.high)),
        };
        bar.render()
    });
    FigureView {
        shown: true,
        value: value.map(words::score).unwrap_or_default(),
        n: figure.respondents,
        people: figure.people.unwrap_or_default(),
        rate: figure.response_rate.map(words::rate).unwrap_or_default(),
        interval: interval.map(words::interval).unwrap_or_default(),
        bar: bar.unwrap_or_default(),
        favourable: favourable(&figure.measured).map(words::bar).unwrap_or_default(),
        change: figure.change.as_ref().map(change_view).unwrap_or_default(),
        spark: figure
            .trend
            .as_ref()
            .and_then(|trend| spark(trend, about))
            .unwrap_or_default(),
        warnings: told_warnings(figure),
        facts: facts(figure, about.digest),
    }
}

/// A low response rate is told once, with the participation.
fn told_warnings(figure: &Figure) -> Vec<&'static str> {
    let is_participation = matches!(figure.measured, Measured::Participation);
    let told = figure
        .warnings
        .iter()
        .filter(|warning| is_participation || **warning != Warning::LowResponse);
    told.map(words::warning).collect()
}

fn estimate(measured: &Measured) -> (Option<f64>, Option<Interval>) {
    match measured {
        Measured::Score(score) => (Some(score.mean), score.interval),
        Measured::Median { value, interval, .. } => (Some(*value), *interval),
        Measured::Number(number) => (Some(number.mean), number.interval),
        Measured::Stabilised(view) => (Some(view.value), Some(view.interval)),
        Measured::Choices { .. }
        | Measured::Participation
        | Measured::Agreement(_)
        | Measured::Ranking(_)
        | Measured::Rank(_)
        | Measured::Stabilisation(_)
        | Measured::Drivers(_) => (None, None),
    }
}

fn favourable(measured: &Measured) -> Option<Bar> {
    match measured {
        Measured::Score(score) => score.standing.favourable(),
        _ => None,
    }
}

fn change_view(change: &Change) -> ChangeView {
    let (class, word, points) = match change {
        Change::Tested(change) => (
            words::verdict_class(change.verdict),
            words::verdict(change.verdict),
            words::signed(change.difference),
        ),
        Change::Described { difference, .. } => ("", "", words::signed(*difference)),
        Change::None(_) => ("", "", String::new()),
    };
    ChangeView {
        class,
        word,
        points,
        sentence: words::change(change),
    }
}

fn spark(trend: &Trend, about: &About<'_>) -> Option<String> {
    let segment = |segment: &crate::report::model::Segment| {
        let points = segment.points.iter();
        points
            .filter_map(|point| Some((words::days(&point.date)?, point.value)))
            .collect()
    };
    let line = Sparkline {
        id: format!("{}-spark", about.id),
        title: format!("Trend of {}", about.title),
        segments: trend.segments.iter().map(segment).collect(),
    };
    line.render().filter(|_| {
        trend
            .segments
            .iter()
            .map(|segment| segment.points.len())
            .sum::<usize>()
            > 1
    })
}

fn facts(figure: &Figure, digest: &str) -> Vec<Fact> {
    let fact = |label, value| Fact { label, value };
    let mut facts = vec![
        fact("Answered (n)", figure.respondents.to_string()),
        fact(
            "Invited (N)",
            figure.people.map_or_else(not_known, |people| people.to_string()),
        ),
        fact(
            "Response rate of the unit",
            figure.response_rate.map_or_else(not_known, words::rate),
        ),
    ];
    match &figure.measured {
        Measured::Score(score) => facts.extend(score_facts(score)),
        Measured::Median {
            value,
            agencies,
            interval,
        } => {
            facts.push(fact("Unrounded", format!("{value:.3}")));
            facts.push(fact("Agencies and clusters", agencies.to_string()));
            facts.extend(interval.map(|interval| fact("Interval", precise(interval))));
        }
        Measured::Number(number) => {
            facts.push(fact("Mean", format!("{:.3}", number.mean)));
            facts.push(fact("Median", format!("{:.3}", number.median)));
            facts.extend(number.sd.map(|sd| fact("Standard deviation", format!("{sd:.3}"))));
            facts.extend(
                number
                    .interval
                    .map(|interval| fact("95 % interval", precise(interval))),
            );
        }
        _ => {}
    }
    facts.extend(change_facts(figure.change.as_ref()));
    facts.push(fact("Formula", words::formula(&figure.method.name).to_owned()));
    facts.push(fact(
        "Method",
        format!("{}, version {}", figure.method.name, figure.method.version),
    ));
    facts.push(fact("Digest of the sealed result", digest.to_owned()));
    facts
}

/// What stands where the roster does not tell how many people there are.
fn not_known() -> String {
    "not known: the roster does not tell".to_owned()
}

fn score_facts(score: &Score) -> Vec<Fact> {
    let fact = |label, value| Fact { label, value };
    let mut facts = vec![fact("Unrounded", format!("{:.3}", score.mean))];
    facts.extend(score.sd.map(|sd| fact("Standard deviation", format!("{sd:.3}"))));
    facts.extend(
        score
            .standard_error
            .map(|error| fact("Standard error", format!("{error:.3}"))),
    );
    facts.push(match score.interval {
        Some(interval) => fact(
            "95 % interval",
            format!(
                "{} ({})",
                precise(interval),
                words::interval_kind(score.interval_kind)
            ),
        ),
        None => fact(
            "95 % interval",
            format!("none: {}", words::interval_kind(score.interval_kind)),
        ),
    });
    if let Some(bar) = score.standing.favourable() {
        let interval = score
            .favourable_interval
            .map(|interval| format!(" (95 % interval {})", precise(interval)));
        facts.push(fact(
            "Favourable (75 and more)",
            format!("{}{}", words::bar(bar), interval.unwrap_or_default()),
        ));
    }
    facts.extend(score.minimum_detectable.map(|least| {
        let told = format!("{least:.1} points between two rounds like this one");
        fact("Smallest change that would mostly be seen", told)
    }));
    facts.extend(
        score
            .design_effect
            .map(|deff| fact("Design effect of the weights", format!("{deff:.3}"))),
    );
    if let Some(found) = &score.reliability {
        let interval = precise(found.alpha_interval);
        facts.push(fact(
            "Cronbach's alpha",
            format!(
                "{:.3} (95 % interval {interval}), {} complete answers",
                found.alpha, found.complete
            ),
        ));
        facts.extend(
            found
                .omega
                .map(|omega| fact("McDonald's omega", format!("{omega:.3}"))),
        );
    }
    facts.extend(
        score
            .straight_lined
            .map(|bar| fact("The same answer to every item", words::bar(bar))),
    );
    if let Some(complete) = &score.complete_cases
        && let (Some(share), Some(mean)) = (complete.share, complete.mean)
    {
        facts.push(fact(
            "Those who answered every item",
            format!("{mean:.3}, {} of the respondents", words::rate(share)),
        ));
    }
    facts
}

fn change_facts(change: Option<&Change>) -> Vec<Fact> {
    let Some(Change::Tested(change)) = change else {
        return Vec::new();
    };
    let fact = |label, value| Fact { label, value };
    let basis = format!(
        "{} of {} items are common with {}",
        change.common_items, change.index_items, change.before.title
    );
    let mut facts = vec![
        fact("Compared on", basis),
        fact(
            "Before and now, on these",
            format!(
                "{:.3} (n {}), {:.3} (n {})",
                change.before.value, change.before.respondents, change.now, change.respondents
            ),
        ),
        fact(
            "Difference",
            format!(
                "{:.3}, 95 % interval {} ({})",
                change.difference,
                precise(change.interval),
                match change.test {
                    ChangeTest::Welch => "Welch",
                    ChangeTest::Paired => "the same persons both times",
                }
            ),
        ),
        fact(
            "p, and adjusted for all comparisons",
            format!("{}, {}", p_value(change.p), p_value(change.adjusted_p)),
        ),
    ];
    facts.extend(change.minimum_detectable.map(|least| {
        fact(
            "Smallest change that would mostly be seen",
            format!("{least:.1} points"),
        )
    }));
    facts.extend(change.favourable.as_ref().map(|favourable| {
        let told = format!(
            "{:.1} to {:.1} %, 95 % interval of the difference {} (Newcombe)",
            favourable.before,
            favourable.now,
            precise(favourable.interval)
        );
        fact("Favourable, before and now", told)
    }));
    facts.extend(
        change
            .hedges_g
            .map(|g| fact("Effect size, in standard deviations", format!("{g:.2}"))),
    );
    facts
}

fn precise(interval: Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}

fn p_value(p: f64) -> String {
    if p < 0.0001 {
        "below 0.0001".to_owned()
    } else {
        format!("{p:.4}")
    }
}

/// The answers to an item as a bar and in words.
pub(super) fn shares_view(figure: &Figure, about: &About<'_>) -> SharesView {
    let parts: Vec<(String, Bar)> = match &figure.measured {
        Measured::Choices { options } => options
            .iter()
            .map(|option| (option.label.clone(), option.bar))
            .collect(),
        Measured::Score(score) => score_parts(score),
        _ => Vec::new(),
    };
    let is_rating = matches!(figure.measured, Measured::Score(_));
    SharesView {
        bar: if is_rating {
            bar_of(&parts, about).unwrap_or_default()
        } else {
            String::new()
        },
        parts: parts
            .into_iter()
            .map(|(label, bar)| SharePart {
                label,
                share: words::bar(bar),
            })
            .collect(),
    }
}

fn score_parts(score: &Score) -> Vec<(String, Bar)> {
    match &score.answers {
        Some(Points {
            labels,
            bars: Distribution::Points(bars),
        }) => labels.iter().cloned().zip(bars.iter().copied()).collect(),
        _ => bands(&score.standing),
    }
}

fn bands(standing: &Distribution) -> Vec<(String, Bar)> {
    let named = |name: &str, bar: &Bar| (name.to_owned(), *bar);
    match standing {
        Distribution::Bands {
            favourable,
            neutral,
            unfavourable,
        } => vec![
            named("unfavourable", unfavourable),
            named("neutral", neutral),
            named("favourable", favourable),
        ],
        Distribution::FavourableOrNot { favourable, rest } => {
            vec![
                named("neutral or unfavourable", rest),
                named("favourable", favourable),
            ]
        }
        Distribution::Points(_) => Vec::new(),
    }
}

/// Drawn only where every share is told: the length of a coded slice would tell it.
fn bar_of(parts: &[(String, Bar)], about: &About<'_>) -> Option<String> {
    let slices: Option<Vec<Slice>> = parts
        .iter()
        .map(|(label, bar)| match bar {
            Bar::Exactly(share) => Some(Slice {
                label: label.clone(),
                share: share / 100.0,
            }),
            Bar::AtMost(_) | Bar::AtLeast(_) => None,
        })
        .collect();
    let bar = DistributionBar {
        id: format!("{}-answers", about.id),
        title: format!("Answers: {}", about.title),
        slices: slices.filter(|slices| !slices.is_empty())?,
    };
    Some(bar.render())
}
