//! Refuses what canonical JSON cannot say exactly.
//!
//! The canonicalizer writes a number that is not finite as `null` when it stands inside another value, and a
//! whole number beyond 2^53 as its nearest neighbour: two contents would share one digest. [`check`] walks a
//! value the way a serializer does, writes nothing, and stops at the first such number.

use std::fmt::Display;

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// The largest whole number, either way, that JSON readers agree on: 2^53 - 1 (RFC 7493).
const LARGEST: u64 = 9_007_199_254_740_991;

/// What was met, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Inexact(String);

impl serde::ser::Error for Inexact {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Whether every number of `value` can stand in canonical JSON as it is.
pub(super) fn check(value: &impl Serialize) -> Result<(), Inexact> {
    value.serialize(Exact)
}

fn finite(number: f64) -> Result<(), Inexact> {
    if number.is_finite() {
        Ok(())
    } else {
        Err(Inexact::custom(format!("{number} is no number in JSON")))
    }
}

fn small(magnitude: impl TryInto<u64>) -> Result<(), Inexact> {
    match magnitude.try_into() {
        Ok(magnitude) if magnitude <= LARGEST => Ok(()),
        _ => Err(Inexact::custom(format!(
            "a whole number is larger than {LARGEST}"
        ))),
    }
}

/// The walk itself.
struct Exact;

type Done = Result<(), Inexact>;

impl Serializer for Exact {
    type Ok = ();
    type Error = Inexact;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn serialize_f32(self, number: f32) -> Done {
        finite(number.into())
    }
    fn serialize_f64(self, number: f64) -> Done {
        finite(number)
    }
    fn serialize_i64(self, number: i64) -> Done {
        small(number.unsigned_abs())
    }
    fn serialize_u64(self, number: u64) -> Done {
        small(number)
    }
    fn serialize_i128(self, number: i128) -> Done {
        small(number.unsigned_abs())
    }
    fn serialize_u128(self, number: u128) -> Done {
        small(number)
    }
    fn serialize_i8(self, _: i8) -> Done {
        Ok(())
    }
    fn serialize_i16(self, _: i16) -> Done {
        Ok(())
    }
    fn serialize_i32(self, _: i32) -> Done {
        Ok(())
    }
    fn serialize_u8(self, _: u8) -> Done {
        Ok(())
    }
    fn serialize_u16(self, _: u16) -> Done {
        Ok(())
    }
    fn serialize_u32(self, _: u32) -> Done {
        Ok(())
    }
    fn serialize_bool(self, _: bool) -> Done {
        Ok(())
    }
    fn serialize_char(self, _: char) -> Done {
        Ok(())
    }
    fn serialize_str(self, _: &str) -> Done {
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Done {
        Ok(())
    }
    fn serialize_none(self) -> Done {
        Ok(())
    }
    fn serialize_unit(self) -> Done {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Done {
        value.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Inexact> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Inexact> {
        Ok(self)
    }
}

/// The compound forms differ in the name of the method only.
macro_rules! each_part {
    ($($form:ident $method:ident $(($name:ty))?),* $(,)?) => {$(
        impl $form for Exact {
            type Ok = ();
            type Error = Inexact;
            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? part: &T) -> Done {
                part.serialize(Exact)
            }
            fn end(self) -> Done {
                Ok(())
            }
        }
    )*};
}

each_part! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
    SerializeStruct serialize_field (&'static str),
    SerializeStructVariant serialize_field (&'static str),
}

impl SerializeMap for Exact {
    type Ok = ();
    type Error = Inexact;
    /// Keys are texts in JSON, whatever they were before.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Exact)
    }
    fn end(self) -> Done {
        Ok(())
    }
}
