//! The JSON Schema of scenario files, as published.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::file::ScenarioFile;

/// The JSON Schema of the scenario file, for editors and for our own checking.
///
/// It is read and not derived: deriving it takes a fifth of what a run does before its first word. A
/// test holds the file to what the structs say ([`derived_schema`]).
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| serde_json::from_str(PUBLISHED).unwrap_or_default())
}

const PUBLISHED: &str = include_str!("../../../../docs/scenario.schema.json");

/// The schema as the structs of the file have it: what the published one is made from.
#[must_use]
pub fn derived_schema() -> Value {
    let settings = SchemaSettings::draft2020_12();
    let schema = settings.into_generator().into_root_schema_for::<ScenarioFile>();
    let mut schema = schema.to_value();
    tidy(&mut schema);
    schema
}

/// Optional keys are left out, never `null`; number formats of Rust mean nothing to editors once
/// their range is said.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(options)) = map.get_mut("anyOf") {
                options.retain(|option| option.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = options.as_mut_slice() {
                    let only = std::mem::take(only);
                    map.shift_remove("anyOf");
                    for (key, value) in only {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            if let Some(format) = map.shift_remove("format")
                && format == "uint32"
                && !map.contains_key("maximum")
            {
                map.insert("maximum".to_owned(), u32::MAX.into());
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                // Doc comments are wrapped for the source; an editor wraps by itself.
                *text = text.replace('\n', " ");
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}
