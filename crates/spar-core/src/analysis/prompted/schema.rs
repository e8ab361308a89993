//! Pieces of the schema an answer is asked to follow: strict, and with the fields in order.

use serde_json::{Map, Value, json};

/// An object with exactly these fields, in this order.
pub(in crate::analysis) fn object(fields: &[(&str, Value)]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let required: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false
    })
}

/// A list. How long it may be stands in the description: not every server knows `maxItems`.
pub(in crate::analysis) fn list(items: &Value, most: usize) -> Value {
    json!({"type": "array", "description": format!("at most {most}"), "items": items})
}

/// A text, and what it is to say.
pub(in crate::analysis) fn text(what: &str) -> Value {
    json!({"type": "string", "description": what})
}

/// A whole number of a range.
pub(in crate::analysis) fn within(low: u32, high: u32) -> Value {
    json!({"type": "integer", "description": format!("{low} to {high}")})
}

/// The number of a turn.
pub(in crate::analysis) fn turn() -> Value {
    json!({"type": "integer", "description": "the number of a turn of the transcript"})
}

/// One of these words.
pub(in crate::analysis) fn word(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}
