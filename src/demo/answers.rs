//! How one invented person answers a survey: any survey, from its definition alone.
//!
//! A person has one outlook on the office (shared by all their answers, so that items correlate as real ones
//! do), every construct has its own level (people understand the bills less than they like the staff), and the rest is noise.

use rand::Rng;
use serde_json::{Map, Value, json};

use super::world::normal;
use crate::survey::definition::{AnswerKind, Definition, Item, ItemId, Scale};

/// The share of visible items that are left open, and of ratings answered "don't know" where that is offered.
const SKIPPED: f64 = 0.025;
const OPTED_OUT: f64 = 0.035;
/// The share of people who write when they are asked to.
const WRITES: f64 = 0.07;

/// How strongly the outlook shows in each rating, and how much is left to the moment.
const OUTLOOK: f64 = 0.75;
const NOISE: f64 = 0.70;

/// What people say about the office, by construct: levels in standard deviations, looked up by the first word
/// that occurs in the construct's name.
const LEVELS: [(&str, f64); 16] = [
    ("bill", -0.75),
    ("cost", -0.65),
    ("acquisition", -0.70),
    ("speed", -0.45),
    ("complaint", -0.35),
    ("autonomy", -0.30),
    ("listen", -0.15),
    ("problems", -0.10),
    ("governance", -0.20),
    ("choose", -0.10),
    ("secure", 0.55),
    ("knowledge", 0.45),
    ("staff", 0.50),
    ("reliab", 0.35),
    ("deliver", 0.20),
    ("mission", 0.10),
];

const COMMENTS: [&str; 10] = [
    "The people at the service desk are kind and know their trade. The tool they have to use is the problem.",
    "I cannot tell from the bill what we pay for storage and what for licences.",
    "We waited four months for laptops that were in stock.",
    "Please tell us before a change, not on the day.",
    "Our relationship manager came to see us. More of that.",
    "It works most days, and when it does not, somebody calls back.",
    "Nobody asked us before our server was moved.",
    "Two approvals for a mouse is one too many.",
    "La respuesta fue rápida y clara, gracias.",
    "We would like one person who knows our applications.",
];

/// One invented respondent.
#[derive(Debug, Clone, Copy)]
pub struct Respondent {
    /// How warmly this person sees the office, in standard deviations.
    pub outlook: f64,
}

impl Respondent {
    /// Draws a person of an agency that sees the office so warmly on average.
    pub fn draw(agency_view: f64, random: &mut impl Rng) -> Self {
        Self {
            outlook: agency_view + normal(random),
        }
    }

    /// Fills in the survey as the API takes it. `shown` says whether an item is shown after the answers so far.
    pub fn answer(
        &self,
        definition: &Definition,
        shown: impl Fn(&ItemId, &Map<String, Value>) -> bool,
        random: &mut impl Rng,
    ) -> Map<String, Value> {
        let mut answers = Map::new();
        for item in definition.items() {
            if item.show_if.is_some() && !shown(&item.id, &answers) {
                continue;
            }
            let skipped = !item.required && random.random::<f64>() < SKIPPED;
            if let Some(value) = self.answer_item(definition, item, random).filter(|_| !skipped) {
                answers.insert(item.id.to_string(), value);
            }
        }
        answers
    }

    fn answer_item(&self, definition: &Definition, item: &Item, random: &mut impl Rng) -> Option<Value> {
        match &item.answer {
            AnswerKind::Rating {
                scale,
                reverse,
                opt_out,
            } => {
                if *opt_out && random.random::<f64>() < OPTED_OUT {
                    return Some(json!("opt-out"));
                }
                let level = level_of(item);
                Some(json!(self.point(
                    definition.scale(scale)?,
                    level,
                    *reverse,
                    random
                )))
            }
            AnswerKind::ImportanceSatisfaction {
                importance,
                satisfaction,
                ..
            } => Some(json!({
                // What matters does not depend on how happy one is with it.
                "importance": Self { outlook: 0.0 }.point(definition.scale(importance)?, 1.1, false, random),
                "satisfaction": self.point(definition.scale(satisfaction)?, level_of(item), false, random),
            })),
            AnswerKind::SingleChoice { options } => {
                // Earlier options are more common, as with "staff" before "executive".
                let place = random.random::<f64>().powf(1.6);
                pick(options, place).map(|choice| json!(choice.id))
            }
            AnswerKind::MultipleChoice { options, at_most } => {
                let most = at_most
                    .and_then(|most| usize::try_from(most).ok())
                    .unwrap_or(options.len());
                let mut chosen: Vec<_> = options
                    .iter()
                    .filter(|_| random.random::<f64>() < 0.35)
                    .map(|choice| &choice.id)
                    .collect();
                chosen.truncate(most);
                (!chosen.is_empty()).then(|| json!(chosen))
            }
            AnswerKind::Number {
                min, max, decimals, ..
            } => {
                let scale = 10_f64.powi(i32::try_from(*decimals).unwrap_or(0));
                let drawn = min + (max - min) * random.random::<f64>().powi(2);
                let rounded = (drawn * scale).round() / scale;
                Some(json!(rounded.clamp(*min, *max)))
            }
            AnswerKind::ShortText { max_length } | AnswerKind::LongText { max_length } => {
                let text = pick(&COMMENTS, random.random())?;
                let fits = usize::try_from(*max_length).is_ok_and(|most| text.chars().count() <= most);
                (fits && (item.required || random.random::<f64>() < WRITES)).then(|| {
                    // Two in three agree that it may be shown; no draw, so that all other answers stay what they were.
                    match text.len() % 3 {
                        0 => json!(text),
                        _ => json!({ "text": text, "show": true }),
                    }
                })
            }
        }
    }

    /// A point from 1 to the number of points: outlook, level and noise through a logistic curve.
    fn point(&self, scale: &Scale, level: f64, reverse: bool, random: &mut impl Rng) -> u8 {
        let view = OUTLOOK * self.outlook + level + NOISE * normal(random);
        let share = 1.0 / (1.0 + (-1.15 * view - 0.35).exp());
        let share = if reverse { 1.0 - share } else { share };
        let points = u8::try_from(scale.points.len()).unwrap_or(u8::MAX);
        (1..points)
            .rev()
            .find(|point| share * f64::from(points) >= f64::from(*point))
            .map_or(1, |below| below + 1)
    }
}

fn level_of(item: &Item) -> f64 {
    let name = item
        .construct
        .as_ref()
        .map_or_else(|| item.id.as_str(), |construct| construct.as_str());
    LEVELS
        .iter()
        .find(|(word, _)| name.contains(word))
        .map_or(0.0, |(_, level)| *level)
}

/// The element at a place between 0 and 1.
fn pick<T>(from: &[T], place: f64) -> Option<&T> {
    let most = u32::try_from(from.len()).ok()?;
    let index = (0..most)
        .rev()
        .find(|index| place * f64::from(most) >= f64::from(*index))?;
    from.get(usize::try_from(index).ok()?)
}
