//! Every problem of form at once.
//!
//! serde stops at the first field it cannot read. When it refuses a document, [`problems`] walks the document
//! along the generated JSON Schema and lists everything that does not fit, each with its own pointer. serde
//! remains the judge of whether a document is accepted; this only explains.
//!
//! The walk knows the keywords that our types generate, no more: `$ref`, `type`, `const`, `enum`, `properties`,
//! `required`, `additionalProperties`, `patternProperties`, `items`, `oneOf`, `anyOf`, `pattern`, `minimum`,
//! `maximum`.

use serde_json::{Map, Value};

use super::problem::{Pointer, Problem};
use super::schema::schema;
use crate::slug;

const REMEDY: &str = "see survey.schema.json for what may stand here";

/// Everything in `document` that does not fit the schema, in the order of the document.
pub(super) fn problems(document: &Value) -> Vec<Problem> {
    let schema = schema();
    let mut walk = Walk {
        root: schema.as_value(),
        problems: Vec::new(),
    };
    walk.value(schema.as_value(), document, &Pointer::root());
    walk.problems
}

struct Walk<'a> {
    root: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, schema: &'a Value, value: &Value, place: &Pointer) {
        let schema = self.resolved(schema);
        if let Some(variants) = alternatives(schema) {
            return self.one_of(variants, value, place);
        }
        if let Some(expected) = wrong_type(schema, value) {
            let given = type_name(value);
            return self.tell(place, format!("{expected} is expected here, not {given}"), REMEDY);
        }
        self.content(schema, value, place);
    }

    fn content(&mut self, schema: &'a Value, value: &Value, place: &Pointer) {
        match value {
            Value::Object(object) => self.object(schema, object, place),
            Value::Array(list) => {
                if let Some(items) = schema.get("items") {
                    for (position, part) in list.iter().enumerate() {
                        self.value(items, part, &place.at(position));
                    }
                }
            }
            Value::String(text) => {
                // The only pattern that our types have is that of names.
                if schema.get("pattern").is_some()
                    && let Err(error) = slug::check(text)
                {
                    self.tell(place, error.to_string(), "choose another name");
                }
            }
            Value::Number(number) => self.number(schema, number, place),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn number(&mut self, schema: &Value, number: &serde_json::Number, place: &Pointer) {
        let limit = |key: &str| schema.get(key).and_then(Value::as_f64);
        let value = number.as_f64().unwrap_or(f64::NAN);
        let too_low = limit("minimum").is_some_and(|least| value < least);
        let too_high = limit("maximum").is_some_and(|most| value > most);
        if too_low || too_high {
            self.tell(place, format!("{number} is out of range"), REMEDY);
        }
    }

    fn object(&mut self, schema: &'a Value, object: &Map<String, Value>, place: &Pointer) {
        let known = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        for field in required.into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(field) {
                self.tell(&place.at(field), format!("`{field}` is missing"), "add it");
            }
        }
        let others = other_properties(schema);
        for (field, value) in object {
            let place = place.at(field);
            if let Some(schema) = known.and_then(|known| known.get(field)) {
                self.value(schema, value, &place);
            } else {
                match others {
                    Others::Named(schema) => {
                        if let Err(error) = slug::check(field) {
                            self.tell(&place, error.to_string(), "choose another name");
                        }
                        self.value(schema, value, &place);
                    }
                    Others::Refused => self.unknown(field, known, &place),
                    Others::Free => {}
                }
            }
        }
    }

    fn unknown(&mut self, field: &str, known: Option<&Map<String, Value>>, place: &Pointer) {
        let names: Vec<&str> = known
            .into_iter()
            .flat_map(|known| known.keys().map(String::as_str))
            .collect();
        self.tell(
            place,
            format!("`{field}` is no field here"),
            format!("remove it or use one of {}", names.join(", ")),
        );
    }

    /// One of several schemas: the one with the document's `type` tag, one of some constants, or "this or
    /// nothing".
    fn one_of(&mut self, variants: &'a [Value], value: &Value, place: &Pointer) {
        let variants: Vec<&'a Value> = variants.iter().map(|schema| self.resolved(schema)).collect();
        let tags: Vec<&str> = variants.iter().filter_map(|schema| tag(schema)).collect();
        if !tags.is_empty() {
            return self.tagged(&variants, &tags, value, place);
        }
        let constants: Vec<&Value> = variants.iter().flat_map(|schema| constants(schema)).collect();
        if !constants.is_empty() {
            let nothing = value.is_null() && accepts_null(&variants);
            if !nothing && !constants.contains(&value) {
                let names: Vec<String> = constants.iter().map(ToString::to_string).collect();
                self.tell(
                    place,
                    format!("{value} is not known here"),
                    format!("use one of {}", names.join(", ")),
                );
            }
            return;
        }
        let mut real = variants.iter().filter(|schema| !is_null(schema));
        if let Some(schema) = real.next().filter(|_| !value.is_null()) {
            self.value(schema, value, place);
        }
    }

    fn tagged(&mut self, variants: &[&'a Value], tags: &[&str], value: &Value, place: &Pointer) {
        let Some(object) = value.as_object() else {
            let given = type_name(value);
            return self.tell(place, format!("an object is expected here, not {given}"), REMEDY);
        };
        let given = object.get("type").and_then(Value::as_str);
        let chosen = variants
            .iter()
            .find(|schema| given.is_some() && tag(schema) == given);
        match chosen {
            Some(schema) => self.object(schema, object, place),
            None => self.tell(
                &place.at("type"),
                match object.get("type") {
                    Some(given) => format!("{given} is not known here"),
                    None => "`type` is missing".to_owned(),
                },
                format!("use one of {}", tags.join(", ")),
            ),
        }
    }

    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        let found = target.and_then(|path| self.root.pointer(path.trim_start_matches('#')));
        found.unwrap_or(schema)
    }

    fn tell(&mut self, place: &Pointer, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(place.problem(problem, remedy));
    }
}

/// What an object may have besides its known fields.
#[derive(Clone, Copy)]
enum Others<'a> {
    /// Anything.
    Free,
    /// Nothing.
    Refused,
    /// Fields with a valid name and this schema.
    Named(&'a Value),
}

fn other_properties(schema: &Value) -> Others<'_> {
    let patterns = schema.get("patternProperties").and_then(Value::as_object);
    if let Some(named) = patterns.and_then(|patterns| patterns.values().next()) {
        return Others::Named(named);
    }
    match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => Others::Refused,
        Some(named @ Value::Object(_)) => Others::Named(named),
        _ => Others::Free,
    }
}

fn alternatives(schema: &Value) -> Option<&[Value]> {
    let list = schema.get("oneOf").or_else(|| schema.get("anyOf"))?;
    list.as_array().map(Vec::as_slice)
}

fn tag(schema: &Value) -> Option<&str> {
    schema.pointer("/properties/type/const").and_then(Value::as_str)
}

fn constants(schema: &Value) -> Vec<&Value> {
    let listed = schema.get("enum").and_then(Value::as_array);
    schema
        .get("const")
        .into_iter()
        .chain(listed.into_iter().flatten())
        .collect()
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("null")
}

fn accepts_null(variants: &[&Value]) -> bool {
    variants.iter().any(|schema| is_null(schema))
}

/// The types that a schema allows in words, if `value` has none of them.
fn wrong_type(schema: &Value, value: &Value) -> Option<String> {
    let allowed: Vec<&str> = match schema.get("type")? {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let fits = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        _ => true,
    };
    let word = |name: &&str| match *name {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "number" => "a number",
        "integer" => "a whole number",
        _ => "nothing",
    };
    let none_fits = !allowed.iter().any(fits);
    let named = allowed.iter().filter(|name| **name != "null");
    none_fits.then(|| named.map(word).collect::<Vec<_>>().join(" or "))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
