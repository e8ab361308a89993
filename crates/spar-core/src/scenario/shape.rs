//! The small types the file's structs are made of: values that remember their place, words of a
//! fixed vocabulary, maps whose keys have places, and values that may be written in several ways.
//!
//! A union is an enum whose variants are named after the kind of value they take: `$text`,
//! `$number`, `$bool`, `$list`, `$map`, or `$one` for anything but a list. The tree's deserializer
//! picks the variant by the kind of the node, so the structs stay derived and places survive
//! (serde's untagged enums would lose them).

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};

use super::problems::Span;

/// The name by which the tree's deserializer knows that a place is wanted.
pub(super) const SPANNED: &str = "$spanned";

/// A value and its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Spanned<T> {
    pub(super) at: Span,
    pub(super) value: T,
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value and its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let short = || de::Error::custom("a value without its place");
                let [file, line, column, length]: [u32; 4] =
                    parts.next_element()?.ok_or_else(short)?;
                let value = parts.next_element()?.ok_or_else(short)?;
                Ok(Spanned { at: Span { file, line, column, length }, value })
            }
        }

        deserializer.deserialize_newtype_struct(SPANNED, Parts(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A word of one of the program's own vocabularies: a mood, an ending, a style.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Named)
    }
}

impl<T: DeserializeOwned> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": words::<T>() })
    }
}

/// The names of an enum's variants, asked of its own `Deserialize`, so that the schema cannot
/// disagree with it.
pub(super) fn words<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Ask<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Ask<'_> {
        type Error = de::value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(de::Error::custom("only enums have words"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = variants;
            Err(de::Error::custom("only the words were wanted"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
            option unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier
            ignored_any
        }
    }

    let mut found: &'static [&'static str] = &[];
    let _ = T::deserialize(Ask(&mut found)).is_ok();
    found
}

/// A text that may look like a number: `[2026, 14 days, true]` are three phrases.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct Text(pub(super) String);

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

/// A comparison with a number, as written: `">= 60"`, `"in 20..40"`; a bare number means `==`.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct Compare(pub(super) Spanned<String>);

impl JsonSchema for Compare {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Compare".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^\s*((>=|<=|==|!=|>|<)\s*-?[0-9.]+|in\s+-?[0-9.]+\s*\.\.\s*-?[0-9.]+|-?[0-9.]+)\s*$",
            "examples": [">= 60", "<= 45", "in 20..40"],
        })
    }
}

/// A comparison with a tier, as written: `">= B"`.
#[derive(Debug, Clone, serde::Deserialize)]
pub(super) struct CompareTier(pub(super) Spanned<String>);

impl JsonSchema for CompareTier {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CompareTier".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^\s*((>=|<=|==|!=|>|<)?\s*(S\+|S|A|B|C|D)|in\s+(S\+|S|A|B|C|D)\s*\.\.\s*(S\+|S|A|B|C|D))\s*$",
            "examples": [">= B"],
        })
    }
}

/// A number from 0 to 100.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub(super) struct Percent(pub(super) f64);

impl JsonSchema for Percent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 100 })
    }
}

/// A value, or a list of them.
#[derive(Debug, Clone, serde::Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum OneOrMany<T> {
    #[serde(rename = "$one")]
    One(T),
    #[serde(rename = "$list")]
    Many(#[schemars(length(min = 1))] Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values, in the order of the file.
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// A map with keys of the author's choosing, in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct Entries<V>(pub(super) Vec<(Spanned<String>, V)>);

impl<V> Default for Entries<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Entries<V> {
    /// The keys as text.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<V>(PhantomData<V>);

        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = Entries<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

impl<V: JsonSchema> JsonSchema for Entries<V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Entries_of_{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Ending, Mood};

    #[test]
    fn words_are_those_of_the_enum() {
        assert_eq!(words::<Mood>(), Mood::ALL.map(Mood::name));
        assert_eq!(words::<Ending>(), Ending::PRECEDENCE.map(Ending::name));
    }
}
