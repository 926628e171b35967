//! From what was sent to answers that are certainly right: parse, don't validate.
//!
//! ```json
//! { "delivers": 4, "reliable": "opt-out", "role": "manager", "needs": ["cloud", "help"], "days": 3,
//!   "cost": { "importance": 5, "satisfaction": 2 }, "open": "Answer the phone." }
//! ```
//!
//! | item | accepted | skipped |
//! | --- | --- | --- |
//! | rating | the point, from 1; `"opt-out"` where it is offered | `null` |
//! | pair | an object with `importance`, `satisfaction` or both, each like a rating | `null`, `{}` |
//! | single choice | the id of an option | `null` |
//! | multiple choice | a list of ids, none twice, at most `at_most` | `null`, `[]` |
//! | number | a number from `min` to `max` with at most `decimals` decimals | `null` |
//! | text | at most `max_length` characters, no control characters (a long text may have line breaks); or an object with the `text` and `show`, the consent of [`words`](super::words) | `null`, only spaces |
//!
//! JSON does not tell 4 from 4.0, so both are the point 4; `"4"` is a text and refused. (Form fields are all
//! text; [`fields`](super::fields) turns them into JSON of the right type first.)
//!
//! Everything that is wrong is listed, with a pointer, a code that programs can rely on, and a remedy.
//! Whether an item is hidden or required is judged after all values are right, since it depends on them;
//! items without a display rule are judged in any case.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::answer::{Answer, Answers, Rating};
use super::form::Form;
use super::limits;
use super::problem::{AnswerCode, AnswerProblem};
use super::reading::{Place, pointer, quoted};
use super::words::Words;
use crate::survey::definition::{AnswerKind, Item, ItemId};

/// What stands for "don't know / does not apply".
pub const OPT_OUT: &str = "opt-out";

/// The answers of one response to one version; can only be made by [`ValidAnswers::parse`].
#[derive(Debug, Clone, PartialEq)]
pub struct ValidAnswers(Answers);

/// What became of a set of answers that may be incomplete or wrong, as a page in the middle of a form needs it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The answers that are right, hidden ones left out.
    pub answers: Answers,
    /// The items that are shown to somebody with these answers.
    pub visible: BTreeSet<ItemId>,
    /// Everything that is wrong, in the order of the form.
    pub problems: Vec<AnswerProblem>,
}

impl ValidAnswers {
    /// Accepts answers only when all of them are right and none is missing.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn parse(form: &Form, given: &Map<String, Value>) -> Result<Self, Vec<AnswerProblem>> {
        let checked = check(form, given);
        if checked.problems.is_empty() {
            Ok(Self(checked.answers))
        } else {
            Err(checked.problems)
        }
    }

    /// The answers.
    #[must_use]
    pub fn answers(&self) -> &Answers {
        &self.0
    }

    /// What was written in own words, by item.
    pub fn texts(&self) -> impl Iterator<Item = (&ItemId, &Words)> {
        self.0.iter().filter_map(|(item, answer)| match answer {
            Answer::Text(words) => Some((item, words)),
            _ => None,
        })
    }
}

/// Judges every answer, and which items are shown because of them.
#[must_use]
pub fn check(form: &Form, given: &Map<String, Value>) -> Checked {
    if given.len() > limits::ANSWERS {
        return too_many();
    }
    let mut answers = Answers::new();
    let mut problems = unknown_items(form, given);
    let mut unreadable = BTreeSet::new();
    for item in form.definition().items() {
        let value = given.get(item.id.as_str()).unwrap_or(&Value::Null);
        let mut place = Place::new(form, item);
        if let Some(answer) = place.answer(value) {
            answers.insert(item.id.clone(), answer);
        }
        if !place.problems.is_empty() {
            unreadable.insert(item.id.clone());
            problems.append(&mut place.problems);
        }
    }
    let visible = form.visibility().visible(&to_json(form, &answers));
    for item in form.definition().items() {
        let certain = unreadable.is_empty() || (item.show_if.is_none() && !unreadable.contains(&item.id));
        if certain {
            problems.extend(presence(form, item, answers.contains_key(&item.id), &visible));
        }
    }
    answers.retain(|item, _| visible.contains(item));
    Checked {
        answers,
        visible,
        problems,
    }
}

/// The answers in the JSON form that display rules and exports read.
#[must_use]
pub fn to_json(form: &Form, answers: &Answers) -> Map<String, Value> {
    let entries = answers.iter().filter_map(|(id, answer)| {
        let item = form.item(id.as_str())?;
        Some((id.as_str().to_owned(), answer_to_json(item, answer)?))
    });
    entries.collect()
}

fn answer_to_json(item: &Item, answer: &Answer) -> Option<Value> {
    match answer {
        Answer::Rating(rating) => Some(rating_to_json(*rating)),
        Answer::Pair {
            importance,
            satisfaction,
        } => {
            let halves = [("importance", importance), ("satisfaction", satisfaction)];
            let given = halves
                .into_iter()
                .filter_map(|(name, half)| Some((name.to_owned(), rating_to_json((*half)?))));
            Some(Value::Object(given.collect()))
        }
        Answer::Choice(position) => option_id(item, *position),
        Answer::Choices(positions) => positions
            .iter()
            .map(|position| option_id(item, *position))
            .collect(),
        Answer::Number(number) => Some(json!(number)),
        // A display rule reads what was written, and not whether it may be shown.
        Answer::Text(words) => Some(json!(words.text)),
    }
}

fn rating_to_json(rating: Rating) -> Value {
    match rating {
        Rating::Point(point) => json!(point),
        Rating::OptOut => json!(OPT_OUT),
    }
}

fn option_id(item: &Item, position: u8) -> Option<Value> {
    match &item.answer {
        AnswerKind::SingleChoice { options } | AnswerKind::MultipleChoice { options, .. } => {
            options.get(usize::from(position)).map(|option| json!(option.id))
        }
        _ => None,
    }
}

fn too_many() -> Checked {
    let problem = AnswerProblem {
        pointer: "/answers".to_owned(),
        item: String::new(),
        code: AnswerCode::TooManyAnswers,
        problem: format!("more than {} answers", limits::ANSWERS),
        remedy: "send one answer for each item of the survey".to_owned(),
        limits: BTreeMap::new(),
    };
    Checked {
        answers: Answers::new(),
        visible: BTreeSet::new(),
        problems: vec![problem],
    }
}

fn unknown_items(form: &Form, given: &Map<String, Value>) -> Vec<AnswerProblem> {
    let unknown = given.keys().filter(|id| form.item(id).is_none());
    unknown
        .map(|id| AnswerProblem {
            pointer: pointer(id),
            item: id.clone(),
            code: AnswerCode::UnknownItem,
            problem: format!("this version of the survey has no item `{}`", quoted(id)),
            remedy: "leave it out, or use the id of an item of this version".to_owned(),
            limits: BTreeMap::new(),
        })
        .collect()
}

/// What is wrong with an answer being there, or not being there.
fn presence(form: &Form, item: &Item, answered: bool, visible: &BTreeSet<ItemId>) -> Option<AnswerProblem> {
    let mut place = Place::new(form, item);
    match (visible.contains(&item.id), answered) {
        (false, true) => place.refuse(
            AnswerCode::HiddenItem,
            "this item is not shown to somebody with these answers",
            "leave it out",
        ),
        (true, false) if item.required => {
            place.refuse(AnswerCode::Required, "this item must be answered", "answer it");
        }
        _ => {}
    }
    place.problems.pop()
}
