//! As much of JSON Schema as the report's schema uses, strictly: a key that the checker does not
//! know is a problem too, so that nothing goes unchecked.

use serde_json::Value;

/// What is wrong with a value, with the place it stands at.
pub(crate) fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    Checker { root: schema }.check(schema, value, "", &mut problems);
    problems
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        let Some(rules) = schema.as_object() else {
            if schema != &Value::Bool(true) {
                problems.push(format!("{at}: nothing may stand here"));
            }
            return;
        };
        for (rule, say) in rules {
            let holds = match rule.as_str() {
                "$schema" | "$defs" | "title" | "description" | "default" | "format" => true,
                "$ref" => {
                    let path = say.as_str().and_then(|path| path.strip_prefix('#'));
                    let target = path.and_then(|path| self.root.pointer(path));
                    target.is_some_and(|target| {
                        self.check(target, value, at, problems);
                        true
                    })
                }
                "type" => match say {
                    Value::Array(names) => names.iter().any(|name| is_of(value, name)),
                    name => is_of(value, name),
                },
                "const" => value == say,
                "enum" => say.as_array().is_some_and(|options| options.contains(value)),
                "minimum" => in_order(say, value),
                "maximum" => in_order(value, say),
                "minItems" => items(value).is_none_or(|count| Some(count) >= say.as_u64()),
                "maxItems" => items(value).is_none_or(|count| Some(count) <= say.as_u64()),
                "required" => {
                    let names = say.as_array().into_iter().flatten().filter_map(Value::as_str);
                    names.filter(|name| value.get(name).is_none()).for_each(|name| {
                        problems.push(format!("{at}: {name} is missing"));
                    });
                    true
                }
                "properties" | "additionalProperties" => {
                    self.properties(schema, value, at, problems);
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(say, item, &format!("{at}/{index}"), problems);
                    }
                    true
                }
                "anyOf" => self.fitting(say, value) > 0,
                "oneOf" => self.fitting(say, value) == 1,
                "not" => {
                    let mut inner = Vec::new();
                    self.check(say, value, at, &mut inner);
                    !inner.is_empty()
                }
                _ => false,
            };
            if !holds {
                problems.push(format!("{at}: {rule} {say} does not hold"));
            }
        }
    }

    fn properties(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            match schema.get("properties").and_then(|known| known.get(key)) {
                Some(known) => self.check(known, inner, &at, problems),
                None => match schema.get("additionalProperties") {
                    Some(other @ Value::Object(_)) => self.check(other, inner, &at, problems),
                    _ => problems.push(format!("{at} is not known")),
                },
            }
        }
    }

    fn fitting(&self, options: &Value, value: &Value) -> usize {
        let fits = |option: &&Value| {
            let mut inner = Vec::new();
            self.check(option, value, "", &mut inner);
            inner.is_empty()
        };
        options.as_array().into_iter().flatten().filter(fits).count()
    }
}

fn is_of(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

/// Whether both are numbers and the first is not the greater one; other things have no order.
fn in_order(low: &Value, high: &Value) -> bool {
    low.as_f64().zip(high.as_f64()).is_none_or(|(low, high)| low <= high)
}

fn items(value: &Value) -> Option<u64> {
    value.as_array().map(|items| items.len() as u64)
}
