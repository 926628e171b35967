//! `/results/{round}/number`: everything behind one number, so that nobody has to believe it.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use super::number::{AnswersView, Number, Source};
use super::reader::Reader;
use super::round::{self, Head};
use super::say::Say;
use crate::report::model::{
    Agreement, Change, Cut, Figure, Measured, NumberSummary, Rank, Ranking, Score, Stabilisation, Stabilised,
    Subject, TestedChange, Unit,
};
use crate::report::read::Wanted;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

/// Which number.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    audience: String,
    unit: String,
    subject: String,
    #[serde(default)]
    cut: String,
}

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    title: String,
    unit: String,
    cut: String,
    audience: String,
    mode: String,
    number: Number,
    answers: AnswersView,
    /// The parts of the explanation.
    facts: Vec<Fact>,
    formula: String,
    method: String,
    method_version: u32,
    parameters: Vec<Fact>,
    /// Where this unit has a page.
    back: String,
}

/// A label and what stands beside it.
#[derive(Debug, Clone, Serialize)]
struct Fact {
    label: String,
    value: String,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let missing = || Problem::not_found("number at this address among those you may see");
    let key = parsed(&asked).ok_or_else(missing)?;
    let wanted = Wanted {
        units: Some(BTreeSet::from([key.0.clone()])),
        cut: Some(key.1.clone()),
        subject: Some(key.2.clone()),
        ..Wanted::default()
    };
    let loaded = round::load_named(&app, who.scope(), &round, wanted).await?;
    let mut audiences = loaded.results.document.audiences.iter();
    let audience = audiences
        .find(|known| known.name.as_str() == asked.audience)
        .ok_or_else(missing)?;
    let source = loaded
        .source(Say::new(&app, reader.lang), audience, &key.0)
        .ok_or_else(missing)?;
    let stored = (audience.name.clone(), key.0.clone(), key.1.clone(), key.2.clone());
    if !loaded.results.figures.contains_key(&stored) {
        return Err(missing().into());
    }
    let head = round::head(&app, &reader, &loaded, "", None);
    let view = view(head, &source, &key.1, &key.2);
    let page = PageContext::staff(format!("{}: {}", view.unit, view.title), &who).within("/results");
    render(
        &app,
        "results/number",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

fn parsed(asked: &Asked) -> Option<(Unit, Cut, Subject)> {
    let (kind, id) = asked.unit.split_once('/')?;
    let unit = Unit::parse(kind, id).ok()?;
    let (segment, option) = if asked.cut.is_empty() {
        ("", "")
    } else {
        asked.cut.split_once('/')?
    };
    let (of, subject) = asked.subject.split_once('/')?;
    Some((
        unit,
        Cut::parse(segment, option).ok()?,
        Subject::parse(of, subject).ok()?,
    ))
}

fn view(mut head: Head, source: &Source<'_>, cut: &Cut, subject: &Subject) -> View {
    let say = source.say;
    for page in &mut head.pages {
        page.current = false;
    }
    let figure = source.figure(cut, subject);
    let parameters = figure.map(|figure| &figure.method.parameters);
    let parameter = |(name, value): (&String, &serde_json::Value)| Fact {
        label: name.clone(),
        value: value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned),
    };
    View {
        title: say.subject(source.definition, subject),
        unit: say.unit(&source.unit.unit, &source.unit.title),
        cut: if cut.is_everybody() {
            String::new()
        } else {
            say.cut(source.definition, cut)
        },
        audience: source.audience.title.clone(),
        mode: say.mode(source.audience.mode),
        number: source.number_of(cut, subject),
        answers: source.answers(cut, subject),
        facts: figure
            .map(|figure| facts(say, source, figure))
            .unwrap_or_default(),
        formula: figure
            .map(|figure| say.formula(&figure.method.name))
            .unwrap_or_default(),
        method: figure
            .map(|figure| figure.method.name.clone())
            .unwrap_or_default(),
        method_version: figure.map_or(0, |figure| figure.method.version),
        parameters: parameters.into_iter().flatten().map(parameter).collect(),
        back: match &source.unit.unit {
            Unit::Agency(code) => format!("/agencies/{code}?round={}", source.results.document.round),
            _ => super::overview::address(&source.results.document.round),
        },
        head,
    }
}

/// Collects labels and values.
struct Facts<'a> {
    say: Say<'a>,
    told: Vec<Fact>,
}

impl Facts<'_> {
    fn add(&mut self, key: &str, value: String) {
        self.told.push(Fact {
            label: self.say.text(key, &[]),
            value,
        });
    }

    fn maybe(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }
}

fn facts(say: Say<'_>, source: &Source<'_>, figure: &Figure) -> Vec<Fact> {
    let mut facts = Facts {
        say,
        told: Vec::new(),
    };
    facts.add("r-fact-n", say.count(figure.respondents));
    facts.maybe("r-fact-people", figure.people.map(|people| say.count(people)));
    facts.maybe(
        "r-fact-rate",
        figure
            .response_rate
            .map(|rate| format!("{} %", say.number(100.0 * rate, 1))),
    );
    match &figure.measured {
        Measured::Score(score) => of_score(&mut facts, score),
        Measured::Median {
            value,
            agencies,
            interval,
        } => {
            facts.add("r-fact-unrounded", say.number(*value, 3));
            facts.maybe("r-fact-interval", interval.map(|interval| say.precise(interval)));
            facts.add("r-fact-agencies", say.count(*agencies));
        }
        Measured::Number(number) => of_number(&mut facts, number),
        Measured::Agreement(agreement) => of_agreement(&mut facts, agreement),
        Measured::Ranking(ranking) => of_ranking(&mut facts, ranking),
        Measured::Rank(rank) => of_rank(&mut facts, rank),
        Measured::Stabilisation(model) => of_stabilisation(&mut facts, model),
        Measured::Stabilised(view) => of_stabilised(&mut facts, view),
        Measured::Drivers(drivers) => facts.add("r-fact-explained", say.rate(drivers.explained)),
        Measured::Choices { .. } | Measured::Participation => {}
    }
    if let Some(Change::Tested(change)) = &figure.change {
        of_change(&mut facts, change);
    }
    let round = source.results.document.round.to_string();
    facts.add("r-fact-digest", source.results.digest.clone());
    facts.add("r-fact-verify", format!("rapport round verify {round}"));
    facts.told
}

fn of_score(facts: &mut Facts<'_>, score: &Score) {
    let say = facts.say;
    let kind = say.interval_kind(score.interval_kind);
    facts.add("r-fact-unrounded", say.number(score.mean, 3));
    facts.maybe("r-fact-sd", score.sd.map(|sd| say.number(sd, 3)));
    facts.maybe(
        "r-fact-error",
        score.standard_error.map(|error| say.number(error, 3)),
    );
    facts.add(
        "r-fact-interval",
        score.interval.map_or_else(
            || kind.clone(),
            |interval| format!("{} ({kind})", say.precise(interval)),
        ),
    );
    if let Some(bar) = score.standing.favourable() {
        let interval = score
            .favourable_interval
            .map(|interval| format!(" ({} %)", say.precise(interval)));
        facts.add(
            "r-fact-favourable",
            format!("{}{}", say.bar(bar), interval.unwrap_or_default()),
        );
    }
    facts.maybe(
        "r-fact-detectable",
        score.minimum_detectable.map(|least| say.number(least, 1)),
    );
    facts.maybe(
        "r-fact-deff",
        score.design_effect.map(|effect| say.number(effect, 2)),
    );
    if let Some(complete) = &score.complete_cases
        && let (Some(share), Some(mean)) = (complete.share, complete.mean)
    {
        facts.add(
            "r-fact-complete",
            format!("{} ({})", say.number(mean, 3), say.rate(share)),
        );
    }
    if let Some(found) = &score.reliability {
        facts.add(
            "r-fact-alpha",
            format!("{} ({})", say.number(found.alpha, 2), {
                let interval = found.alpha_interval;
                let (low, high) = (say.number(interval.low, 2), say.number(interval.high, 2));
                say.text("r-range", &[("low", &low), ("high", &high)])
            }),
        );
        facts.maybe("r-fact-omega", found.omega.map(|omega| say.number(omega, 2)));
    }
    facts.maybe("r-fact-straight", score.straight_lined.map(|bar| say.bar(bar)));
}

fn of_number(facts: &mut Facts<'_>, number: &NumberSummary) {
    let say = facts.say;
    facts.add("r-fact-unrounded", say.number(number.mean, 3));
    facts.add("r-fact-median", say.number(number.median, 2));
    facts.maybe("r-fact-sd", number.sd.map(|sd| say.number(sd, 3)));
    facts.maybe(
        "r-fact-error",
        number.standard_error.map(|error| say.number(error, 3)),
    );
    facts.maybe(
        "r-fact-interval",
        number.interval.map(|interval| say.precise(interval)),
    );
}

fn of_agreement(facts: &mut Facts<'_>, agreement: &Agreement) {
    let say = facts.say;
    facts.add("r-fact-agencies", say.count(agreement.agencies));
    facts.add("r-fact-icc1", say.number(agreement.icc1, 3));
    facts.add("r-fact-icc2", say.number(agreement.icc2, 3));
    facts.maybe(
        "r-fact-within",
        agreement.within.map(|within| say.number(within, 2)),
    );
}

fn of_ranking(facts: &mut Facts<'_>, ranking: &Ranking) {
    let say = facts.say;
    facts.add("r-fact-agencies", say.count(ranking.agencies));
    facts.maybe(
        "r-fact-width",
        ranking.median_width.map(|width| say.number(width, 1)),
    );
    facts.maybe("r-fact-why-not", ranking.why_not.clone());
}

fn of_rank(facts: &mut Facts<'_>, rank: &Rank) {
    let [best, worst, of] = [rank.best, rank.worst, rank.agencies].map(|rank| rank.to_string());
    let told = facts
        .say
        .text("r-rank", &[("best", &best), ("worst", &worst), ("of", &of)]);
    facts.add("r-fact-rank", told);
}

fn of_stabilisation(facts: &mut Facts<'_>, model: &Stabilisation) {
    let say = facts.say;
    facts.add("r-fact-agencies", say.count(model.agencies));
    facts.add("r-fact-unrounded", say.number(model.centre, 3));
    facts.add("r-fact-between", say.number(model.between, 3));
}

fn of_stabilised(facts: &mut Facts<'_>, view: &Stabilised) {
    let say = facts.say;
    facts.add("r-fact-unrounded", say.number(view.value, 3));
    facts.add("r-fact-error", say.number(view.error, 3));
    facts.add("r-fact-interval", say.precise(view.interval));
    facts.add("r-fact-own-share", say.rate(view.own_share));
}

fn of_change(facts: &mut Facts<'_>, change: &TestedChange) {
    let say = facts.say;
    let (common, all) = (say.count(change.common_items), say.count(change.index_items));
    let basis: [(&str, &str); 3] = [
        ("common", &common),
        ("all", &all),
        ("round", &change.before.title),
    ];
    facts.add("r-fact-basis", say.text("r-fact-basis-told", &basis));
    let before = format!(
        "{} (n {})",
        say.number(change.before.value, 3),
        say.count(change.before.respondents)
    );
    let now = format!(
        "{} (n {})",
        say.number(change.now, 3),
        say.count(change.respondents)
    );
    facts.add("r-fact-before-now", format!("{before} \u{2192} {now}"));
    let difference = format!(
        "{} ({})",
        say.number(change.difference, 3),
        say.precise(change.interval)
    );
    facts.add("r-fact-difference", difference);
    facts.add("r-fact-test", say.test(change.test));
    facts.add("r-fact-p", say.p_value(change.p));
    facts.add("r-fact-adjusted-p", say.p_value(change.adjusted_p));
    facts.maybe(
        "r-fact-detectable",
        change.minimum_detectable.map(|least| say.number(least, 1)),
    );
    facts.maybe(
        "r-fact-effect",
        change.hedges_g.map(|effect| say.number(effect, 2)),
    );
    if let Some(favourable) = &change.favourable {
        let interval = say.precise(favourable.interval);
        facts.add(
            "r-fact-favourable-change",
            format!("{} ({interval})", say.number(favourable.difference, 1)),
        );
    }
}
