//! A model server on the loopback that answers every chat in the same words, or does not answer.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use serde_json::json;

/// What the model answers with, tokens included.
const REPLY: &str = "Well, I hear you. What happens next?";

/// What comes back for the n-th request, from 0.
type Answers = dyn Fn(usize) -> Answer + Send + Sync;

#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// A reply with a reading that scores so much.
    Reply(u8),
    /// An error of that status.
    Status(u16),
    /// Nothing, with the connection open.
    Silence,
}

/// The server; it is gone when this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    url: String,
    requests: Arc<AtomicUsize>,
    arrivals: mpsc::Receiver<()>,
    over: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answers: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let requests = Arc::new(AtomicUsize::new(0));
        let over = Arc::new(AtomicBool::new(false));
        let (arrived, arrivals) = mpsc::channel();
        let answers: Arc<Answers> = Arc::new(answers);
        let (counted, told) = (Arc::clone(&requests), Arc::clone(&over));
        let listening = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if told.load(Ordering::SeqCst) {
                    return;
                }
                let (counted, answers) = (Arc::clone(&counted), Arc::clone(&answers));
                let arrived = arrived.clone();
                thread::spawn(move || {
                    // A client that hangs up is no one's fault.
                    let _gone = converse(stream, &counted, &*answers, &arrived);
                });
            }
        });
        let url = format!("http://{address}/v1");
        Self { address, url, requests, arrivals, over, listening: Some(listening) }
    }

    /// The base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests have come.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Waits for the next request.
    pub(crate) fn wait_for_request(&self) {
        let patience = std::time::Duration::from_secs(60);
        self.arrivals.recv_timeout(patience).expect("a request comes");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes it up, to see that it is over.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn converse(
    mut stream: TcpStream,
    requests: &AtomicUsize,
    answers: &Answers,
    arrived: &mpsc::Sender<()>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    while read_request(&mut stream, &mut buffer)? {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let _ = arrived.send(());
        match answers(number) {
            Answer::Reply(score) => stream.write_all(&reply(score))?,
            Answer::Status(status) => stream.write_all(&failure(status))?,
            Answer::Silence => {
                while stream.read(&mut [0; 64])? > 0 {}
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Reads one request to its last byte; false when the client has gone.
fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            let length = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
                .unwrap_or(0);
            let end = head + 4 + length;
            if buffer.len() >= end {
                buffer.drain(..end);
                return Ok(true);
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(false),
            read => buffer.extend_from_slice(&piece[..read]),
        }
    }
}

fn reply(score: u8) -> Vec<u8> {
    let content = json!({
        "reply": REPLY,
        "cues": ["open_question"],
        "localScoreNumeric": score,
        "moodDelta": "up",
        "tensionDelta": "down",
        "comfortDelta": "up",
        "boundaryRisk": "low",
        "microFlags": [],
        "uiEventHint": "neutral",
    })
    .to_string();
    let delta = json!({"model": "m", "choices": [{"index": 0, "delta": {"content": content}}]});
    let end = json!({
        "model": "m",
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 400, "completion_tokens": 60, "total_tokens": 460},
    });
    let body = format!("data: {delta}\n\ndata: {end}\n\ndata: [DONE]\n\n");
    http("200 OK", "text/event-stream", &body)
}

fn failure(status: u16) -> Vec<u8> {
    let body = json!({"error": {"message": "no", "type": "refused"}}).to_string();
    http(&format!("{status} No"), "application/json", &body)
}

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}
