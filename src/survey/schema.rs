//! The JSON Schema of a definition, generated from the types.
//!
//! `surveys/survey.schema.json` is this text; editors that honour `$schema` complete and check a survey while it
//! is written. A test fails when the file and the types drift apart; `rapport survey schema` prints it anew.

use schemars::{Schema, schema_for};

use super::definition::Definition;

/// The schema.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = schema_for!(Definition);
    schema.insert("title".to_owned(), "A Rapport survey definition".into());
    schema
}

/// The schema as it lies in `surveys/survey.schema.json`: indented, with a line break at the end.
#[must_use]
pub fn schema_text() -> String {
    format!("{:#}\n", schema().as_value())
}
