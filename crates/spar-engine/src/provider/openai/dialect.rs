//! What a model's server turned out to understand. A server that objects to part of a request is
//! asked again without that part, and the lesson is kept for the model.

use serde_json::Value;
use spar_core::chat::{ChatRequest, OutputMode};

use super::Quirks;

/// How to phrase requests to one model. Every trait can only become plainer, so giving way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// How to ask for structure.
    pub(super) structure: OutputMode,
    /// Whether usage may be asked for in a stream.
    pub(super) stream_usage: bool,
    /// Whether tokens are limited by `max_completion_tokens`.
    pub(super) completion_tokens: bool,
    /// Whether a seed may be sent.
    pub(super) seed: bool,
    /// Whether `top_p` may be sent.
    pub(super) top_p: bool,
    /// Whether a temperature may be sent.
    pub(super) temperature: bool,
}

/// What a server said when it refused a request as it stood (400, 422).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Objection {
    /// The parameter it names as the culprit, if it names one in so many words.
    parameter: Option<String>,
    /// Its message, or the whole body when that has no message.
    message: String,
}

impl Objection {
    /// Reads the body of a refusal.
    pub(super) fn new(body: &str) -> Self {
        let value: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let value = value.get(0).unwrap_or(&value);
        let error = value.get("error").unwrap_or(value);
        // FastAPI lists what it objects to with the place in the body it means. It also repeats the
        // whole request, which must not be searched for names.
        let place = value.pointer("/detail/0/loc").and_then(Value::as_array).map(|place| {
            place
                .iter()
                .filter_map(Value::as_str)
                .filter(|step| *step != "body")
                .collect::<Vec<_>>()
                .join(".")
        });
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_lowercase);
        let message = text(error.get("message"))
            .or_else(|| text(Some(error)))
            .or_else(|| text(value.pointer("/detail/0/msg")))
            .or_else(|| text(value.get("detail")));
        let upstream =
            text(error.pointer("/metadata/raw")).map_or_else(String::new, |raw| format!(" {raw}"));
        Self {
            parameter: text(error.get("param")).or(place).filter(|name| !name.is_empty()),
            message: message.unwrap_or_else(|| body.to_lowercase()) + &upstream,
        }
    }

    /// Whether it is `parameter` the server objects to.
    fn names(&self, parameter: &str) -> bool {
        match &self.parameter {
            Some(named) => named.split('.').any(|part| part == parameter),
            None => has_word(&self.message, parameter),
        }
    }

    /// Whether it is the request for structure the server objects to, under any of its names.
    fn is_about_structure(&self) -> bool {
        const WORDS: [&str; 6] = [
            "response_format",
            "json_schema",
            "json_object",
            "structured output",
            "grammar",
            "unsupported",
        ];
        self.parameter.as_deref().is_some_and(|named| named.starts_with("response_format"))
            || WORDS.iter().any(|word| self.message.contains(word))
    }
}

impl Dialect {
    /// What to begin with.
    pub(super) fn from_quirks(quirks: Quirks) -> Self {
        Self {
            structure: quirks.output_mode.unwrap_or(OutputMode::JsonSchema),
            stream_usage: !quirks.no_stream_usage,
            completion_tokens: quirks.max_completion_tokens,
            seed: true,
            top_p: true,
            temperature: true,
        }
    }

    /// Gives up what the server objects to. False if that was not in the request, or cannot be
    /// told, so that asking again would change nothing.
    pub(super) fn give_way(&mut self, objection: &Objection, request: &ChatRequest) -> bool {
        let sampling = &request.sampling;
        if self.stream_usage
            && (objection.names("stream_options") || objection.names("include_usage"))
        {
            self.stream_usage = false;
        } else if !self.completion_tokens
            && sampling.max_tokens.is_some()
            && has_word(&objection.message, "max_completion_tokens")
        {
            self.completion_tokens = true;
        } else if self.seed && sampling.seed.is_some() && objection.names("seed") {
            self.seed = false;
        } else if self.top_p && sampling.top_p.is_some() && objection.names("top_p") {
            self.top_p = false;
        } else if self.temperature
            && sampling.temperature.is_some()
            && objection.names("temperature")
        {
            self.temperature = false;
        } else if request.schema.is_some()
            && rank(self.structure) < rank(OutputMode::PromptOnly)
            && objection.is_about_structure()
        {
            self.structure = match self.structure {
                OutputMode::JsonSchema => OutputMode::JsonObject,
                _ => OutputMode::PromptOnly,
            };
        } else {
            return false;
        }
        true
    }

    /// The plainer of the two in every trait.
    pub(super) fn plainer(self, other: Self) -> Self {
        Self {
            structure: if rank(other.structure) > rank(self.structure) {
                other.structure
            } else {
                self.structure
            },
            stream_usage: self.stream_usage && other.stream_usage,
            completion_tokens: self.completion_tokens || other.completion_tokens,
            seed: self.seed && other.seed,
            top_p: self.top_p && other.top_p,
            temperature: self.temperature && other.temperature,
        }
    }
}

/// The way structure is asked for, from the strictest to the plainest.
fn rank(mode: OutputMode) -> u8 {
    match mode {
        OutputMode::JsonSchema => 0,
        OutputMode::JsonObject => 1,
        OutputMode::PromptOnly | OutputMode::Plain => 2,
    }
}

/// Whether `text` contains `word` with no letter, digit or underscore around it.
fn has_word(text: &str, word: &str) -> bool {
    let is_part =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    text.match_indices(word).any(|(start, _)| {
        let bytes = text.as_bytes();
        let before = start.checked_sub(1).and_then(|index| bytes.get(index));
        !is_part(before) && !is_part(bytes.get(start + word.len()))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use spar_core::chat::{OutputSchema, Role, Sampling};

    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            task: "chat_turn".to_owned(),
            role: Role::Mini,
            messages: Vec::new(),
            schema: Some(OutputSchema { name: "turn".to_owned(), schema: json!({}).into() }),
            sampling: Sampling {
                temperature: Some(0.7),
                top_p: Some(0.9),
                max_tokens: Some(100),
                seed: Some(1),
            },
            background: false,
            offline: None,
        }
    }

    /// What changes in the dialect when a server says this.
    fn lesson(body: &str) -> Vec<&'static str> {
        let before = Dialect::from_quirks(Quirks::default());
        let mut after = before;
        let gave_way = after.give_way(&Objection::new(body), &request());
        let mut lesson = Vec::new();
        for (name, changed) in [
            ("structure", after.structure != before.structure),
            ("stream_usage", after.stream_usage != before.stream_usage),
            ("completion_tokens", after.completion_tokens != before.completion_tokens),
            ("seed", after.seed != before.seed),
            ("top_p", after.top_p != before.top_p),
            ("temperature", after.temperature != before.temperature),
        ] {
            if changed {
                lesson.push(name);
            }
        }
        assert_eq!(gave_way, !lesson.is_empty());
        lesson
    }

    #[test]
    fn objections_are_understood_in_many_forms() {
        let cases = [
            (
                r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#,
                "completion_tokens",
            ),
            (
                r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.7","param":"temperature"}}"#,
                "temperature",
            ),
            (
                r#"[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"seed\": Cannot find field."}}]"#,
                "seed",
            ),
            (
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"seed":1,"response_format":{}}}]}"#,
                "stream_usage",
            ),
            (r#"{"error":"'response_format.type' must be 'json_schema' or 'text'"}"#, "structure"),
            (
                r#"{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.","param":null}}"#,
                "structure",
            ),
            (
                r#"{"error":{"message":"Provider returned error","metadata":{"raw":"top_p is not allowed"}}}"#,
                "top_p",
            ),
            ("unsupported feature", "structure"),
        ];
        for (body, expected) in cases {
            assert_eq!(lesson(body), [expected], "{body}");
        }
    }

    #[test]
    fn other_objections_teach_nothing() {
        for body in [
            r#"{"error":{"message":"This model's maximum context length is 4096 tokens; reduce max_tokens"}}"#,
            r#"{"error":{"message":"the reseeding failed"}}"#,
            "",
            "[]",
            "null",
        ] {
            assert_eq!(lesson(body), [""; 0], "{body}");
        }
    }

    #[test]
    fn giving_way_ends() {
        let mut dialect = Dialect::from_quirks(Quirks::default());
        let everything = Objection::new(
            "stream_options max_completion_tokens seed top_p temperature response_format",
        );
        let steps = (0..100).take_while(|_| dialect.give_way(&everything, &request())).count();
        assert_eq!(steps, 7);
        assert_eq!(dialect.structure, OutputMode::PromptOnly);
    }

    #[test]
    fn what_was_not_sent_is_not_given_up() {
        let mut dialect = Dialect::from_quirks(Quirks::default());
        let mut request = request();
        request.schema = None;
        request.sampling = Sampling::default();
        for word in ["seed", "top_p", "temperature", "response_format", "max_completion_tokens"] {
            assert!(!dialect.give_way(&Objection::new(word), &request), "{word}");
        }
    }

    #[test]
    fn what_is_remembered_is_the_plainer_of_each() {
        let first = Dialect { seed: false, ..Dialect::from_quirks(Quirks::default()) };
        let second = Dialect {
            structure: OutputMode::JsonObject,
            completion_tokens: true,
            ..Dialect::from_quirks(Quirks::default())
        };
        let both = first.plainer(second);
        assert_eq!(both, second.plainer(first));
        assert!(!both.seed && both.completion_tokens);
        assert_eq!(both.structure, OutputMode::JsonObject);
    }
}
