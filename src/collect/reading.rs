//! Reading the value of one item: what it may be, and what is wrong with it. See [`answers`](super::answers) for
//! what is accepted.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::answer::{Answer, Rating};
use super::answers::OPT_OUT;
use super::form::Form;
use super::limits;
use super::problem::{AnswerCode, AnswerProblem};
use super::words::Words;
use crate::survey::definition::{AnswerKind, Choice, Item, ScaleId};

/// The reading of one item's value: what it may be, and what was wrong with it.
pub(super) struct Place<'f> {
    form: &'f Form,
    item: &'f Item,
    pointer: String,
    pub(super) problems: Vec<AnswerProblem>,
}

impl<'f> Place<'f> {
    pub(super) fn new(form: &'f Form, item: &'f Item) -> Self {
        Self {
            form,
            item,
            pointer: pointer(item.id.as_str()),
            problems: Vec::new(),
        }
    }

    pub(super) fn refuse(&mut self, code: AnswerCode, problem: &str, remedy: &str) {
        self.refuse_beyond(code, problem, remedy, []);
    }

    fn refuse_beyond<const N: usize>(
        &mut self,
        code: AnswerCode,
        problem: &str,
        remedy: &str,
        limits: [(&'static str, String); N],
    ) {
        self.problems.push(AnswerProblem {
            pointer: self.pointer.clone(),
            item: self.item.id.as_str().to_owned(),
            code,
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
            limits: limits.into(),
        });
    }

    /// The answer, or `None` when it was skipped or is wrong.
    pub(super) fn answer(&mut self, value: &Value) -> Option<Answer> {
        if value.is_null() {
            return None;
        }
        match &self.item.answer {
            AnswerKind::Rating { scale, opt_out, .. } => {
                self.rating(value, scale, *opt_out).map(Answer::Rating)
            }
            AnswerKind::ImportanceSatisfaction {
                importance,
                satisfaction,
                opt_out,
            } => self.pair(value, [importance, satisfaction], *opt_out),
            AnswerKind::SingleChoice { options } => self.option(value, options).map(Answer::Choice),
            AnswerKind::MultipleChoice { options, at_most } => self.options(value, options, *at_most),
            AnswerKind::Number {
                min, max, decimals, ..
            } => self.number(value, [*min, *max], *decimals),
            AnswerKind::ShortText { max_length } => self.text(value, *max_length, false),
            AnswerKind::LongText { max_length } => self.text(value, *max_length, true),
        }
    }

    fn rating(&mut self, value: &Value, scale: &ScaleId, opt_out: bool) -> Option<Rating> {
        let points = self
            .form
            .definition()
            .scale(scale)
            .map_or(0, |scale| scale.points.len());
        let remedy = format!("send a point from 1 to {points}");
        match value {
            Value::String(text) if text == OPT_OUT && opt_out => return Some(Rating::OptOut),
            Value::String(text) if text == OPT_OUT => {
                self.refuse(
                    AnswerCode::OptOutNotOffered,
                    "`opt-out` is not offered here",
                    &remedy,
                );
                return None;
            }
            _ => {}
        }
        let Some(number) = whole(value) else {
            self.refuse_beyond(
                AnswerCode::WrongType,
                &format!("{} is no point of the scale", described(value)),
                &remedy,
                [("max", points.to_string())],
            );
            return None;
        };
        let point = u8::try_from(number)
            .ok()
            .filter(|point| (1..=points).contains(&usize::from(*point)));
        if point.is_none() {
            let problem = format!("{number} is no point of the scale");
            self.refuse_beyond(
                AnswerCode::OutOfRange,
                &problem,
                &remedy,
                [("max", points.to_string())],
            );
        }
        point.map(Rating::Point)
    }

    fn pair(&mut self, value: &Value, scales: [&ScaleId; 2], opt_out: bool) -> Option<Answer> {
        let Value::Object(halves) = value else {
            self.refuse(
                AnswerCode::WrongType,
                &format!("{} is no pair", described(value)),
                "send {\"importance\": point, \"satisfaction\": point}",
            );
            return None;
        };
        if let Some(other) = halves
            .keys()
            .find(|name| !matches!(name.as_str(), "importance" | "satisfaction"))
        {
            let problem = format!("a pair has no part `{}`", quoted(other));
            self.refuse(
                AnswerCode::WrongType,
                &problem,
                "send `importance` and `satisfaction` only",
            );
        }
        let [first, second] = scales;
        let importance = self.half(halves, "importance", first, opt_out);
        let satisfaction = self.half(halves, "satisfaction", second, opt_out);
        if self.item.required && self.problems.is_empty() && importance.is_some() != satisfaction.is_some() {
            self.refuse(
                AnswerCode::Required,
                "one half of the pair is missing",
                "answer both halves",
            );
        }
        (importance.is_some() || satisfaction.is_some()).then_some(Answer::Pair {
            importance,
            satisfaction,
        })
    }

    fn half(
        &mut self,
        halves: &Map<String, Value>,
        name: &str,
        scale: &ScaleId,
        opt_out: bool,
    ) -> Option<Rating> {
        let value = halves.get(name).filter(|value| !value.is_null())?;
        let whole = std::mem::replace(
            &mut self.pointer,
            format!("{}/{name}", pointer(self.item.id.as_str())),
        );
        let rating = self.rating(value, scale, opt_out);
        self.pointer = whole;
        rating
    }

    fn option(&mut self, value: &Value, options: &[Choice]) -> Option<u8> {
        let Value::String(id) = value else {
            let problem = format!("{} is no option", described(value));
            self.refuse(
                AnswerCode::WrongType,
                &problem,
                "send the id of an option as a text",
            );
            return None;
        };
        let position = options.iter().position(|option| option.id.as_str() == id);
        if position.is_none() {
            let known: Vec<&str> = options.iter().take(10).map(|option| option.id.as_str()).collect();
            let more = if options.len() > known.len() { " ..." } else { "" };
            self.refuse(
                AnswerCode::UnknownOption,
                &format!("there is no option `{}`", quoted(id)),
                &format!("use one of {}{more}", known.join(", ")),
            );
        }
        u8::try_from(position?).ok()
    }

    fn options(&mut self, value: &Value, options: &[Choice], at_most: Option<u32>) -> Option<Answer> {
        let Value::Array(list) = value else {
            let problem = format!("{} is no list of options", described(value));
            self.refuse(AnswerCode::WrongType, &problem, "send a list of ids of options");
            return None;
        };
        // A list longer than the options has doubles or strangers in it; the first few say enough.
        let mut chosen = BTreeSet::new();
        for value in list.iter().take(options.len() + 1) {
            if let Some(position) = self.option(value, options)
                && !chosen.insert(position)
            {
                let problem = format!("the option {} is chosen twice", described(value));
                self.refuse(AnswerCode::DuplicateOption, &problem, "name each option once");
            }
        }
        let most = at_most.map_or(options.len(), |most| usize::try_from(most).unwrap_or(usize::MAX));
        if list.len() > most {
            self.refuse_beyond(
                AnswerCode::TooManyOptions,
                &format!("{} options are chosen, at most {most} may be", list.len()),
                &format!("choose {most} or fewer"),
                [("max", most.to_string())],
            );
        }
        (!chosen.is_empty() && self.problems.is_empty()).then_some(Answer::Choices(chosen))
    }

    fn number(&mut self, value: &Value, [min, max]: [f64; 2], decimals: u32) -> Option<Answer> {
        let remedy = match decimals {
            0 => format!("send a whole number from {min} to {max}"),
            _ => format!("send a number from {min} to {max} with at most {decimals} decimals"),
        };
        let limits = || {
            [
                ("min", min.to_string()),
                ("max", max.to_string()),
                ("decimals", decimals.to_string()),
            ]
        };
        let Some(number) = value.as_f64().filter(|number| number.is_finite()) else {
            let problem = format!("{} is no number", described(value));
            self.refuse_beyond(AnswerCode::WrongType, &problem, &remedy, limits());
            return None;
        };
        if !(min..=max).contains(&number) {
            let problem = format!("{} is outside {min} to {max}", quoted(&number.to_string()));
            self.refuse_beyond(AnswerCode::OutOfRange, &problem, &remedy, limits());
            return None;
        }
        if decimals_of(number) > decimals {
            let problem = format!("{number} has too many decimals");
            self.refuse_beyond(AnswerCode::TooManyDecimals, &problem, &remedy, limits());
            return None;
        }
        // Adding zero turns -0 into 0, so that equal numbers are equal bytes.
        Some(Answer::Number(number + 0.0))
    }

    fn text(&mut self, value: &Value, max_length: u32, lines: bool) -> Option<Answer> {
        let Some((text, may_show)) = worded(value) else {
            let problem = format!("{} is no text", described(value));
            let remedy = "send a text, or an object with `text` and `show` (true or false)";
            self.refuse(AnswerCode::WrongType, &problem, remedy);
            return None;
        };
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if let Some(control) = text
            .chars()
            .find(|c| c.is_control() && !(lines && matches!(c, '\n' | '\t')))
        {
            self.refuse(
                AnswerCode::ControlCharacters,
                &format!("the text has the control character U+{:04X}", u32::from(control)),
                if lines {
                    "remove it"
                } else {
                    "remove it; this text is a single line"
                },
            );
            return None;
        }
        let length = text.chars().count();
        if length > usize::try_from(max_length).unwrap_or(usize::MAX) {
            self.refuse_beyond(
                AnswerCode::TooLong,
                &format!("the text has {length} characters, at most {max_length} are stored"),
                "shorten it",
                [("max", max_length.to_string()), ("length", length.to_string())],
            );
            return None;
        }
        (!text.is_empty()).then(|| {
            Answer::Text(Words {
                text: text.to_owned(),
                may_show,
            })
        })
    }
}

/// A text as it is sent, and whether it may be shown: a text alone may not.
fn worded(value: &Value) -> Option<(&str, bool)> {
    match value {
        Value::String(text) => Some((text, false)),
        Value::Object(parts) if parts.keys().all(|key| matches!(key.as_str(), "text" | "show")) => {
            let may_show = parts.get("show").map_or(Some(false), Value::as_bool)?;
            Some((parts.get("text")?.as_str()?, may_show))
        }
        _ => None,
    }
}

/// A JSON number without a fraction; 4 and 4.0 are the same number.
fn whole(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else {
        return None;
    };
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    // Beyond the integers of 64 bits nothing is a point; any value out of range will do to say so.
    let number = number.as_f64()?;
    (number.fract() == 0.0).then(|| number.to_string().parse().unwrap_or(i64::MAX))
}

/// How many digits stand after the point in the shortest way to write the number.
fn decimals_of(number: f64) -> u32 {
    let text = number.to_string();
    let digits = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    u32::try_from(digits).unwrap_or(u32::MAX)
}

pub(super) fn pointer(id: &str) -> String {
    let id: String = id.chars().take(limits::QUOTED).collect();
    format!("/answers/{}", id.replace('~', "~0").replace('/', "~1"))
}

/// A short, printable part of what was sent.
pub(super) fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(limits::QUOTED)
        .collect();
    if shown.len() < text.len() {
        format!("{shown}...")
    } else {
        shown
    }
}

/// What was sent, in a few words. Never a whole text: it may be a comment in the wrong place.
fn described(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => quoted(&number.to_string()),
        Value::String(text) => format!("the text \"{}\"", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
