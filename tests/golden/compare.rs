//! Expected against actual, value by value.

use serde_json::Value;

use super::case::{Case, Distance};
use super::not_offered;

/// What came of comparing.
#[derive(Debug, Default)]
pub struct Tally {
    /// Values compared: numbers, and the truth values, texts and nulls between them.
    pub compared: usize,
    /// One line a disagreement.
    pub failures: Vec<String>,
    /// Keys on the list of what the engine does not offer, with the reason.
    pub not_offered: Vec<String>,
}

impl Tally {
    pub fn skipped() -> Self {
        Self::default()
    }

    pub fn failed(why: String) -> Self {
        Self {
            failures: vec![why],
            ..Self::default()
        }
    }

    pub fn add(&mut self, other: Self) {
        self.compared += other.compared;
        self.failures.extend(other.failures);
        for line in other.not_offered {
            if !self.not_offered.contains(&line) {
                self.not_offered.push(line);
            }
        }
    }
}

/// Compares everything in `expected`; what only `actual` has is nobody's concern.
pub fn compare(case: &Case, actual: &Value) -> Tally {
    let mut tally = Tally::default();
    let Value::Object(expected) = &case.expected else {
        return Tally::failed(format!("{}: `expected` is not an object", case.id));
    };
    for (key, expected) in expected {
        let walk = Walk {
            case,
            distance: case.tolerance.of(key),
        };
        walk.key(actual, key, key, expected, &mut tally);
    }
    tally
}

struct Walk<'a> {
    case: &'a Case,
    distance: Distance,
}

impl Walk<'_> {
    fn key(&self, actual: &Value, key: &str, path: &str, expected: &Value, tally: &mut Tally) {
        if key.starts_with("info_") || key.starts_with("check_") {
            return;
        }
        match (actual.get(key), not_offered::key(&self.case.function, path)) {
            (Some(actual), _) => self.value(actual, path, expected, tally),
            (None, Some(reason)) => tally.not_offered.push(format!("{path} ({reason})")),
            (None, None) => self.fail(path, expected, "nothing: unknown key", tally),
        }
    }

    fn value(&self, actual: &Value, path: &str, expected: &Value, tally: &mut Tally) {
        match (expected, actual) {
            (Value::Object(fields), _) => {
                for (key, expected) in fields {
                    self.key(actual, key, &format!("{path}.{key}"), expected, tally);
                }
            }
            (Value::Array(list), Value::Array(own)) if list.len() == own.len() => {
                for (at, (expected, actual)) in list.iter().zip(own).enumerate() {
                    self.value(actual, &format!("{path}[{at}]"), expected, tally);
                }
            }
            (Value::Array(list), other) => {
                let length = other.as_array().map_or(0, Vec::len);
                self.fail(
                    path,
                    &Value::from(list.len()),
                    &format!("{length} entries"),
                    tally,
                );
            }
            _ => self.leaf(actual, path, expected, tally),
        }
    }

    fn leaf(&self, actual: &Value, path: &str, expected: &Value, tally: &mut Tally) {
        tally.compared += 1;
        let agrees = match (expected.as_f64(), actual.as_f64()) {
            (Some(e), Some(a)) => (a - e).abs() <= self.distance.abs + self.distance.rel * e.abs(),
            _ => expected == actual,
        };
        if !agrees {
            self.fail(path, expected, &actual.to_string(), tally);
        }
    }

    fn fail(&self, path: &str, expected: &Value, actual: &str, tally: &mut Tally) {
        tally.failures.push(format!(
            "{} {path}: expected {expected}, got {actual}",
            self.case.id
        ));
    }
}
