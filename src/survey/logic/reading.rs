//! Reading a rule before it is compiled: which items it reads, and whether it keeps to what a rule may be.

use serde_json::{Map, Value};

use crate::survey::problem::{Pointer, Problem};

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

/// One walk over a rule: what it reads, and what it must not contain.
#[derive(Default)]
pub(super) struct Reading {
    nodes: usize,
    /// The items it reads, each with the place where it does.
    pub reads: Vec<(String, Pointer)>,
    /// What it must not contain.
    pub problems: Vec<Problem>,
}

impl Reading {
    pub fn walk(&mut self, value: &Value, place: &Pointer, depth: usize) {
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
