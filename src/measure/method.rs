//! What a stored figure says about how it was computed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the measurement method. It goes up when a formula, an edge case or a default
/// changes the value of any figure; a sealed result names the version it was computed with.
pub const METHOD_VERSION: u32 = 4;

/// How a figure was computed: enough for an auditor to do it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The estimator, e.g. `mean.stratified-fpc`.
    pub name: String,
    /// The [`METHOD_VERSION`] it was computed with.
    pub version: u32,
    /// Its settings, e.g. the confidence level.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, serde_json::Value>,
}

impl Method {
    /// A method of the present version without parameters.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: METHOD_VERSION,
            parameters: BTreeMap::new(),
        }
    }

    /// The same method with one parameter more.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: impl Into<serde_json::Value>) -> Self {
        self.parameters.insert(parameter.to_owned(), value.into());
        self
    }
}
