//! One golden case as it stands in `cases.json`.

use std::collections::BTreeMap;
use std::path::Path;

use rapport::measure::Confidence;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// A case: what to compute, from what, and what must come out.
#[derive(Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub function: String,
    pub dataset: Option<String>,
    #[serde(default)]
    columns: Value,
    #[serde(default)]
    params: Value,
    pub expected: Value,
    pub tolerance: Tolerance,
}

/// How far a value may lie off.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Distance {
    pub rel: f64,
    pub abs: f64,
}

/// The distance for a whole case, and for single top-level keys of `expected`.
#[derive(Debug, Deserialize)]
pub struct Tolerance {
    #[serde(flatten)]
    pub all: Distance,
    #[serde(default)]
    pub by_key: BTreeMap<String, Distance>,
}

impl Tolerance {
    /// For everything below a top-level key of `expected`.
    pub fn of(&self, key: &str) -> Distance {
        self.by_key.get(key).copied().unwrap_or(self.all)
    }
}

/// Reads all cases of a file.
pub fn read(path: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let file: File = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(file.cases)
}

impl Case {
    /// A parameter; `null` and absent are the same.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params.get(name).filter(|value| !value.is_null())
    }

    pub fn number(&self, name: &str) -> Result<f64, String> {
        self.param(name)
            .and_then(Value::as_f64)
            .ok_or(format!("no number `{name}` in params"))
    }

    pub fn count(&self, name: &str) -> Result<u64, String> {
        self.param(name)
            .and_then(Value::as_u64)
            .ok_or(format!("no count `{name}` in params"))
    }

    pub fn flag(&self, name: &str) -> bool {
        self.param(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.param(name).and_then(Value::as_str)
    }

    /// A list; a single value is a list of one.
    pub fn list(&self, name: &str) -> Vec<Value> {
        self.param(name).map(as_list).unwrap_or_default()
    }

    /// A list of names; a single name is a list of one.
    pub fn names(&self, name: &str) -> Vec<String> {
        self.list(name)
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    }

    /// The confidence level, 95 % where none is given.
    pub fn confidence(&self) -> Result<Confidence, String> {
        let level = self.param("conf_level").and_then(Value::as_f64).unwrap_or(0.95);
        Confidence::new(level).map_err(|why| why.to_string())
    }

    /// The columns the case names.
    pub fn columns(&self) -> Vec<String> {
        as_list(&self.columns)
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    }

    /// One of the columns the case names.
    pub fn column(&self, at: usize) -> Result<String, String> {
        self.columns()
            .get(at)
            .cloned()
            .ok_or(format!("no column {at} is named"))
    }
}

/// A list; a single value is a list of one.
pub fn as_list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}
