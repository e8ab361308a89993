//! A model server that costs next to nothing, for measuring what talks to it: one thread per
//! connection that sleeps to the microsecond and writes bytes prepared beforehand.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

/// What the server answers, and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MockSettings {
    /// From the last byte of the request to the first of the answer.
    pub(crate) delay: Duration,
    /// Between events of the answer; zero sends them all at once.
    pub(crate) gap: Duration,
    /// Length of the persona's reply inside the answer, bytes.
    pub(crate) reply_bytes: usize,
    /// How many events carry text.
    pub(crate) events: usize,
}

impl Default for MockSettings {
    fn default() -> Self {
        Self { delay: Duration::ZERO, gap: Duration::ZERO, reply_bytes: 120, events: 8 }
    }
}

/// Serves on a port until the process ends. Port 0 takes a free one.
pub(crate) fn serve(port: u16, settings: MockSettings) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let address = listener.local_addr()?;
    let answer = Arc::new(Answer::new(settings));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // Small stacks: hundreds of connections should not show in the memory of a test.
            let connection = thread::Builder::new().stack_size(64 * 1024);
            let spawned = connection.spawn(move || {
                // A connection ends when its client goes away, which is no one's fault.
                let _gone = converse(stream, settings, &answer);
            });
            drop(spawned);
        }
    });
    Ok(address)
}

/// The text the server streams: an answer to a chat turn.
pub(crate) fn answer_text(reply_bytes: usize) -> String {
    const WORDS: &str = "Well, I hear you, and I would like to know more about what is behind it. ";
    let reply: String = WORDS.chars().cycle().take(reply_bytes).collect();
    json!({
        "reply": reply.trim_end(),
        "cues": ["open_question", "acknowledges_feeling"],
        "localScoreNumeric": 72,
        "moodDelta": "up",
        "tensionDelta": "down",
        "comfortDelta": "up",
        "boundaryRisk": "low",
        "microFlags": [],
        "uiEventHint": "neutral",
    })
    .to_string()
}

/// Everything the server says, ready to be written.
struct Answer {
    head: Vec<u8>,
    /// HTTP chunks, one event each, the last with the end of the body.
    events: Vec<Vec<u8>>,
    models: Vec<u8>,
}

impl Answer {
    fn new(settings: MockSettings) -> Self {
        let text: Vec<char> = answer_text(settings.reply_bytes).chars().collect();
        let size = text.len().div_ceil(settings.events.max(1));
        let mut events: Vec<Vec<u8>> = text
            .chunks(size)
            .map(|part| {
                let content: String = part.iter().collect();
                let choice = json!({"index": 0, "delta": {"content": content}, "finish_reason": null});
                event(&json!({"id": "mock", "object": "chat.completion.chunk", "model": "mock", "choices": [choice]}).to_string())
            })
            .collect();
        let done = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
        let usage = json!({"prompt_tokens": 400, "completion_tokens": text.len() / 4, "total_tokens": 400 + text.len() / 4});
        events.push(event(&json!({"id": "mock", "model": "mock", "choices": [done]}).to_string()));
        let mut end = event(
            &json!({"id": "mock", "model": "mock", "choices": [], "usage": usage}).to_string(),
        );
        end.extend(event("[DONE]"));
        end.extend_from_slice(b"0\r\n\r\n");
        events.push(end);

        let list =
            json!({"object": "list", "data": [{"id": "mock", "object": "model"}]}).to_string();
        Self {
            head: b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
            events,
            models: format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{list}", list.len()).into_bytes(),
        }
    }
}

/// One event as an HTTP chunk.
fn event(data: &str) -> Vec<u8> {
    let event = format!("data: {data}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}

fn converse(mut stream: TcpStream, settings: MockSettings, answer: &Answer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let at_once: Vec<u8> =
        answer.head.iter().chain(answer.events.iter().flatten()).copied().collect();
    let mut buffer = Vec::with_capacity(32 * 1024);
    while let Some(request) = read_request(&mut stream, &mut buffer)? {
        let due = Instant::now() + settings.delay;
        if request == Request::Models {
            stream.write_all(&answer.models)?;
            continue;
        }
        sleep_until(due);
        if settings.gap.is_zero() {
            stream.write_all(&at_once)?;
            continue;
        }
        stream.write_all(&answer.head)?;
        for (index, event) in answer.events.iter().enumerate() {
            sleep_until(due + settings.gap * u32::try_from(index).unwrap_or(u32::MAX));
            stream.write_all(event)?;
        }
    }
    Ok(())
}

#[derive(PartialEq)]
enum Request {
    Models,
    Chat,
}

/// Reads one request to its last byte; `None` when the client has gone.
fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let length = head + 4 + content_length(&buffer[..head]);
            if buffer.len() >= length {
                let is_models = buffer.starts_with(b"GET ");
                buffer.drain(..length);
                return Ok(Some(if is_models { Request::Models } else { Request::Chat }));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(None),
            read => buffer.extend_from_slice(&piece[..read]),
        }
    }
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

fn sleep_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()));
}
