//! Scales, items and how they are answered.

use super::{limits, placed_items};
use crate::survey::definition::{AnswerKind, Choice, Definition, Item, ScaleId};
use crate::survey::problem::{Pointer, Problem};

pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    scales(definition, problems);
    for (place, item) in placed_items(definition) {
        comparability(definition, item, &place, problems);
        if item.segment.is_some() && !matches!(item.answer, AnswerKind::SingleChoice { .. }) {
            problems.push(place.at("segment").problem(
                "only a single choice can be a segment",
                "ask it with a few coarse options, or remove `segment`",
            ));
        }
        answer(definition, &item.answer, &place.at("answer"), problems);
    }
    for (i, page) in definition.pages.iter().enumerate() {
        if page.items.is_empty() {
            let place = Pointer::root().at("pages").at(i).at("items");
            problems.push(place.problem("the page has no items", "add an item or remove the page"));
        }
    }
}

fn scales(definition: &Definition, problems: &mut Vec<Problem>) {
    for (id, scale) in &definition.scales {
        let points = scale.points.len();
        if !(limits::LEAST_POINTS..=limits::MOST_POINTS).contains(&points) {
            problems.push(Pointer::root().at("scales").at(id).at("points").problem(
                format!("the scale has {points} points"),
                format!("use {} to {} points", limits::LEAST_POINTS, limits::MOST_POINTS),
            ));
        }
    }
}

/// What comparing versions needs: a construct and a wording mark on every rating item, and the author's word on
/// how it relates to the version before.
fn comparability(definition: &Definition, item: &Item, place: &Pointer, problems: &mut Vec<Problem>) {
    if matches!(item.answer, AnswerKind::Rating { .. }) {
        if item.construct.is_none() {
            problems.push(place.at("construct").problem(
                "a rating item needs a construct",
                "name what it measures, e.g. \"competence.delivers\"",
            ));
        }
        if item.wording.is_none() {
            problems.push(place.at("wording").problem(
                "a rating item needs a wording mark",
                "give its wording a mark, e.g. \"1\"; change the mark whenever the words change",
            ));
        }
    }
    if let Some(wording) = &item.wording {
        let length = wording.chars().count();
        if wording.trim().is_empty() || length > limits::WORDING {
            problems.push(place.at("wording").problem(
                format!("a wording mark of {length} characters"),
                format!("use 1 to {} visible characters", limits::WORDING),
            ));
        }
    }
    match (definition.version, item.previous) {
        (2.., None) if item.construct.is_some() => problems.push(place.at("previous").problem(
            "nothing says how the item relates to the version before",
            "say \"same\", \"flagged\" or \"new\"",
        )),
        (..=1, Some(_)) => problems.push(
            place
                .at("previous")
                .problem("version 1 has no version before", "remove `previous`"),
        ),
        _ => {}
    }
}

fn answer(definition: &Definition, answer: &AnswerKind, place: &Pointer, problems: &mut Vec<Problem>) {
    match answer {
        AnswerKind::Rating { scale, opt_out, .. } => {
            on_scale(definition, scale, *opt_out, &place.at("scale"), problems);
        }
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            opt_out,
        } => {
            on_scale(
                definition,
                importance,
                *opt_out,
                &place.at("importance"),
                problems,
            );
            on_scale(
                definition,
                satisfaction,
                *opt_out,
                &place.at("satisfaction"),
                problems,
            );
        }
        AnswerKind::SingleChoice { options } => {
            count_options(options, limits::SINGLE_OPTIONS, place, problems);
        }
        AnswerKind::MultipleChoice { options, at_most } => {
            count_options(options, limits::MULTIPLE_OPTIONS, place, problems);
            let fits =
                |most: u32| usize::try_from(most).is_ok_and(|most| (1..=options.len()).contains(&most));
            if let Some(most) = at_most.filter(|most| !fits(*most)) {
                problems.push(place.at("at_most").problem(
                    format!("{most} of {} options may be chosen", options.len()),
                    "use 1 to the number of options, or remove it",
                ));
            }
        }
        AnswerKind::Number {
            min, max, decimals, ..
        } => number(*min, *max, *decimals, place, problems),
        AnswerKind::ShortText { max_length } => length(*max_length, limits::SHORT_TEXT, place, problems),
        AnswerKind::LongText { max_length } => length(*max_length, limits::LONG_TEXT, place, problems),
    }
}

fn on_scale(
    definition: &Definition,
    scale: &ScaleId,
    opt_out: bool,
    place: &Pointer,
    problems: &mut Vec<Problem>,
) {
    match definition.scale(scale) {
        None => problems.push(place.problem(
            format!("there is no scale `{scale}`"),
            "use the name of one of `scales`, or add it there",
        )),
        Some(found) if opt_out && found.opt_out.is_none() => problems.push(place.problem(
            format!("`opt_out` is offered, but the scale `{scale}` has no text for it"),
            format!("add `opt_out` to the scale `{scale}`, or remove it here"),
        )),
        Some(_) => {}
    }
}

fn count_options(options: &[Choice], most: usize, place: &Pointer, problems: &mut Vec<Problem>) {
    if !(limits::LEAST_OPTIONS..=most).contains(&options.len()) {
        problems.push(place.at("options").problem(
            format!("there are {} options", options.len()),
            format!("use {} to {most} options", limits::LEAST_OPTIONS),
        ));
    }
}

fn number(min: f64, max: f64, decimals: u32, place: &Pointer, problems: &mut Vec<Problem>) {
    for (field, limit) in [("min", min), ("max", max)] {
        if !limit.is_finite() || limit.abs() > limits::NUMBER {
            problems.push(place.at(field).problem(
                format!("{limit} is too large to be counted exactly"),
                format!("stay within -{0} to {0}", limits::NUMBER),
            ));
        }
    }
    if min > max {
        problems.push(
            place
                .at("min")
                .problem(format!("min {min} is greater than max {max}"), "exchange the two"),
        );
    }
    if decimals > limits::DECIMALS {
        problems.push(place.at("decimals").problem(
            format!("{decimals} decimals"),
            format!("use 0 to {}", limits::DECIMALS),
        ));
    }
}

fn length(max_length: u32, most: u32, place: &Pointer, problems: &mut Vec<Problem>) {
    if !(1..=most).contains(&max_length) {
        problems.push(place.at("max_length").problem(
            format!("a text of {max_length} characters"),
            format!("use 1 to {most}"),
        ));
    }
}
