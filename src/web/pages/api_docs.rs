//! `/api/docs`: the API's documentation, made from the OpenAPI document. No script, nothing from elsewhere.

use std::collections::BTreeMap;

use actix_web::http::Method;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;

use super::{PageContext, render};
use crate::web::App;
use crate::web::access::Visitor;
use crate::web::api::openapi;
use crate::web::codes::Code;
use crate::web::problem::{PageProblem, Problem};
use crate::web::routes::{Endpoint, Needs};

/// The route of the documentation.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::new(
        Method::GET,
        "/api/docs",
        Needs::Nothing,
        web::get().to(show),
    )]
}

#[derive(Debug, Serialize)]
struct View {
    description: String,
    parts: Vec<Part>,
    schemas: Vec<Schema>,
    codes: Vec<CodeRow>,
}

/// The operations that share a tag.
#[derive(Debug, Serialize)]
struct Part {
    name: String,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Operation {
    anchor: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    signed_in: bool,
    parameters: Vec<Field>,
    body: Option<Body>,
    responses: Vec<Response>,
}

#[derive(Debug, Serialize)]
struct Field {
    name: String,
    place: String,
    kind: Kind,
    required: bool,
    description: String,
}

#[derive(Debug, Serialize)]
struct Body {
    media: String,
    kind: Kind,
}

#[derive(Debug, Serialize)]
struct Response {
    status: String,
    description: String,
    kind: Option<Kind>,
}

/// A type in words, with the schema it names, if it names one.
#[derive(Debug, Default, Serialize)]
struct Kind {
    text: String,
    schema: String,
}

#[derive(Debug, Serialize)]
struct Schema {
    name: String,
    description: String,
    fields: Vec<Field>,
}

#[derive(Debug, Serialize)]
struct CodeRow {
    code: &'static str,
    status: u16,
    title: &'static str,
}

async fn show(visitor: Visitor, app: web::Data<App>) -> Result<HttpResponse, PageProblem> {
    let document = serde_json::to_value(openapi::document()).map_err(|error| Problem::internal(&error))?;
    let page = PageContext::public("API", visitor.0.as_ref());
    render(&app, "api-docs", &view(&document), &page)
}

fn view(document: &Value) -> View {
    let codes = Code::ALL
        .iter()
        .map(|code| CodeRow {
            code: code.text(),
            status: code.status().as_u16(),
            title: code.title(),
        })
        .collect();
    View {
        description: text(document, "/info/description"),
        parts: parts(document),
        schemas: schemas(document),
        codes,
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned()
}

fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value
        .pointer(pointer)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

fn items<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn parts(document: &Value) -> Vec<Part> {
    let mut by_tag: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in entries(document, "/paths") {
        for (method, details) in entries(methods, "") {
            let tag = text(details, "/tags/0");
            by_tag
                .entry(tag)
                .or_default()
                .push(operation(method, path, details));
        }
    }
    by_tag
        .into_iter()
        .map(|(name, operations)| Part { name, operations })
        .collect()
}

fn operation(method: &str, path: &str, details: &Value) -> Operation {
    let parameters = items(details, "/parameters")
        .map(|parameter| Field {
            name: text(parameter, "/name"),
            place: text(parameter, "/in"),
            kind: kind(parameter.get("schema")),
            required: parameter.get("required") == Some(&Value::Bool(true)),
            description: text(parameter, "/description"),
        })
        .collect();
    let body = entries(details, "/requestBody/content")
        .next()
        .map(|(media, content)| Body {
            media: media.clone(),
            kind: kind(content.get("schema")),
        });
    let responses = entries(details, "/responses")
        .map(|(status, response)| Response {
            status: status.clone(),
            description: text(response, "/description"),
            kind: entries(response, "/content")
                .next()
                .map(|(_, content)| kind(content.get("schema"))),
        })
        .collect();
    Operation {
        anchor: format!(
            "{method}-{}",
            path.replace(['/', '{', '}'], "-").trim_matches('-')
        ),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(details, "/summary"),
        description: text(details, "/description"),
        signed_in: items(details, "/security").next().is_some(),
        parameters,
        body,
        responses,
    }
}

fn schemas(document: &Value) -> Vec<Schema> {
    entries(document, "/components/schemas")
        .map(|(name, schema)| {
            let required: Vec<&str> = items(schema, "/required").filter_map(Value::as_str).collect();
            let fields = entries(schema, "/properties")
                .map(|(field, details)| Field {
                    name: field.clone(),
                    place: String::new(),
                    kind: kind(Some(details)),
                    required: required.contains(&field.as_str()),
                    description: text(details, "/description"),
                })
                .collect();
            Schema {
                name: name.clone(),
                description: text(schema, "/description"),
                fields,
            }
        })
        .collect()
}

fn kind(schema: Option<&Value>) -> Kind {
    let Some(schema) = schema else {
        return Kind::default();
    };
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or(name).to_owned();
        return Kind {
            text: name.clone(),
            schema: name,
        };
    }
    let alternatives: Vec<Kind> = ["/oneOf", "/anyOf", "/allOf"]
        .iter()
        .flat_map(|pointer| items(schema, pointer))
        .map(|one| kind(Some(one)))
        .collect();
    if !alternatives.is_empty() {
        return joined(alternatives);
    }
    match schema.get("type") {
        Some(Value::String(name)) if name == "array" => {
            let inner = kind(schema.get("items"));
            Kind {
                text: format!("list of {}", inner.text),
                ..inner
            }
        }
        Some(Value::String(name)) => plain(name),
        Some(Value::Array(names)) => joined(names.iter().filter_map(Value::as_str).map(plain).collect()),
        _ => plain("any"),
    }
}

fn plain(name: &str) -> Kind {
    Kind {
        text: name.to_owned(),
        schema: String::new(),
    }
}

fn joined(alternatives: Vec<Kind>) -> Kind {
    let schema = alternatives
        .iter()
        .map(|one| one.schema.clone())
        .find(|name| !name.is_empty());
    let words: Vec<String> = alternatives.into_iter().map(|one| one.text).collect();
    Kind {
        text: words.join(" or "),
        schema: schema.unwrap_or_default(),
    }
}
