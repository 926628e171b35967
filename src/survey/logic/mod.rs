//! Display logic: which items a respondent sees, given the answers so far.
//!
//! A `show_if` is a [JsonLogic](https://jsonlogic.com) rule over the answers of **earlier** items, which it
//! reads by id: `{"<=": [1, {"var": "overall"}, 2]}`. A part of a pair is read by its path,
//! `{"var": "network.importance"}`.
//!
//! **What a rule may use** is [`OPERATORS`]: comparison, boolean logic, arithmetic and membership. Operators
//! that loop over lists or build texts are refused; no survey needs them, and without them the cost of a rule
//! is the number of its nodes and what it reads is known before it runs.
//!
//! **Unanswered items** read as `null`, which JsonLogic counts as 0 in a comparison. Therefore a low score is
//! asked with both limits, as above: `{"<=": [{"var": "overall"}, 2]}` would be true for everyone who skipped.
//!
//! **Hidden items** do not count: an answer given to an item that is hidden by then is read as `null` by the
//! rules after it. Items are judged in the order in which they are asked, so one pass settles everything.
//!
//! A rule that fails on some answers (a text compared with a number) hides its item.

mod reading;

use std::collections::{BTreeMap, BTreeSet};

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{Engine, Logic};
use serde_json::{Map, Value};

use super::definition::{Definition, Item, ItemId};
use super::problem::{Pointer, Problem};

use reading::Reading;
pub use reading::{MAX_DEPTH, MAX_NODES, OPERATORS};

/// Answers by item id, in their JSON form.
pub type Answers = Map<String, Value>;

/// The compiled display logic of one definition. Compile once, ask from any thread.
#[derive(Debug)]
pub struct Visibility {
    engine: Engine,
    items: Vec<(ItemId, Option<Rule>)>,
}

#[derive(Debug)]
struct Rule {
    logic: Logic,
    reads: BTreeSet<String>,
}

impl Visibility {
    /// Compiles every `show_if`.
    ///
    /// # Errors
    /// Every rule that does not compile, is too large, or reads an item that is unknown, later, or the item
    /// itself, as [`Problem`]s with their pointers.
    pub fn compile(definition: &Definition) -> Result<Self, Vec<Problem>> {
        let engine = Engine::new();
        let order = positions(definition);
        let (mut items, mut problems) = (Vec::new(), Vec::new());
        for (place, item) in places(definition) {
            match rule(&engine, item, &place, &order) {
                Ok(rule) => items.push((item.id.clone(), rule)),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() {
            Ok(Self { engine, items })
        } else {
            Err(problems)
        }
    }

    /// The items that are shown to somebody with these answers, judged in order.
    #[must_use]
    pub fn visible(&self, answers: &Answers) -> BTreeSet<ItemId> {
        let mut shown = BTreeSet::new();
        let mut arena = Bump::new();
        for (id, rule) in &self.items {
            let show = rule
                .as_ref()
                .is_none_or(|rule| self.holds(rule, answers, &shown, &mut arena));
            if show {
                shown.insert(id.clone());
            }
        }
        shown
    }

    /// Whether one item is shown to somebody with these answers. Asks [`Visibility::visible`]; use that when
    /// more than one item is in question.
    #[must_use]
    pub fn is_visible(&self, item: &ItemId, answers: &Answers) -> bool {
        self.visible(answers).contains(item)
    }

    /// Whether the definition has any display logic at all.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.items.iter().any(|(_, rule)| rule.is_some())
    }

    fn holds(&self, rule: &Rule, answers: &Answers, shown: &BTreeSet<ItemId>, arena: &mut Bump) -> bool {
        let read: Answers = rule
            .reads
            .iter()
            .filter(|id| shown.contains(id.as_str()))
            .filter_map(|id| Some((id.clone(), answers.get(id)?.clone())))
            .collect();
        arena.reset();
        self.engine
            .evaluate(&rule.logic, &Value::Object(read), arena)
            .is_ok_and(|value| self.engine.truthy(value))
    }
}

/// Each item with the place of its definition.
fn places(definition: &Definition) -> impl Iterator<Item = (Pointer, &Item)> {
    let pages = Pointer::root().at("pages");
    definition.pages.iter().enumerate().flat_map(move |(p, page)| {
        let items = pages.at(p).at("items");
        page.items
            .iter()
            .enumerate()
            .map(move |(i, item)| (items.at(i), item))
    })
}

/// The position in which each item is asked; the first one where an id is used twice.
fn positions(definition: &Definition) -> BTreeMap<&str, usize> {
    let mut order = BTreeMap::new();
    for (position, item) in definition.items().enumerate() {
        order.entry(item.id.as_str()).or_insert(position);
    }
    order
}

fn rule(
    engine: &Engine,
    item: &Item,
    place: &Pointer,
    order: &BTreeMap<&str, usize>,
) -> Result<Option<Rule>, Vec<Problem>> {
    let Some(source) = &item.show_if else {
        return Ok(None);
    };
    let mut reading = Reading::default();
    reading.walk(source, &place.at("show_if"), 1);
    let own = order.get(item.id.as_str()).copied().unwrap_or(usize::MAX);
    for (id, place) in &reading.reads {
        reading
            .problems
            .extend(misplaced(id, place, &item.id, own, order));
    }
    if !reading.problems.is_empty() {
        return Err(reading.problems);
    }
    let logic = engine.compile(source).map_err(|error| {
        vec![place.at("show_if").problem(
            format!("the rule does not compile: {error}"),
            "correct the rule; see https://jsonlogic.com/operations.html",
        )]
    })?;
    let reads = reading.reads.into_iter().map(|(id, _)| id).collect();
    Ok(Some(Rule { logic, reads }))
}

/// A rule may only read what was asked before its own item.
fn misplaced(
    id: &str,
    place: &Pointer,
    own_id: &ItemId,
    own: usize,
    order: &BTreeMap<&str, usize>,
) -> Option<Problem> {
    match order.get(id) {
        None => Some(place.problem(
            format!("the rule reads `{id}`, which is no item of this survey"),
            "use the id of an item that is asked earlier",
        )),
        Some(_) if id == own_id.as_str() => Some(place.problem(
            format!("`{id}` depends on its own answer"),
            "use the id of an item that is asked earlier",
        )),
        Some(position) if *position >= own => Some(place.problem(
            format!("the rule reads `{id}`, which is asked later"),
            "move that item before this one, or use an item that is asked earlier",
        )),
        Some(_) => None,
    }
}
