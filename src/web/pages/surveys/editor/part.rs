//! A part of a definition that has a form of its own (a page, a question, a scale, an index, and what is said of the survey as a
//! whole), and the one way in which such a form is saved.

use actix_web::HttpResponse;
use serde_json::Value;

use super::fields::{Faults, Typed, set};
use super::{load, outline_at};
use crate::clock;
use crate::identity::Actor;
use crate::survey::definition::{Definition, SurveyId};
use crate::survey::publish;
use crate::web::App;
use crate::web::api::surveys::save_recorded;
use crate::web::mark;
use crate::web::problem::Problem;

/// A part with a form.
pub(super) trait Part: Sized + Send + 'static {
    /// What people call it, such as `page`.
    const NAME: &'static str;
    /// The field at which somebody is told what concerns the whole form.
    const FIRST_FIELD: &'static str;

    /// What it is called by.
    fn id(&self) -> String;

    /// Where it stands in the outline.
    fn place(&self) -> String;

    /// What the form shows of the part of that id; none when there is no such part.
    fn shown(definition: &Definition, id: &str) -> Option<Value>;

    /// Reads the form. Without a part there is at least one fault.
    fn read(typed: &Typed, definition: &Definition) -> (Option<Self>, Faults);

    /// Puts it into the definition, in place of the part of that id or as a new one.
    fn put(self, definition: &mut Definition, replaced: Option<&str>);
}

/// The mark of what the form shows of a part; empty when there is no such part.
pub(super) fn seen<P: Part>(definition: &Definition, id: &str) -> Result<String, Problem> {
    let shown = P::shown(definition, id);
    shown.map_or_else(|| Ok(String::new()), |shown| mark::of(&shown))
}

/// What was typed, and what is wrong with it.
pub(super) type Refused = (Typed, Faults);

/// Saves the form of the part `of`, or of a new one. What is wrong with it is the inner error: nothing is saved then.
///
/// Reading the form, asking whether the part is still as it was shown, and saving are one transaction: of two people
/// who save the same part, the second is told. Two who save different parts do not meet at all.
pub(super) async fn save<P: Part>(
    app: &App,
    who: &Actor,
    survey: &SurveyId,
    of: Option<&str>,
    typed: Typed,
) -> Result<Result<HttpResponse, Refused>, Problem> {
    let (by, id, now) = (who.clone(), survey.clone(), clock::now());
    let of = of.map(str::to_owned);
    let saved = app.store.write(move |conn| {
        publish::held_draft(conn, &id)?;
        let mut loaded = load(conn, &id)?;
        let mut typed = typed;
        let (part, mut faults) = P::read(&typed, &loaded.definition);
        let is_taken = |part: &P| {
            let id = part.id();
            of.as_deref() != Some(id.as_str()) && P::shown(&loaded.definition, &id).is_some()
        };
        if part.as_ref().is_some_and(is_taken) {
            let told = format!(
                "another {} is called so; give this one another short name",
                P::NAME
            );
            faults.note("id", told);
        }
        if let (Some(of), Some(known)) = (&of, typed.get("seen")) {
            let now = seen::<P>(&loaded.definition, of)?;
            if *known != now {
                let told = mark::overtaken(&format!("this {}", P::NAME), &loaded.saved_by);
                faults.overtaken(P::FIRST_FIELD, told);
                set(&mut typed, "seen", now);
            }
        }
        let Some(part) = part.filter(|_| faults.is_empty()) else {
            return Ok(Err((typed, faults)));
        };
        let place = part.place();
        part.put(&mut loaded.definition, of.as_deref());
        let text =
            serde_json::to_string_pretty(&loaded.definition).map_err(|error| Problem::internal(&error))?;
        save_recorded(conn, &by, &id, &text, now)?;
        Ok::<_, Problem>(Ok(place))
    });
    Ok(saved.await?.map(|place| outline_at(survey, &place)))
}

/// A name in a field, as it stands in the address of a form.
pub(super) fn parsed<T: std::str::FromStr>(id: Option<&str>) -> Option<T> {
    id.and_then(|id| id.parse().ok())
}
