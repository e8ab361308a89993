//! The report for programs.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Report;
use crate::language::is_unsafe;

/// The report as indented JSON, a new line at its end. Characters that could do something to a
/// screen are written as escapes, so that nothing is lost and the file can be looked at.
#[must_use]
pub fn json(report: &Report) -> String {
    let plain = serde_json::to_string_pretty(report)
        .expect("a report has no maps with odd keys and no type that refuses");
    let mut safe = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

/// The JSON Schema of what [`json`] writes: `docs/report.schema.json`.
#[must_use]
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        settings.into_generator().into_root_schema_for::<Report>().to_value()
    })
}
