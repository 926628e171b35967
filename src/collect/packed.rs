//! The answers of a response as one record of bytes, of the same length for every response of a version.
//!
//! A sealed round reads millions of these. A fixed layout lets it take the column of an item by an offset,
//! without parsing: see [`Layout::columns`].
//!
//! | item | bytes | content |
//! | --- | --- | --- |
//! | rating | 1 | 0 not answered, 1 to 11 the point, 255 don't know / does not apply |
//! | importance and satisfaction | 2 | importance, then satisfaction, each like a rating |
//! | single choice | 1 | 0 not answered, else the position of the option from 1 |
//! | multiple choice | 1 for every 8 options | a bit for each option, the first option in the lowest bit of the first byte; all 0 not answered |
//! | number | 8 | IEEE 754 double, big endian; eight times 255 (which is no number) not answered |
//! | text | 0 | stored apart, see the table `comments` |
//!
//! Slots stand in the order of the items. A published version never changes, so neither does its layout:
//! this table is a storage format, and a change to it needs a migration.

use std::collections::{BTreeSet, HashMap};

use thiserror::Error;

use super::answer::{Answer, Answers, Rating};
use crate::survey::definition::{AnswerKind, Definition, Item, ItemId, ScaleId};

/// The byte of a rating, choice or half of a pair that was not answered.
pub const NOT_ANSWERED: u8 = 0;
/// The byte of "don't know / does not apply".
pub const OPT_OUT: u8 = 255;
/// The bytes of a number that was not given: a pattern that no finite number has.
pub const NO_NUMBER: [u8; 8] = [0xFF; 8];

/// Where the answer to each item stands in a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    columns: Vec<Column>,
    by_item: HashMap<ItemId, usize>,
    width: usize,
}

/// The place of one item's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Whose answer.
    pub item: ItemId,
    /// The first byte, from 0. A pair has its importance here and its satisfaction in the next byte.
    pub offset: usize,
    /// What stands there.
    pub slot: Slot,
}

/// What kind of answer stands in a column, and what it may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// One byte: a point of a scale with so many points.
    Rating {
        /// Points of the scale.
        points: u8,
    },
    /// Two bytes: importance, satisfaction.
    Pair {
        /// Points of the scale of importance.
        importance: u8,
        /// Points of the scale of satisfaction.
        satisfaction: u8,
    },
    /// One byte: a position from 1.
    Single {
        /// How many options there are.
        options: u8,
    },
    /// A bit for each option.
    Multiple {
        /// How many options there are.
        options: u8,
    },
    /// Eight bytes.
    Number,
}

/// A record that no response of this version can have: the database was changed behind our back.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadRecord {
    /// The length is that of another version.
    #[error("a record of {found} bytes where the version has {expected}")]
    Length {
        /// As the layout says.
        expected: usize,
        /// As stored.
        found: usize,
    },
    /// A byte has no meaning.
    #[error("the stored answer to `{item}` has no meaning")]
    Value {
        /// Whose answer.
        item: ItemId,
    },
}

impl Slot {
    /// How many bytes it takes.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Rating { .. } | Self::Single { .. } => 1,
            Self::Pair { .. } => 2,
            Self::Multiple { options } => usize::from(options).div_ceil(8),
            Self::Number => 8,
        }
    }

    /// The slot of an item, `None` for texts.
    fn of(definition: &Definition, item: &Item) -> Option<Self> {
        let points = |scale: &ScaleId| {
            definition
                .scale(scale)
                .map_or(0, |scale| count(scale.points.len()))
        };
        match &item.answer {
            AnswerKind::Rating { scale, .. } => Some(Self::Rating {
                points: points(scale),
            }),
            AnswerKind::ImportanceSatisfaction {
                importance,
                satisfaction,
                ..
            } => Some(Self::Pair {
                importance: points(importance),
                satisfaction: points(satisfaction),
            }),
            AnswerKind::SingleChoice { options } => Some(Self::Single {
                options: count(options.len()),
            }),
            AnswerKind::MultipleChoice { options, .. } => Some(Self::Multiple {
                options: count(options.len()),
            }),
            AnswerKind::Number { .. } => Some(Self::Number),
            AnswerKind::ShortText { .. } | AnswerKind::LongText { .. } => None,
        }
    }
}

impl Layout {
    /// The layout of a checked definition. (In an unchecked one, options beyond the 255th have no place.)
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let mut layout = Self {
            columns: Vec::new(),
            by_item: HashMap::new(),
            width: 0,
        };
        for item in definition.items() {
            if let Some(slot) = Slot::of(definition, item) {
                layout.push(item.id.clone(), slot);
            }
        }
        layout
    }

    fn push(&mut self, item: ItemId, slot: Slot) {
        self.by_item.insert(item.clone(), self.columns.len());
        self.columns.push(Column {
            item,
            offset: self.width,
            slot,
        });
        self.width += slot.width();
    }

    /// How long every record is, in bytes.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Every item but the texts, in the order of the form. To turn many records into columns: check each
    /// record's length against [`Layout::width`] once, then take the byte at `offset` of each.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of an item; `None` for a text or an unknown item.
    #[must_use]
    pub fn column(&self, item: &ItemId) -> Option<&Column> {
        self.by_item.get(item).and_then(|index| self.columns.get(*index))
    }

    /// The record of these answers. Texts are left out; they go to the table `comments`.
    #[must_use]
    pub fn pack(&self, answers: &Answers) -> Vec<u8> {
        let mut record = Vec::with_capacity(self.width);
        for column in &self.columns {
            column.slot.write(answers.get(&column.item), &mut record);
        }
        record
    }

    /// The answers in a record, checked byte by byte.
    ///
    /// # Errors
    /// [`BadRecord`] when it is not a record of this version.
    pub fn unpack(&self, record: &[u8]) -> Result<Answers, BadRecord> {
        if record.len() != self.width {
            return Err(BadRecord::Length {
                expected: self.width,
                found: record.len(),
            });
        }
        let mut answers = Answers::new();
        for column in &self.columns {
            let bad = || BadRecord::Value {
                item: column.item.clone(),
            };
            let bytes = column.bytes(record).ok_or_else(bad)?;
            if let Some(answer) = column.slot.read(bytes).ok_or_else(bad)? {
                answers.insert(column.item.clone(), answer);
            }
        }
        Ok(answers)
    }

    /// The answer to a rating item; `None` when it was not answered or is no rating item of this version.
    #[must_use]
    pub fn rating(&self, record: &[u8], item: &ItemId) -> Option<Rating> {
        let column = self.column(item)?;
        match (column.slot, column.bytes(record)?) {
            (Slot::Rating { points }, [byte]) => rating_of(*byte, points)?,
            _ => None,
        }
    }
}

impl Column {
    /// The part of the record that is this column's.
    #[must_use]
    pub fn bytes<'r>(&self, record: &'r [u8]) -> Option<&'r [u8]> {
        record.get(self.offset..self.offset + self.slot.width())
    }

    /// The answer of this column in a record: `None` when the bytes have no meaning, `Some(None)` when the item was
    /// not answered.
    #[must_use]
    pub fn read(&self, record: &[u8]) -> Option<Option<Answer>> {
        self.slot.read(self.bytes(record)?)
    }
}

impl Slot {
    fn write(self, answer: Option<&Answer>, record: &mut Vec<u8>) {
        match (self, answer) {
            (Self::Rating { .. }, Some(Answer::Rating(rating))) => record.push(byte_of(Some(*rating))),
            (
                Self::Pair { .. },
                Some(Answer::Pair {
                    importance,
                    satisfaction,
                }),
            ) => record.extend([byte_of(*importance), byte_of(*satisfaction)]),
            (Self::Single { .. }, Some(Answer::Choice(position))) => record.push(position.saturating_add(1)),
            (Self::Multiple { .. }, Some(Answer::Choices(positions))) => {
                record.extend(mask(positions, self.width()));
            }
            (Self::Number, Some(Answer::Number(number))) => record.extend(number.to_be_bytes()),
            (Self::Number, _) => record.extend(NO_NUMBER),
            _ => record.extend(std::iter::repeat_n(NOT_ANSWERED, self.width())),
        }
    }

    /// `None` when the bytes have no meaning, `Some(None)` when the item was not answered.
    fn read(self, bytes: &[u8]) -> Option<Option<Answer>> {
        match (self, bytes) {
            (Self::Rating { points }, [byte]) => Some(rating_of(*byte, points)?.map(Answer::Rating)),
            (
                Self::Pair {
                    importance,
                    satisfaction,
                },
                [first, second],
            ) => {
                let importance = rating_of(*first, importance)?;
                let satisfaction = rating_of(*second, satisfaction)?;
                let answered = importance.is_some() || satisfaction.is_some();
                Some(answered.then_some(Answer::Pair {
                    importance,
                    satisfaction,
                }))
            }
            (Self::Single { options }, [byte]) => {
                (*byte <= options).then(|| byte.checked_sub(1).map(Answer::Choice))
            }
            (Self::Multiple { options }, mask) => {
                let positions = positions(mask);
                let within = positions.last().is_none_or(|last| *last < options);
                within.then(|| (!positions.is_empty()).then_some(Answer::Choices(positions)))
            }
            (Self::Number, bytes) => {
                let bytes: [u8; 8] = bytes.try_into().ok()?;
                if bytes == NO_NUMBER {
                    return Some(None);
                }
                let number = f64::from_be_bytes(bytes);
                number.is_finite().then_some(Some(Answer::Number(number)))
            }
            _ => None,
        }
    }
}

fn byte_of(rating: Option<Rating>) -> u8 {
    match rating {
        None => NOT_ANSWERED,
        Some(Rating::Point(point)) => point,
        Some(Rating::OptOut) => OPT_OUT,
    }
}

/// `None` when the byte has no meaning on a scale with so many points.
fn rating_of(byte: u8, points: u8) -> Option<Option<Rating>> {
    match byte {
        NOT_ANSWERED => Some(None),
        OPT_OUT => Some(Some(Rating::OptOut)),
        point if point <= points => Some(Some(Rating::Point(point))),
        _ => None,
    }
}

fn mask(positions: &BTreeSet<u8>, width: usize) -> Vec<u8> {
    let mut mask = vec![0; width];
    for position in positions {
        if let Some(byte) = mask.get_mut(usize::from(position / 8)) {
            *byte |= 1 << (position % 8);
        }
    }
    mask
}

fn positions(mask: &[u8]) -> BTreeSet<u8> {
    let bits = mask
        .iter()
        .flat_map(|byte| (0..8).map(move |bit| byte & (1 << bit) != 0));
    (0..=u8::MAX)
        .zip(bits)
        .filter_map(|(position, set)| set.then_some(position))
        .collect()
}

fn count(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::collect::words::Words;

    fn definition() -> Definition {
        let point = |n: u8| serde_json::json!({ "en": format!("point {n}") });
        let options = |n: u8| -> Vec<_> {
            (0..n)
                .map(|i| serde_json::json!({ "id": format!("o{i}"), "label": { "en": "x" } }))
                .collect()
        };
        let item = |id: &str, answer: serde_json::Value| serde_json::json!({ "id": id, "text": { "en": "?" }, "answer": answer });
        serde_json::from_value(serde_json::json!({
            "id": "s", "version": 1, "title": { "en": "S" }, "purpose": { "en": "P" }, "languages": ["en"],
            "scales": { "five": { "points": (1..=5).map(point).collect::<Vec<_>>() },
                        "eleven": { "points": (1..=11).map(point).collect::<Vec<_>>() } },
            "pages": [{ "id": "p", "title": { "en": "P" }, "items": [
                item("rate", serde_json::json!({ "type": "rating", "scale": "five", "opt_out": true })),
                item("words", serde_json::json!({ "type": "long_text", "max_length": 100 })),
                item("pair", serde_json::json!({ "type": "importance_satisfaction", "importance": "five", "satisfaction": "eleven" })),
                item("one", serde_json::json!({ "type": "single_choice", "options": options(250) })),
                item("many", serde_json::json!({ "type": "multiple_choice", "options": options(11) })),
                item("days", serde_json::json!({ "type": "number", "min": -1e9, "max": 1e9, "decimals": 6 })),
            ] }],
        }))
        .unwrap()
    }

    fn id(text: &str) -> ItemId {
        text.parse().unwrap()
    }

    fn rating(points: u8) -> impl Strategy<Value = Rating> {
        prop_oneof![(1..=points).prop_map(Rating::Point), Just(Rating::OptOut)]
    }

    fn pair() -> impl Strategy<Value = Answer> {
        let halves = (proptest::option::of(rating(5)), proptest::option::of(rating(11)));
        halves.prop_filter_map("one half at least", |(importance, satisfaction)| {
            (importance.is_some() || satisfaction.is_some()).then_some(Answer::Pair {
                importance,
                satisfaction,
            })
        })
    }

    prop_compose! {
        fn answers()(
            rate in proptest::option::of(rating(5).prop_map(Answer::Rating)),
            pair in proptest::option::of(pair()),
            one in proptest::option::of((0u8..250).prop_map(Answer::Choice)),
            many in proptest::option::of(proptest::collection::btree_set(0u8..11, 1..=11).prop_map(Answer::Choices)),
            days in proptest::option::of((-1e9f64..1e9).prop_map(Answer::Number)),
        ) -> Answers {
            [("rate", rate), ("pair", pair), ("one", one), ("many", many), ("days", days)]
                .into_iter()
                .filter_map(|(item, answer)| Some((id(item), answer?)))
                .collect()
        }
    }

    proptest! {
        #[test]
        fn whatever_is_packed_is_read_back_and_every_record_is_equally_long(answers in answers()) {
            let layout = Layout::of(&definition());
            let record = layout.pack(&answers);
            prop_assert_eq!(record.len(), layout.width());
            prop_assert_eq!(layout.unpack(&record), Ok(answers));
        }

        #[test]
        fn any_bytes_are_either_refused_or_the_record_of_what_they_say(bytes in proptest::collection::vec(any::<u8>(), 14)) {
            let layout = Layout::of(&definition());
            if let Ok(answers) = layout.unpack(&bytes) {
                prop_assert_eq!(layout.pack(&answers), bytes);
            }
        }
    }

    #[test]
    fn the_layout_is_the_one_in_the_header() {
        let layout = Layout::of(&definition());
        let answers = Answers::from([
            (id("rate"), Answer::Rating(Rating::OptOut)),
            (id("words"), Answer::Text(Words::kept_back("not here"))),
            (
                id("pair"),
                Answer::Pair {
                    importance: Some(Rating::Point(5)),
                    satisfaction: None,
                },
            ),
            (id("one"), Answer::Choice(249)),
            (id("many"), Answer::Choices([0, 10].into())),
        ]);
        let record = layout.pack(&answers);
        assert_eq!(
            record,
            [255, 5, 0, 250, 1, 4, 255, 255, 255, 255, 255, 255, 255, 255]
        );
        assert_eq!(layout.rating(&record, &id("rate")), Some(Rating::OptOut));
        assert_eq!(layout.rating(&record, &id("one")), None);
        assert_eq!(layout.column(&id("one")).unwrap().offset, 3);
    }

    #[test]
    fn a_record_of_another_version_or_with_a_point_beyond_the_scale_is_refused() {
        let layout = Layout::of(&definition());
        let mut record = layout.pack(&Answers::new());
        assert_eq!(
            layout.unpack(&[1, 2]),
            Err(BadRecord::Length {
                expected: 14,
                found: 2
            })
        );
        record[0] = 6;
        assert_eq!(layout.unpack(&record), Err(BadRecord::Value { item: id("rate") }));
    }
}
