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

use std::collections::{BTreeMap, BTreeSet};

use datalogic_rs::bumpalo::Bump;
use datalogic_rs::{Engine, Logic};
use serde_json::{Map, Value};

use super::definition::{Definition, Item, ItemId};
use super::problem::{Pointer, Problem};

/// What a `show_if` may be built from.
pub const OPERATORS: [&str; 23] = [
    "var",
    "missing",
    "missing_some",
    "if",
    "==",
    "===",
    "!=",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "!",
    "!!",
    "and",
    "or",
    "in",
    "+",
    "-",
    "*",
    "/",
    "min",
    "max",
];

/// How deep a rule may be nested.
pub const MAX_DEPTH: usize = 16;

/// How many operators, texts and numbers a rule may have.
pub const MAX_NODES: usize = 200;

/// The largest whole number in a rule: 2^53 - 1.
const LARGEST_NUMBER: u64 = 9_007_199_254_740_991;

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

/// One walk over a rule: what it reads, and what it must not contain.
#[derive(Default)]
struct Reading {
    nodes: usize,
    reads: Vec<(String, Pointer)>,
    problems: Vec<Problem>,
}

impl Reading {
    fn walk(&mut self, value: &Value, place: &Pointer, depth: usize) {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            // Said once: the walk ends here for every further branch.
            if self.nodes <= MAX_NODES + 1 {
                self.problems.push(place.problem(
                    format!("the rule is nested deeper than {MAX_DEPTH} or has more than {MAX_NODES} parts"),
                    "say it more simply",
                ));
            }
            self.nodes = MAX_NODES + 1;
            return;
        }
        match value {
            Value::Object(object) => self.operation(object, place, depth),
            Value::Array(list) => {
                for (position, part) in list.iter().enumerate() {
                    self.walk(part, &place.at(position), depth + 1);
                }
            }
            Value::Number(number) => self.number(number, place),
            _ => {}
        }
    }

    /// A whole number that is not exact in JSON would give two rules one digest.
    fn number(&mut self, number: &serde_json::Number, place: &Pointer) {
        let whole = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
        if whole.is_some_and(|whole| whole > LARGEST_NUMBER) {
            self.problems.push(place.problem(
                format!("{number} is too large to be exact in JSON"),
                format!("stay within {LARGEST_NUMBER}"),
            ));
        }
    }

    fn operation(&mut self, object: &Map<String, Value>, place: &Pointer, depth: usize) {
        let mut entries = object.iter();
        let (Some((operator, arguments)), None) = (entries.next(), entries.next()) else {
            self.problems.push(place.problem(
                "an operation has exactly one operator",
                "write {\"operator\": [arguments]}",
            ));
            return;
        };
        let place = place.at(operator);
        match operator.as_str() {
            "var" => self.variable(arguments, &place, depth),
            "missing" => self.names(arguments, &place),
            "missing_some" => match arguments.as_array().map(Vec::as_slice) {
                Some([Value::Number(_), names]) => self.names(names, &place.at(1)),
                _ => self.problems.push(place.problem(
                    "`missing_some` needs a number and a list of item ids",
                    "write {\"missing_some\": [1, [\"first\", \"second\"]]}",
                )),
            },
            known if OPERATORS.contains(&known) => self.walk(arguments, &place, depth + 1),
            unknown => self.problems.push(place.problem(
                format!("`{unknown}` is not an operator that a rule may use"),
                format!("use one of {}", OPERATORS.join(", ")),
            )),
        }
    }

    /// `{"var": "item"}` or `{"var": ["item", default]}`; the name is written out, never computed.
    fn variable(&mut self, arguments: &Value, place: &Pointer, depth: usize) {
        match arguments {
            Value::String(path) => self.read(path, place.clone()),
            Value::Array(list) => match list.as_slice() {
                [Value::String(path)] => self.read(path, place.at(0)),
                [Value::String(path), default] => {
                    self.read(path, place.at(0));
                    self.walk(default, &place.at(1), depth + 1);
                }
                _ => self.unnamed(place),
            },
            _ => self.unnamed(place),
        }
    }

    fn names(&mut self, arguments: &Value, place: &Pointer) {
        match arguments {
            Value::String(path) => self.read(path, place.clone()),
            Value::Array(list) => {
                for (position, name) in list.iter().enumerate() {
                    match name {
                        Value::String(path) => self.read(path, place.at(position)),
                        _ => self.unnamed(&place.at(position)),
                    }
                }
            }
            _ => self.unnamed(place),
        }
    }

    fn read(&mut self, path: &str, place: Pointer) {
        self.nodes += 1;
        let id = path.split('.').next().unwrap_or_default();
        self.reads.push((id.to_owned(), place));
    }

    fn unnamed(&mut self, place: &Pointer) {
        self.problems.push(place.problem(
            "an answer is read by the id of its item, written out",
            "write {\"var\": \"item-id\"}",
        ));
    }
}
