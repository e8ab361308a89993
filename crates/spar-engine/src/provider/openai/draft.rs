//! An answer as it grows, event by event.

use serde_json::Value;
use spar_core::chat::{FinishReason, Usage};

use super::lenient::Lenient;
use super::wire::{Chunk, Said, WireUsage};
use crate::provider::safe_text::safe_line;
use crate::provider::sse::{Flow, TooLong};

/// Longest answer accepted, bytes. A model that does not stop would fill the memory.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// What has arrived of an answer.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) model: String,
    pub(super) finish: Option<FinishReason>,
    pub(super) usage: Usage,
    /// Whether anything at all could be read.
    pub(super) has_events: bool,
    /// Signs of life from the model, reasoning included.
    pub(super) tokens: u64,
    /// Whether the body ended inside an event.
    pub(super) is_cut: bool,
    has_usage: bool,
    has_refused: bool,
    /// First half of a character that the server cut in two.
    half_character: Option<u16>,
}

/// Why an answer came to nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fault {
    /// The server says so itself.
    Error {
        /// A status the error names, or 200.
        status: u16,
        /// The error's own kind or code, in lower case.
        kind: String,
        /// The server's words, not yet made safe.
        message: String,
    },
    /// It is no answer we can read.
    Unreadable(String),
}

impl From<TooLong> for Fault {
    fn from(error: TooLong) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl Draft {
    /// Reads one event. `whole` says that nothing more of it will come.
    pub(super) fn read(&mut self, payload: &[u8], whole: bool) -> Result<Flow, Fault> {
        let payload = payload.trim_ascii();
        if payload == b"[DONE]" {
            self.has_events = true;
            return Ok(Flow::End);
        }
        // Anything else that is not JSON is a sign of life from the server, like a comment.
        let is_list = match payload.first() {
            Some(b'{') => false,
            Some(b'[') => true,
            _ => return Ok(Flow::More),
        };
        let error = match self.read_json(payload, is_list) {
            Ok(flow) => return flow,
            Err(error) => error,
        };
        if error.is_eof() {
            if whole {
                self.is_cut = true;
            }
            return Ok(if whole { Flow::More } else { Flow::NeedsRest });
        }
        let (mended, half) = mend(payload, self.half_character.take());
        let read = self.read_json(mended.as_bytes(), is_list);
        self.half_character = half;
        read.unwrap_or_else(|_| {
            let opening = String::from_utf8_lossy(&payload[..payload.len().min(120)]);
            Err(Fault::Unreadable(format!(
                "unreadable event `{}`: {error}",
                safe_line(&opening, None)
            )))
        })
    }

    /// Whether the model is done, usage or not: what follows is worth only a short wait.
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    fn read_json(
        &mut self,
        payload: &[u8],
        is_list: bool,
    ) -> Result<Result<Flow, Fault>, serde_json::Error> {
        // A struct can be read from a list too, field by field, which is not what a list means here.
        if is_list {
            let chunks: Vec<Chunk<'_>> = serde_json::from_slice(payload)?;
            return Ok(chunks.into_iter().try_fold(Flow::More, |flow, chunk| {
                if flow == Flow::End { Ok(flow) } else { self.take(chunk) }
            }));
        }
        let chunk = serde_json::from_slice(payload)?;
        Ok(self.take(chunk))
    }

    fn take(&mut self, chunk: Chunk<'_>) -> Result<Flow, Fault> {
        self.has_events = true;
        if let Some(fault) = chunk.error.as_ref().and_then(fault) {
            return Err(fault);
        }
        if chunk.object.0 == "error" {
            return Err(Fault::Error {
                status: status(&chunk.code.0),
                kind: chunk.code.0.to_lowercase(),
                message: chunk.message.0.into_owned(),
            });
        }
        if self.model.is_empty() && !chunk.model.0.is_empty() {
            self.model = safe_line(&chunk.model.0, None);
        }
        self.count(&chunk.usage.0);
        for Lenient(choice) in chunk.choices.0 {
            if choice.index.0.unwrap_or(0) != 0 {
                continue;
            }
            if let Some(fault) = choice.error.as_ref().and_then(fault) {
                return Err(fault);
            }
            self.append(&choice.delta.0)?;
            self.append(&choice.message.0)?;
            if let Some(reason) = finish_reason(&choice.finish_reason.0) {
                self.finish = Some(if self.has_refused { FinishReason::Refused } else { reason });
            }
        }
        Ok(if self.finish.is_some() && self.has_usage { Flow::End } else { Flow::More })
    }

    fn append(&mut self, said: &Said<'_>) -> Result<(), Fault> {
        let (content, refusal) = (&*said.content.0, &*said.refusal.0);
        if content.is_empty() && refusal.is_empty() {
            self.tokens += u64::from(said.is_reasoning());
            return Ok(());
        }
        self.tokens += 1;
        if !refusal.is_empty() {
            self.has_refused = true;
        }
        if self.text.len() + content.len() + refusal.len() > LONGEST_ANSWER {
            let megabytes = LONGEST_ANSWER / (1024 * 1024);
            return Err(Fault::Unreadable(format!("the answer is longer than {megabytes} MB")));
        }
        if self.half_character.take().is_some() {
            // The other half never came.
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
        self.text.push_str(content);
        self.text.push_str(refusal);
        Ok(())
    }

    fn count(&mut self, usage: &WireUsage) {
        let usage = usage.usage();
        // Some servers count along in every event; an empty report takes nothing back.
        self.usage = Usage {
            input: usage.input.or(self.usage.input),
            output: usage.output.or(self.usage.output),
            cached_input: usage.cached_input.or(self.usage.cached_input),
            reasoning: usage.reasoning.or(self.usage.reasoning),
        };
        self.has_usage |= usage.output.is_some();
    }
}

/// The error in an `error` field, if there is one: an object in one of several shapes, or a string.
fn fault(error: &Value) -> Option<Fault> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let code = text(error.get("code").or_else(|| error.get("status")));
    let kind = text(error.get("type"));
    let mut message = match error {
        Value::String(message) => message.clone(),
        _ => text(error.get("message")),
    };
    // A router's own message is "provider returned error"; what the provider said is the help.
    let upstream = text(error.pointer("/metadata/raw"));
    if !upstream.is_empty() {
        message = format!("{message}: {upstream}");
    }
    if message.is_empty() && code.is_empty() && kind.is_empty() {
        return None;
    }
    Some(Fault::Error {
        status: status(&code),
        kind: format!("{kind} {code}").trim().to_lowercase(),
        message,
    })
}

/// The HTTP status a code names; 200, the status of the answer it stands in, if it names none.
fn status(code: &str) -> u16 {
    code.parse().ok().filter(|status| (400..600).contains(status)).unwrap_or(200)
}

/// Servers disagree on words and on what an empty one means; `None` is "not finished".
fn finish_reason(word: &str) -> Option<FinishReason> {
    let word = word.trim();
    match word.to_ascii_lowercase().as_str() {
        "" => None,
        "stop" | "eos" | "end_turn" | "stop_sequence" => Some(FinishReason::Stop),
        "length" | "max_tokens" | "max_output_tokens" => Some(FinishReason::Length),
        "content_filter" | "safety" => Some(FinishReason::Filtered),
        "refusal" => Some(FinishReason::Refused),
        _ => Some(FinishReason::Other(safe_line(word, None))),
    }
}

/// Makes an event readable whose text is no valid Unicode: bytes that are no UTF-8 become
/// replacement characters, and so do halves of characters in `\u` notation. Servers that count in
/// UTF-16 cut pairs in two; `half` is the first half the event before ended with, and the half this
/// one ends with is returned.
fn mend(payload: &[u8], mut half: Option<u16>) -> (String, Option<u16>) {
    let payload = String::from_utf8_lossy(payload);
    let mut mended = String::with_capacity(payload.len());
    let mut next_half = None;
    let mut rest = &*payload;
    while let Some(start) = rest.find('\\') {
        mended.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = match escaped_unit(rest) {
            Some(unit @ 0xd800..=0xdbff) => match rest.get(6..).and_then(escaped_unit) {
                Some(0xdc00..=0xdfff) => {
                    mended.push_str(&rest[..12]);
                    12
                }
                _ => {
                    if rest[6..].starts_with('"') {
                        next_half = Some(unit);
                    } else {
                        mended.push(char::REPLACEMENT_CHARACTER);
                    }
                    6
                }
            },
            Some(0xdc00..=0xdfff) => {
                match half.take() {
                    Some(first) => {
                        mended.push_str(&format!("\\u{first:04x}"));
                        mended.push_str(&rest[..6]);
                    }
                    None => mended.push(char::REPLACEMENT_CHARACTER),
                }
                6
            }
            // The backslash and the character it is for, so that neither is taken for another.
            _ => {
                let length = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                mended.push_str(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    mended.push_str(rest);
    (mended, next_half)
}

/// The UTF-16 unit that `text` begins with in `\u` notation.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(events: &[&str]) -> Result<Draft, Fault> {
        let mut draft = Draft::default();
        for event in events {
            draft.read(event.as_bytes(), true)?;
        }
        Ok(draft)
    }

    fn delta(content_json: &str) -> String {
        format!(r#"{{"choices":[{{"delta":{{"content":"{content_json}"}}}}]}}"#)
    }

    #[test]
    fn halves_of_a_character_meet_again() {
        let text = |events: &[String]| {
            let events: Vec<&str> = events.iter().map(String::as_str).collect();
            draft(&events).expect("readable").text
        };
        assert_eq!(text(&[delta(r"a\ud83d"), delta(r"\ude00b")]), "a😀b");
        assert_eq!(text(&[delta(r"\ud83d"), delta("x")]), "\u{fffd}x");
        assert_eq!(text(&[delta(r"\ud83dx\ude00")]), "\u{fffd}x\u{fffd}");
        assert_eq!(text(&[delta(r"\ud83d\ude00\ud83d"), delta(r"\ude01")]), "😀😁");
        // A backslash before the backslash: text about an escape, not an escape.
        assert_eq!(text(&[delta(r"\\ud83d")]), r"\ud83d");
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        let mut draft = Draft::default();
        let event =
            [br#"{"choices":[{"delta":{"content":"a"#.as_slice(), &[0xff, 0xc3], br#"b"}}]}"#];
        draft.read(&event.concat(), true).expect("readable");
        assert_eq!(draft.text, "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn errors_are_known_in_all_their_shapes() {
        let cases = [
            (r#"{"error":"no such model"}"#, 200, "", "no such model"),
            (
                r#"{"error":{"message":"slow down","type":"rate_limit_error","code":429}}"#,
                429,
                "rate_limit_error 429",
                "slow down",
            ),
            (
                r#"{"error":{"code":"502","message":"Provider returned error","metadata":{"raw":"boom"}}}"#,
                502,
                "502",
                "Provider returned error: boom",
            ),
            (r#"{"object":"error","message":"too long","code":400}"#, 400, "400", "too long"),
            (
                r#"{"choices":[{"error":{"message":"mid"},"finish_reason":"error"}]}"#,
                200,
                "",
                "mid",
            ),
            (r#"[{"error":{"code":503,"message":"busy"}}]"#, 503, "503", "busy"),
        ];
        for (event, status, kind, message) in cases {
            let expected =
                Fault::Error { status, kind: kind.to_owned(), message: message.to_owned() };
            assert_eq!(draft(&[event]).err(), Some(expected), "{event}");
        }
        for harmless in [r#"{"error":null}"#, r#"{"error":{}}"#, r#"{"error":""}"#] {
            assert!(draft(&[harmless]).is_ok(), "{harmless}");
        }
    }

    #[test]
    fn an_endless_answer_is_refused() {
        let event = delta(&"x".repeat(1024 * 1024));
        let error = draft(&[event.as_str(); 5]).expect_err("5 MB");
        assert_eq!(error, Fault::Unreadable("the answer is longer than 4 MB".to_owned()));
    }

    #[test]
    fn usage_adds_up_over_events_and_ends_a_finished_answer() {
        let mut draft = Draft::default();
        let mut read = |event: &str| draft.read(event.as_bytes(), true).expect("readable");
        assert_eq!(
            read(r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}"#),
            Flow::More
        );
        assert_eq!(read(r#"{"choices":[{"delta":{},"finish_reason":""}],"usage":{}}"#), Flow::More);
        assert_eq!(
            read(r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}"#),
            Flow::End
        );
        assert_eq!((draft.usage.input, draft.usage.output), (Some(5), Some(1)));
    }
}
