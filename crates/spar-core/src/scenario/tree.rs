//! Deserializes the file's structs from the tree, places included. The tree has been checked
//! against the schema of these very structs before, so an error here is a disagreement of the two
//! and is reported like any other problem.

use std::fmt;

use serde::de::value::{SeqDeserializer, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::problems::Span;
use super::shape::SPANNED;
use super::yaml::{Node, Value};

/// A node that does not fit the struct.
#[derive(Debug)]
pub(super) struct TreeError {
    /// The innermost node that did not fit.
    pub(super) at: Option<Span>,
    /// Why.
    pub(super) message: String,
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TreeError {}

impl de::Error for TreeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { at: None, message: message.to_string() }
    }
}

/// Reads a struct from a node.
pub(super) fn from_node<'de, T: de::Deserialize<'de>>(node: &'de Node) -> Result<T, TreeError> {
    T::deserialize(node)
}

fn placed<T>(node: &Node, result: Result<T, TreeError>) -> Result<T, TreeError> {
    result.map_err(|error| TreeError { at: error.at.or(Some(node.at)), ..error })
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let result = match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(truth) => visitor.visit_bool(*truth),
            Value::Number(number, written) => match written.parse::<u64>() {
                Ok(whole) => visitor.visit_u64(whole),
                Err(_) if number.fract() == 0.0 && number.abs() < 9e15 && *number >= 0.0 => {
                    visitor.visit_u64(*number as u64)
                }
                Err(_) if number.fract() == 0.0 && number.abs() < 9e15 => {
                    visitor.visit_i64(*number as i64)
                }
                Err(_) => visitor.visit_f64(*number),
            },
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(List(items.iter())),
            Value::Map(entries) => visitor.visit_map(Map { entries: entries.iter(), value: None }),
        };
        placed(self, result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let result = match &self.value {
            Value::Number(_, written) => visitor.visit_borrowed_str(written),
            Value::Bool(truth) => visitor.visit_str(if *truth { "true" } else { "false" }),
            _ => return self.deserialize_any(visitor),
        };
        placed(self, result)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        if name == SPANNED {
            visitor.visit_seq(Placed { node: self, given: 0 })
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        if !variants.iter().any(|variant| variant.starts_with('$')) {
            let result = match &self.value {
                Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
                _ => Err(de::Error::custom("a word was expected")),
            };
            return placed(self, result);
        }
        let kind = match self.value {
            Value::Null => "$null",
            Value::Bool(_) => "$bool",
            Value::Number(..) => "$number",
            Value::Text(_) => "$text",
            Value::List(_) => "$list",
            Value::Map(_) => "$map",
        };
        let fallback = if kind == "$list" { "$list" } else { "$one" };
        let variant = [kind, fallback].into_iter().find(|kind| variants.contains(kind));
        match variant {
            Some(variant) => placed(self, visitor.visit_enum(Union { variant, node: self })),
            None => placed(self, Err(de::Error::custom("this kind of value does not fit here"))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct List<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }
}

struct Map<'de> {
    entries: std::slice::Iter<'de, (Node, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Map<'de> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, TreeError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value),
            None => Err(de::Error::custom("a value was asked for before its key")),
        }
    }
}

/// The place of a node, then the node.
struct Placed<'de> {
    node: &'de Node,
    given: u8,
}

impl<'de> SeqAccess<'de> for Placed<'de> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        self.given += 1;
        match self.given {
            1 => {
                let at = self.node.at;
                let parts = [at.file, at.line, at.column, at.length];
                let parts = parts.into_iter().map(U32Deserializer::<TreeError>::new);
                seed.deserialize(SeqDeserializer::new(parts)).map(Some)
            }
            2 => seed.deserialize(self.node).map(Some),
            _ => Ok(None),
        }
    }
}

/// A variant chosen by the kind of the node, holding that node.
struct Union<'de> {
    variant: &'static str,
    node: &'de Node,
}

impl<'de> EnumAccess<'de> for Union<'de> {
    type Error = TreeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), TreeError> {
        let name: de::value::StrDeserializer<'_, TreeError> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Union<'de> {
    type Error = TreeError;

    fn unit_variant(self) -> Result<(), TreeError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, TreeError> {
        seed.deserialize(self.node)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, TreeError> {
        self.node.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.node.deserialize_any(visitor)
    }
}
