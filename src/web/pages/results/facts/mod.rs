//! `/results/{round}/number`: everything behind one number, so that nobody has to believe it.
//!
//! `told` lists what is sealed with a figure, `since` tests a single question against the last time.

mod since;
mod told;

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};

use self::told::{Fact, facts};
use super::number::{AnswersView, Number, Source};
use super::reader::Reader;
use super::round::{self, Head};
use super::say::Say;
use crate::report::model::{Cut, Subject, Unit};
use crate::report::read::Wanted;
use crate::web::App;
use crate::web::access::{Allowed, ReadResults};
use crate::web::pages::{PageContext, render};
use crate::web::problem::{PageProblem, Problem};

/// Which number.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    audience: String,
    unit: String,
    subject: String,
    #[serde(default)]
    cut: String,
}

#[derive(Debug, Serialize)]
struct View {
    head: Head,
    title: String,
    unit: String,
    cut: String,
    audience: String,
    mode: String,
    number: Number,
    answers: AnswersView,
    /// The parts of the explanation.
    facts: Vec<Fact>,
    formula: String,
    method: String,
    method_version: u32,
    parameters: Vec<Fact>,
    /// Where this unit has a page.
    back: String,
}

/// The page.
pub(super) async fn show(
    who: Allowed<ReadResults>,
    round: web::Path<String>,
    asked: web::Query<Asked>,
    reader: Reader,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let missing = || Problem::not_found("number at this address among those you may see");
    let key = parsed(&asked).ok_or_else(missing)?;
    let wanted = Wanted {
        units: Some(BTreeSet::from([key.0.clone()])),
        cut: Some(key.1.clone()),
        subject: Some(key.2.clone()),
        ..Wanted::default()
    };
    let loaded = round::load_named(&app, who.scope(), &round, wanted).await?;
    let mut audiences = loaded.results.document.audiences.iter();
    let audience = audiences
        .find(|known| known.name.as_str() == asked.audience)
        .ok_or_else(missing)?;
    let source = loaded
        .source(Say::new(&app, reader.lang), audience, &key.0)
        .ok_or_else(missing)?;
    let stored = (audience.name.clone(), key.0.clone(), key.1.clone(), key.2.clone());
    if !loaded.results.figures.contains_key(&stored) {
        return Err(missing().into());
    }
    let head = round::head(&app, &reader, &loaded, "", None);
    let changed = since::question(&app, who.scope(), &source, (&key.1, &key.2)).await?;
    let mut view = view(head, &source, &key.1, &key.2);
    view.facts.extend(changed);
    let page = PageContext::staff(format!("{}: {}", view.unit, view.title), &who).within("/results");
    render(
        &app,
        "results/number",
        &view,
        &page.told_in(reader.lang, &app.texts),
    )
}

fn parsed(asked: &Asked) -> Option<(Unit, Cut, Subject)> {
    let (kind, id) = asked.unit.split_once('/')?;
    let unit = Unit::parse(kind, id).ok()?;
    let (segment, option) = if asked.cut.is_empty() {
        ("", "")
    } else {
        asked.cut.split_once('/')?
    };
    let (of, subject) = asked.subject.split_once('/')?;
    Some((
        unit,
        Cut::parse(segment, option).ok()?,
        Subject::parse(of, subject).ok()?,
    ))
}

fn view(mut head: Head, source: &Source<'_>, cut: &Cut, subject: &Subject) -> View {
    let say = source.say;
    for page in &mut head.pages {
        page.current = false;
    }
    let figure = source.figure(cut, subject);
    let parameters = figure.map(|figure| &figure.method.parameters);
    let parameter = |(name, value): (&String, &serde_json::Value)| Fact {
        label: name.clone(),
        value: value
            .as_str()
            .map_or_else(|| value.to_string(), ToOwned::to_owned),
    };
    View {
        title: say.subject(source.definition, subject),
        unit: say.unit(&source.unit.unit, &source.unit.title),
        cut: if cut.is_everybody() {
            String::new()
        } else {
            say.cut(source.definition, cut)
        },
        audience: source.audience.title.clone(),
        mode: say.mode(source.audience.mode),
        number: source.number_of(cut, subject),
        answers: source.answers(cut, subject),
        facts: figure
            .map(|figure| facts(say, source, figure))
            .unwrap_or_default(),
        formula: figure
            .map(|figure| say.formula(&figure.method.name))
            .unwrap_or_default(),
        method: figure
            .map(|figure| figure.method.name.clone())
            .unwrap_or_default(),
        method_version: figure.map_or(0, |figure| figure.method.version),
        parameters: parameters.into_iter().flatten().map(parameter).collect(),
        back: match &source.unit.unit {
            Unit::Agency(code) => format!("/agencies/{code}?round={}", source.results.document.round),
            _ => super::overview::address(&source.results.document.round),
        },
        head,
    }
}
