//! Keys that stand twice in one object. JSON leaves open which of the two counts, so neither may.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::problem::{Pointer, Problem};

/// Every key that stands twice in one object of a JSON text.
pub(super) fn repeated(text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let keys = Keys {
        place: Pointer::root(),
        problems: &mut problems,
    };
    // The text was parsed before, so the walk cannot fail; if it did, what was found until then stands.
    keys.deserialize(&mut deserializer).unwrap_or_default();
    problems
}

/// Walks any JSON value and notes repeated keys.
struct Keys<'a> {
    place: Pointer,
    problems: &'a mut Vec<Problem>,
}

impl<'de> DeserializeSeed<'de> for Keys<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let place = self.place.at(&key);
            if seen.contains(&key) {
                let problem = place.problem(format!("`{key}` stands here twice"), "keep one of the two");
                self.problems.push(problem);
            }
            seen.insert(key);
            map.next_value_seed(Keys {
                place,
                problems: &mut *self.problems,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut position = 0_usize;
        loop {
            let place = self.place.at(position);
            let next = list.next_element_seed(Keys {
                place,
                problems: &mut *self.problems,
            })?;
            if next.is_none() {
                return Ok(());
            }
            position = position
                .checked_add(1)
                .ok_or_else(|| A::Error::custom("the list is too long"))?;
        }
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<(), D::Error> {
        serde::de::IgnoredAny::deserialize(inner).map(drop)
    }
    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
