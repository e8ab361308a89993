//! A server that says exactly the bytes it was told to, cut where it was told to, and remembers
//! what it was asked.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

/// What is done with one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<u8>),
    /// Says nothing more until the client gives up.
    Hang,
    Close,
}

impl Reply {
    /// A 200 whose body is `body`, in one piece.
    pub(crate) fn stream(body: impl AsRef<[u8]>) -> Self {
        Self::pieces([body])
    }

    /// A 200 whose body arrives in these pieces: each is an HTTP chunk of its own, which is how the
    /// client gets to see it whatever the network does.
    pub(crate) fn pieces<B: AsRef<[u8]>>(pieces: impl IntoIterator<Item = B>) -> Self {
        Self::unfinished(pieces).then(Step::Write(b"0\r\n\r\n".to_vec()))
    }

    /// The same without an end of the body.
    pub(crate) fn unfinished<B: AsRef<[u8]>>(pieces: impl IntoIterator<Item = B>) -> Self {
        let mut bytes =
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                .to_vec();
        for piece in pieces {
            let piece = piece.as_ref();
            bytes.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend_from_slice(piece);
            bytes.extend_from_slice(b"\r\n");
        }
        Self { steps: vec![Step::Write(bytes)] }
    }

    /// A status with headers (each line ended by CRLF) and a body.
    pub(crate) fn status(status: &str, headers: &str, body: &str) -> Self {
        let bytes =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len());
        Self { steps: vec![Step::Write(bytes.into_bytes())] }
    }

    /// These bytes, headers and all.
    pub(crate) fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self { steps: vec![Step::Write(bytes.as_ref().to_vec())] }
    }

    /// No answer at all.
    pub(crate) fn silence() -> Self {
        Self::default().hang()
    }

    /// Then nothing, with the connection open.
    pub(crate) fn hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// Then the end of the connection.
    pub(crate) fn close(self) -> Self {
        self.then(Step::Close)
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// Answers requests with its replies in order; the last one is repeated.
pub(crate) struct HostileServer {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    connections: usize,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Request line and headers.
    pub(crate) head: String,
    /// The body, `Null` if it was not JSON.
    pub(crate) body: Value,
}

impl HostileServer {
    /// Listens on a free port of the loopback.
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let replies: Arc<[Reply]> = replies.into_iter().collect();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let server = Self { address, seen: Arc::clone(&seen) };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, seen) = (Arc::clone(&replies), Arc::clone(&seen));
                lock(&seen).connections += 1;
                thread::spawn(move || {
                    // Clients that hang up are what these tests are about.
                    let _gone = converse(stream, &replies, &seen);
                });
            }
        });
        server
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.seen).requests.clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        lock(&self.seen).connections
    }
}

fn converse(mut stream: TcpStream, replies: &[Reply], seen: &Mutex<Seen>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer)? {
        let index = {
            let mut seen = lock(seen);
            seen.requests.push(request);
            seen.requests.len() - 1
        };
        let Some(reply) = replies.get(index).or(replies.last()) else { return Ok(()) };
        for step in &reply.steps {
            match step {
                Step::Write(bytes) => stream.write_all(bytes)?,
                Step::Hang => {
                    while stream.read(&mut [0; 64])? > 0 {}
                    return Ok(());
                }
                Step::Close => return stream.shutdown(Shutdown::Both),
            }
        }
    }
    Ok(())
}

fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let mut piece = [0; 16 * 1024];
    loop {
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head
                .to_ascii_lowercase()
                .lines()
                .find_map(|line| {
                    line.strip_prefix("content-length:").map(str::trim).map(str::to_owned)
                })
                .and_then(|length| length.parse::<usize>().ok())
                .unwrap_or(0);
            if buffer.len() >= end + 4 + length {
                let body = serde_json::from_slice(&buffer[end + 4..end + 4 + length]);
                buffer.drain(..end + 4 + length);
                return Ok(Some(Request { head, body: body.unwrap_or(Value::Null) }));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Ok(None),
            read => buffer.extend_from_slice(&piece[..read]),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
