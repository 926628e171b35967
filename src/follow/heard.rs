//! The named answer behind a follow-up: its items, as they were asked, with what was answered.

use std::collections::BTreeSet;

use serde::Serialize;

use super::rule::{CONTACT, Rule};
use crate::collect::answer::{Answer, Answers, Rating};
use crate::collect::packed::Layout;
use crate::measure::scoring::item_score;
use crate::round::Round;
use crate::store::{Conn, StoreError, responses};
use crate::survey::definition::{AnswerKind, Definition, Item, Language, ScaleId};
use crate::survey::publish;

/// Scores as close to the limit as rounding are on it.
const NOISE: f64 = 1e-9;

/// One answer, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Heard {
    /// The item.
    pub item: String,
    /// What was asked.
    pub asked: String,
    /// What was answered.
    pub answered: String,
    /// Whether it is a reason for the follow-up.
    pub is_reason: bool,
}

/// What makes a response one to follow up: the items, low ones and requests for contact.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reasons {
    /// Items with a low score.
    pub low: Vec<String>,
    /// Items that ask for contact.
    pub contact: Vec<String>,
}

impl Reasons {
    /// Of these answers, by this rule.
    #[must_use]
    pub fn of(definition: &Definition, answers: &Answers, rule: Rule) -> Self {
        let mut reasons = Self::default();
        for item in definition.items() {
            let Some(answer) = answers.get(&item.id) else {
                continue;
            };
            if score(definition, item, answer).is_some_and(|score| score <= rule.low_score + NOISE) {
                reasons.low.push(item.id.to_string());
            }
            if asks_for_contact(item, answer) {
                reasons.contact.push(item.id.to_string());
            }
        }
        reasons
    }

    /// Whether there is any.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.low.is_empty() || !self.contact.is_empty()
    }
}

/// The score of an answer that has one: of a rating, or of the satisfaction of a pair.
fn score(definition: &Definition, item: &Item, answer: &Answer) -> Option<f64> {
    let points = |scale: &ScaleId| u8::try_from(definition.scale(scale)?.points.len()).ok();
    match (&item.answer, answer) {
        (AnswerKind::Rating { scale, reverse, .. }, Answer::Rating(Rating::Point(point))) => {
            item_score(*point, points(scale)?, *reverse)
        }
        (
            AnswerKind::ImportanceSatisfaction { satisfaction, .. },
            Answer::Pair {
                satisfaction: Some(Rating::Point(point)),
                ..
            },
        ) => item_score(*point, points(satisfaction)?, false),
        _ => None,
    }
}

fn asks_for_contact(item: &Item, answer: &Answer) -> bool {
    if item.construct.as_ref().map(|construct| construct.as_str()) != Some(CONTACT) {
        return false;
    }
    match (&item.answer, answer) {
        (AnswerKind::SingleChoice { options }, Answer::Choice(position)) => options
            .get(usize::from(*position))
            .is_some_and(|option| option.id.as_str() != "no"),
        (_, Answer::Choices(chosen)) => !chosen.is_empty(),
        (_, Answer::Text(_)) => true,
        _ => false,
    }
}

/// Everything that one person of a named audience answered, in the order of the form.
///
/// # Errors
/// [`StoreError`] of the database.
pub fn of_person(
    conn: &mut Conn,
    round: &Round,
    audience: &str,
    person: &str,
    reasons: &BTreeSet<String>,
) -> Result<Vec<Heard>, StoreError> {
    let Some(version) = publish::find(conn, &round.survey, round.version)? else {
        return Ok(Vec::new());
    };
    let definition = version.definition;
    let layout = Layout::of(&definition);
    let of_person = |who: &Option<String>| who.as_deref() == Some(person);
    let record = responses::of_audience(conn, round.id.as_str(), audience)?
        .into_iter()
        .find(|row| of_person(&row.person));
    let answers = match record {
        Some(row) => unpacked(&layout, &row.answers)?,
        None => Answers::new(),
    };
    let words = responses::comments_of_audience(conn, round.id.as_str(), audience)?;
    let written = |item: &Item| {
        let mut mine = words.iter().filter(|row| of_person(&row.person));
        mine.find(|row| row.item == item.id.as_str())
            .map(|row| row.text.clone())
    };
    let language = definition.languages.first().cloned();
    let heard = definition.items().filter_map(|item| {
        let answered = answers
            .get(&item.id)
            .and_then(|answer| in_words(&definition, item, answer, language.as_ref()?))
            .or_else(|| written(item))?;
        Some(Heard {
            item: item.id.to_string(),
            asked: language
                .as_ref()
                .map(|language| item.text.get(language).to_owned())
                .unwrap_or_default(),
            answered,
            is_reason: reasons.contains(item.id.as_str()),
        })
    });
    Ok(heard.collect())
}

pub(super) fn unpacked(layout: &Layout, record: &[u8]) -> Result<Answers, StoreError> {
    layout.unpack(record).map_err(|error| StoreError::Corrupt {
        what: "response",
        problem: error.to_string(),
    })
}

fn in_words(definition: &Definition, item: &Item, answer: &Answer, language: &Language) -> Option<String> {
    let point = |scale: &ScaleId, rating: &Rating| {
        let scale = definition.scale(scale)?;
        let text = match rating {
            Rating::Point(point) => scale.points.get(usize::from(*point).checked_sub(1)?)?,
            Rating::OptOut => scale.opt_out.as_ref()?,
        };
        Some(text.get(language).to_owned())
    };
    match (&item.answer, answer) {
        (AnswerKind::Rating { scale, .. }, Answer::Rating(rating)) => point(scale, rating),
        (
            AnswerKind::ImportanceSatisfaction {
                importance,
                satisfaction,
                ..
            },
            Answer::Pair {
                importance: how_important,
                satisfaction: how_satisfied,
            },
        ) => {
            let important = how_important
                .as_ref()
                .and_then(|rating| point(importance, rating));
            let satisfied = how_satisfied
                .as_ref()
                .and_then(|rating| point(satisfaction, rating));
            let both: Vec<String> = [important, satisfied].into_iter().flatten().collect();
            Some(both.join("; "))
        }
        (AnswerKind::SingleChoice { options }, Answer::Choice(position)) => Some(
            options
                .get(usize::from(*position))?
                .label
                .get(language)
                .to_owned(),
        ),
        (AnswerKind::MultipleChoice { options, .. }, Answer::Choices(positions)) => {
            let labels = positions.iter().filter_map(|position| {
                Some(
                    options
                        .get(usize::from(*position))?
                        .label
                        .get(language)
                        .to_owned(),
                )
            });
            Some(labels.collect::<Vec<_>>().join("; "))
        }
        (_, Answer::Number(number)) => Some(number.to_string()),
        (_, Answer::Text(words)) => Some(words.text.clone()),
        _ => None,
    }
}
