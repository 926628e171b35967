//! A question: its words in every language side by side, how it is answered, what it measures, and when it is shown.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::words as english;
use super::fields::{
    Faults, Form, Typed, Words, field, fill, number, optional_slug, optional_text, set, slug, text,
    text_field, ticked, words,
};
use super::part::{self, Part, parsed};
use super::{Asked, Loaded, loaded, no_such, respond};
use crate::identity::Actor;
use crate::survey::definition::{
    AnswerKind, Choice as Answer, Definition, Item, ItemId, Link, PageId, ScaleId, SurveyId,
};
use crate::survey::edit;
use crate::web::App;
use crate::web::access::{Allowed, DesignSurveys};
use crate::web::pages::form::{Choice, choices};
use crate::web::problem::{PageProblem, Problem};

const FIELDS: [&str; 17] = [
    "id",
    "kind",
    "scale",
    "importance",
    "satisfaction",
    "min",
    "max",
    "decimals",
    "max_length",
    "at_most",
    "construct",
    "wording",
    "segment",
    "show_item",
    "show_value",
    "show_json",
    "previous",
];
/// Empty rows for options, beside those that are there.
const MORE_OPTIONS: usize = 4;
/// The most options of a choice.
const MOST_OPTIONS: usize = 250;

const KINDS: [(&str, &str); 7] = [
    ("rating", "one point of a scale"),
    ("importance_satisfaction", "importance and satisfaction"),
    ("single_choice", "one of several options"),
    ("multiple_choice", "any of several options"),
    ("number", "a number"),
    ("short_text", "a line of text"),
    ("long_text", "in own words"),
];
const COMPARISONS: [(&str, &str); 4] = [
    ("==", "is"),
    ("!=", "is not"),
    (">=", "is at least"),
    ("<=", "is at most"),
];
const LINKS: [(&str, &str); 4] = [
    ("", "not said"),
    ("same", "the same question"),
    ("flagged", "the same, reworded: compared and flagged"),
    ("new", "a new question: not compared"),
];

#[derive(Serialize)]
struct View {
    survey: String,
    of: String,
    /// The id of the page that the question is on.
    stands_on: String,
    pages: Vec<Choice>,
    text: Words,
    help: Words,
    kinds: Vec<Choice>,
    scales: Vec<Choice>,
    importances: Vec<Choice>,
    satisfactions: Vec<Choice>,
    options: Vec<OptionRow>,
    unit: Words,
    links: Vec<Choice>,
    earlier: Vec<Choice>,
    comparisons: Vec<Choice>,
    reverse: bool,
    opt_out: bool,
    required: bool,
    form: Form,
}

#[derive(Serialize)]
struct OptionRow {
    number: usize,
    id: String,
    fault: String,
    label: Words,
}

/// The form.
pub(super) async fn show(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    asked: web::Query<Asked>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    page(&app, &who, &survey, &asked, None).await
}

/// Saves it.
pub(super) async fn save(
    who: Allowed<DesignSurveys>,
    survey: web::Path<SurveyId>,
    asked: web::Query<Asked>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    match part::save::<Placed>(&app, &who, &survey, asked.of.as_deref(), typed.into_inner()).await? {
        Ok(done) => Ok(done),
        Err(refused) => page(&app, &who, &survey, &asked, Some(refused)).await,
    }
}

/// A question, and the page on which it stands.
struct Placed(PageId, Item);

impl Part for Placed {
    const NAME: &'static str = "question";
    const FIRST_FIELD: &'static str = "id";

    fn id(&self) -> String {
        self.1.id.to_string()
    }

    fn place(&self) -> String {
        format!("item-{}", self.1.id)
    }

    fn shown(definition: &Definition, id: &str) -> Option<Value> {
        let item = definition.items().find(|item| item.id.as_str() == id)?;
        Some(json!(item))
    }

    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults) {
        let (item, mut faults) = read(typed, definition);
        let page: Option<PageId> = slug(typed, "page", &mut faults);
        (page.zip(item).map(|(page, item)| Self(page, item)), faults)
    }

    fn put(self, definition: &mut Definition, replaced: Option<&str>) {
        edit::put_item(definition, &self.0, parsed::<ItemId>(replaced).as_ref(), self.1);
    }
}

fn read(typed: &Typed, definition: &Definition) -> (Option<Item>, Faults) {
    let mut faults = Faults::default();
    let languages = &definition.languages;
    let id: Option<ItemId> = slug(typed, "id", &mut faults);
    let answer = answer(typed, definition, &mut faults);
    let show_if = rule(typed, &mut faults);
    let construct = optional_slug(typed, "construct", &mut faults);
    let segment = optional_slug(typed, "segment", &mut faults);
    let wording = field(typed, "wording");
    let item = id.zip(answer).map(|(id, answer)| Item {
        id,
        text: text(typed, "text", languages),
        help: optional_text(typed, "help", languages),
        required: ticked(typed, "required"),
        show_if,
        construct,
        wording: (!wording.is_empty()).then(|| wording.to_owned()),
        previous: match field(typed, "previous") {
            "same" => Some(Link::Same),
            "flagged" => Some(Link::Flagged),
            "new" => Some(Link::New),
            _ => None,
        },
        segment,
        answer,
    });
    (item, faults)
}

fn answer(typed: &Typed, definition: &Definition, faults: &mut Faults) -> Option<AnswerKind> {
    let scale = |name: &str, faults: &mut Faults| -> Option<ScaleId> {
        if field(typed, name).is_empty() {
            faults.note(name, "choose a scale; where there is none, add one first");
            return None;
        }
        slug(typed, name, faults)
    };
    let opt_out = ticked(typed, "opt_out");
    let most = |name: &str, usual: u32, faults: &mut Faults| number(typed, name, faults).unwrap_or(usual);
    match field(typed, "kind") {
        "rating" => Some(AnswerKind::Rating {
            scale: scale("scale", faults)?,
            reverse: ticked(typed, "reverse"),
            opt_out,
        }),
        "importance_satisfaction" => {
            let (importance, satisfaction) = (scale("importance", faults), scale("satisfaction", faults));
            Some(AnswerKind::ImportanceSatisfaction {
                importance: importance?,
                satisfaction: satisfaction?,
                opt_out,
            })
        }
        "single_choice" => Some(AnswerKind::SingleChoice {
            options: options(typed, definition, faults),
        }),
        "multiple_choice" => Some(AnswerKind::MultipleChoice {
            options: options(typed, definition, faults),
            at_most: number(typed, "at_most", faults),
        }),
        "number" => Some(AnswerKind::Number {
            min: number(typed, "min", faults).unwrap_or(0.0),
            max: number(typed, "max", faults).unwrap_or(100.0),
            decimals: most("decimals", 0, faults),
            unit: optional_text(typed, "unit", &definition.languages),
        }),
        "short_text" => Some(AnswerKind::ShortText {
            max_length: most("max_length", 200, faults),
        }),
        "long_text" => Some(AnswerKind::LongText {
            max_length: most("max_length", 2000, faults),
        }),
        _ => {
            faults.note("kind", "choose how it is answered");
            None
        }
    }
}

fn options(typed: &Typed, definition: &Definition, faults: &mut Faults) -> Vec<Answer> {
    let mut options = Vec::new();
    for row in 1..=MOST_OPTIONS {
        let name = format!("option_{row}");
        let label = optional_text(typed, &format!("{name}_label"), &definition.languages);
        if field(typed, &name).is_empty() && label.is_none() {
            continue;
        }
        if let Some(id) = slug(typed, &name, faults) {
            options.push(Answer {
                id,
                label: label.unwrap_or_else(|| text(typed, &format!("{name}_label"), &definition.languages)),
            });
        }
    }
    options
}

/// When it is shown: a comparison with an earlier answer, or a rule as JSON.
fn rule(typed: &Typed, faults: &mut Faults) -> Option<Value> {
    let (item, json) = (field(typed, "show_item"), field(typed, "show_json"));
    if !item.is_empty() {
        let comparison = field(typed, "show_is");
        let known = COMPARISONS.iter().any(|(sign, _)| *sign == comparison);
        let value = field(typed, "show_value");
        if value.is_empty() {
            faults.note(
                "show_value",
                "say with which answer it is compared: the number of a point, or the short name of an option",
            );
            return None;
        }
        let value = value
            .parse::<i64>()
            .map_or_else(|_ignored| Value::from(value), Value::from);
        let comparison = if known { comparison } else { "==" };
        return Some(json!({ comparison: [{ "var": item }, value] }));
    }
    if json.is_empty() {
        return None;
    }
    match serde_json::from_str(json) {
        Ok(rule) => Some(rule),
        Err(error) => {
            faults.note("show_json", format_args!("this is no JSON: {error}"));
            None
        }
    }
}

/// The parts of a rule that compares one earlier answer with one value.
fn simple(rule: &Value) -> Option<(String, String, String)> {
    let object = rule.as_object()?;
    let (comparison, arguments) = object.iter().next().filter(|_| object.len() == 1)?;
    COMPARISONS.iter().find(|(sign, _)| sign == comparison)?;
    let [variable, value] = arguments.as_array()?.as_slice() else {
        return None;
    };
    let item = variable
        .as_object()
        .filter(|object| object.len() == 1)?
        .get("var")?
        .as_str()?;
    let value = match value {
        Value::String(text) if text.parse::<i64>().is_err() => text.clone(),
        Value::Number(number) if number.is_i64() => number.to_string(),
        _ => return None,
    };
    Some((item.to_owned(), comparison.clone(), value))
}

fn typed_of(item: &Item) -> Typed {
    let mut typed = Typed::new();
    set(&mut typed, "id", item.id.to_string());
    fill(&mut typed, "text", &item.text);
    if let Some(help) = &item.help {
        fill(&mut typed, "help", help);
    }
    if item.required {
        set(&mut typed, "required", "yes");
    }
    if let Some(construct) = &item.construct {
        set(&mut typed, "construct", construct.to_string());
    }
    set(&mut typed, "wording", item.wording.clone().unwrap_or_default());
    if let Some(segment) = &item.segment {
        set(&mut typed, "segment", segment.to_string());
    }
    let link = match item.previous {
        Some(Link::Same) => "same",
        Some(Link::Flagged) => "flagged",
        Some(Link::New) => "new",
        None => "",
    };
    set(&mut typed, "previous", link);
    match item.show_if.as_ref().map(|rule| (simple(rule), rule)) {
        Some((Some((other, comparison, value)), _)) => {
            set(&mut typed, "show_item", other);
            set(&mut typed, "show_is", comparison);
            set(&mut typed, "show_value", value);
        }
        Some((None, rule)) => set(&mut typed, "show_json", rule.to_string()),
        None => {}
    }
    fill_answer(&mut typed, &item.answer);
    typed
}

fn fill_answer(typed: &mut Typed, answer: &AnswerKind) {
    let kind = match answer {
        AnswerKind::Rating { .. } => "rating",
        AnswerKind::SingleChoice { .. } => "single_choice",
        AnswerKind::MultipleChoice { .. } => "multiple_choice",
        AnswerKind::Number { .. } => "number",
        AnswerKind::ShortText { .. } => "short_text",
        AnswerKind::LongText { .. } => "long_text",
        AnswerKind::ImportanceSatisfaction { .. } => "importance_satisfaction",
    };
    set(typed, "kind", kind);
    match answer {
        AnswerKind::Rating {
            scale,
            reverse,
            opt_out,
        } => {
            set(typed, "scale", scale.to_string());
            tick(typed, "reverse", *reverse);
            tick(typed, "opt_out", *opt_out);
        }
        AnswerKind::ImportanceSatisfaction {
            importance,
            satisfaction,
            opt_out,
        } => {
            set(typed, "importance", importance.to_string());
            set(typed, "satisfaction", satisfaction.to_string());
            tick(typed, "opt_out", *opt_out);
        }
        AnswerKind::SingleChoice { options } => fill_options(typed, options),
        AnswerKind::MultipleChoice { options, at_most } => {
            fill_options(typed, options);
            set(
                typed,
                "at_most",
                at_most.map(|most| most.to_string()).unwrap_or_default(),
            );
        }
        AnswerKind::Number {
            min,
            max,
            decimals,
            unit,
        } => {
            set(typed, "min", min.to_string());
            set(typed, "max", max.to_string());
            set(typed, "decimals", decimals.to_string());
            if let Some(unit) = unit {
                fill(typed, "unit", unit);
            }
        }
        AnswerKind::ShortText { max_length } | AnswerKind::LongText { max_length } => {
            set(typed, "max_length", max_length.to_string());
        }
    }
}

fn tick(typed: &mut Typed, name: &str, on: bool) {
    if on {
        set(typed, name, "yes");
    }
}

fn fill_options(typed: &mut Typed, options: &[Answer]) {
    for (row, option) in (1..).zip(options) {
        set(typed, &format!("option_{row}"), option.id.to_string());
        fill(typed, &format!("option_{row}_label"), &option.label);
    }
}

/// From the rest of a pointer into an item to the field of this form.
fn field_of(steps: &[&str], definition: &Definition) -> String {
    match steps {
        ["text", rest @ ..] => text_field("text", rest, definition),
        ["help", rest @ ..] => text_field("help", rest, definition),
        ["show_if", ..] => "show_json".to_owned(),
        ["answer", "options", row, rest @ ..] => {
            let row = row.parse::<usize>().unwrap_or(0) + 1;
            match rest {
                ["label", rest @ ..] => text_field(&format!("option_{row}_label"), rest, definition),
                _ => format!("option_{row}"),
            }
        }
        ["answer", "options"] => "option_1".to_owned(),
        ["answer", "unit", rest @ ..] => text_field("unit", rest, definition),
        ["answer", name, ..] if FIELDS.contains(name) => (*name).to_owned(),
        ["answer", ..] => "kind".to_owned(),
        [name, ..] if FIELDS.contains(name) => (*name).to_owned(),
        _ => "id".to_owned(),
    }
}

async fn page(
    app: &App,
    who: &Actor,
    survey: &SurveyId,
    asked: &Asked,
    given: Option<(Typed, Faults)>,
) -> Result<HttpResponse, PageProblem> {
    let loaded = loaded(app, survey).await?;
    // What was typed stays, even where the question is gone meanwhile.
    let (typed, faults, status) = match given {
        Some((typed, faults)) => {
            let status = faults.status();
            (typed, faults, status)
        }
        None => {
            let (typed, own) = stored(&loaded, asked)?;
            (typed, own, StatusCode::OK)
        }
    };
    let view = view(survey, &loaded.definition, asked, &typed, &faults);
    respond(
        app,
        who,
        "editor/item",
        &view,
        &format!("A question of {survey}"),
        status,
    )
}

/// What is saved of the item, and what the check says of it.
fn stored(loaded: &Loaded, asked: &Asked) -> Result<(Typed, Faults), Problem> {
    let definition = &loaded.definition;
    let Some(id) = &asked.of else {
        let mut typed = Typed::new();
        set(&mut typed, "kind", "rating");
        set(&mut typed, "page", asked.page.clone().unwrap_or_default());
        set(
            &mut typed,
            "previous",
            if definition.version > 1 { "new" } else { "" },
        );
        return Ok((typed, Faults::default()));
    };
    for (number, page) in definition.pages.iter().enumerate() {
        let found = page
            .items
            .iter()
            .enumerate()
            .find(|(_, item)| item.id.as_str() == id);
        if let Some((position, item)) = found {
            let mut typed = typed_of(item);
            set(&mut typed, "page", page.id.to_string());
            set(&mut typed, "seen", part::seen::<Placed>(definition, id)?);
            let pointer = format!("/pages/{number}/items/{position}");
            let own = Faults::at(&loaded.problems, &pointer, |steps| field_of(steps, definition));
            return Ok((typed, own));
        }
    }
    Err(no_such("question", id))
}

fn view(survey: &SurveyId, definition: &Definition, asked: &Asked, typed: &Typed, faults: &Faults) -> View {
    let languages = &definition.languages;
    let scales = |name: &str| {
        let named = definition
            .scales
            .keys()
            .map(|id| (id.to_string(), id.to_string()));
        choices(
            std::iter::once((String::new(), "choose a scale".to_owned())).chain(named),
            field(typed, name),
        )
    };
    let page = field(typed, "page");
    let pages = definition
        .pages
        .iter()
        .map(|page| (page.id.to_string(), english(&page.title)));
    // Only an earlier answer can decide.
    let before = definition
        .items()
        .take_while(|item| asked.of.as_deref() != Some(item.id.as_str()));
    let before = before.map(|item| {
        (
            item.id.to_string(),
            format!("{}: {}", item.id, english(&item.text)),
        )
    });
    let filled = (1..=MOST_OPTIONS)
        .rev()
        .find(|row| {
            typed.iter().any(|(name, text)| {
                let prefix = format!("option_{row}");
                !text.is_empty() && (*name == prefix || name.starts_with(&format!("{prefix}_")))
            })
        })
        .unwrap_or(0);
    let option = |number: usize| {
        let name = format!("option_{number}");
        OptionRow {
            id: field(typed, &name).to_owned(),
            fault: faults.of(&name),
            label: words(
                (&format!("{name}_label"), format!("Option {number}"), ""),
                false,
                languages,
                typed,
                faults,
            ),
            number,
        }
    };
    View {
        survey: survey.to_string(),
        of: asked.of.clone().unwrap_or_default(),
        stands_on: page.to_owned(),
        pages: choices(pages, page),
        text: words(
            ("text", "The question, or the statement", ""),
            true,
            languages,
            typed,
            faults,
        ),
        help: words(
            ("help", "A hint below it", "May stay empty."),
            false,
            languages,
            typed,
            faults,
        ),
        kinds: choices(KINDS, field(typed, "kind")),
        scales: scales("scale"),
        importances: scales("importance"),
        satisfactions: scales("satisfaction"),
        options: (1..=(filled + MORE_OPTIONS).min(MOST_OPTIONS))
            .map(option)
            .collect(),
        unit: words(
            ("unit", "What is counted", "Such as “days”; may stay empty."),
            false,
            languages,
            typed,
            faults,
        ),
        links: choices(LINKS, field(typed, "previous")),
        earlier: choices(
            std::iter::once((String::new(), "always shown".to_owned())).chain(before),
            field(typed, "show_item"),
        ),
        comparisons: choices(COMPARISONS, field(typed, "show_is")),
        reverse: ticked(typed, "reverse"),
        opt_out: ticked(typed, "opt_out"),
        required: ticked(typed, "required"),
        form: Form::new(&FIELDS, typed, faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_rule_is_shown_in_fields_and_any_other_as_json() {
        let typed = |rule: Value| simple(&rule).map(|(item, is, value)| format!("{item} {is} {value}"));
        assert_eq!(
            typed(json!({ "==": [{ "var": "role" }, "lead"] })).as_deref(),
            Some("role == lead")
        );
        assert_eq!(
            typed(json!({ "<=": [{ "var": "q" }, 2] })).as_deref(),
            Some("q <= 2")
        );
        for other in [
            json!({ "and": [{ "==": [{ "var": "a" }, 1] }] }),
            json!({ "==": [{ "var": "a" }, "2"] }),
            json!({ "==": [{ "var": "a" }, 1], "!=": [{ "var": "a" }, 2] }),
            json!(true),
        ] {
            assert_eq!(typed(other.clone()), None, "{other}");
        }
    }
}
