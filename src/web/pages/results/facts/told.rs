//! What stands behind a number, by its kind: a list of labels and values.

use serde::Serialize;

use super::super::number::Source;
use super::super::say::Say;
use crate::report::model::{
    Agreement, Change, Drivers, Figure, Measured, NumberSummary, Rank, Ranking, Score, Stabilisation,
    Stabilised, TestedChange,
};

/// A label and what stands beside it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
}

/// Collects labels and values.
pub(super) struct Facts<'a> {
    pub say: Say<'a>,
    pub told: Vec<Fact>,
}

impl Facts<'_> {
    pub(super) fn add(&mut self, key: &str, value: String) {
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

/// Everything behind a figure.
pub(super) fn facts(say: Say<'_>, source: &Source<'_>, figure: &Figure) -> Vec<Fact> {
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
        Measured::Drivers(drivers) => of_drivers(&mut facts, source, drivers),
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

fn of_drivers(facts: &mut Facts<'_>, source: &Source<'_>, drivers: &Drivers) {
    let say = facts.say;
    facts.add("r-fact-explained", say.rate(drivers.explained));
    for driver in &drivers.drivers {
        let (weight, share) = (say.number(driver.weight, 3), say.rate(driver.share));
        let (interval, above) = (say.precise(driver.interval), say.precise(driver.above_chance));
        let told: [(&str, &str); 4] = [
            ("weight", &weight),
            ("interval", &interval),
            ("share", &share),
            ("above", &above),
        ];
        let check = driver.lmg_share.map(|share| {
            let share = say.rate(share);
            format!(" {}", say.text("r-fact-driver-lmg", &[("share", &share)]))
        });
        facts.told.push(Fact {
            label: say.subject(source.definition, &driver.subject),
            value: say.text("r-fact-driver", &told) + &check.unwrap_or_default(),
        });
    }
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
