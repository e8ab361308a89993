//! Cuts a streamed answer into events. Knows framing only: server-sent events, one JSON value per
//! line, or one JSON document; what an event means is for the caller to say.
//!
//! Bytes stay bytes until an event is whole, so a character may be cut anywhere. An event that lies
//! whole in one piece from the socket is passed on without being copied.

/// Longest line or event kept, bytes.
const LONGEST_EVENT: usize = 8 * 1024 * 1024;

/// How much of the beginning is kept, to say what came instead of a stream.
const OPENING: usize = 120;

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// What the reader of an event wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next event.
    More,
    /// The following lines of this event: it is not whole yet.
    NeedsRest,
    /// Nothing: the answer is complete.
    End,
}

/// An event outgrew its limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("one event is longer than {} MB", LONGEST_EVENT / (1024 * 1024))]
pub(crate) struct TooLong;

/// Reads the payload of an event; `whole` says that nothing more of it will come.
pub(crate) trait Reader<E>: FnMut(&[u8], bool) -> Result<Flow, E> {}
impl<E, F: FnMut(&[u8], bool) -> Result<Flow, E>> Reader<E> for F {}

/// The state between two pieces from the socket.
#[derive(Debug, Default)]
pub(crate) struct Framer {
    framing: Framing,
    /// Bytes of the byte order mark seen so far.
    mark: usize,
    /// The first bytes of the body.
    opening: Vec<u8>,
    /// The beginning of a line, or of a JSON value, whose end has not come.
    pending: Vec<u8>,
    /// The lines so far of an event of several lines.
    event: Vec<u8>,
    /// The last piece ended in CR: an LF that follows belongs to it.
    after_return: bool,
}

#[derive(Debug, Clone, Copy, Default)]
enum Framing {
    /// Nothing but white space so far.
    #[default]
    Unknown,
    Events,
    Values(Scan),
}

/// Where a scan for the end of a JSON value stands.
#[derive(Debug, Clone, Copy, Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Framer {
    /// Takes a piece from the socket and passes every event that became whole to `read`.
    pub(crate) fn feed<E: From<TooLong>>(
        &mut self,
        piece: &[u8],
        read: &mut impl Reader<E>,
    ) -> Result<Flow, E> {
        if self.opening.len() < OPENING {
            let room = OPENING - self.opening.len();
            self.opening.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        let piece = match self.framing {
            Framing::Unknown => self.recognise(piece),
            _ => piece,
        };
        match self.framing {
            Framing::Unknown => Ok(Flow::More),
            Framing::Events => self.feed_lines(piece, read),
            Framing::Values(scan) => self.feed_values(piece, scan, read),
        }
    }

    /// Takes the end of the body: what is still pending is all there will be of it.
    pub(crate) fn finish<E: From<TooLong>>(
        &mut self,
        read: &mut impl Reader<E>,
    ) -> Result<Flow, E> {
        let pending = std::mem::take(&mut self.pending);
        if let Framing::Values(_) = self.framing {
            return if pending.is_empty() { Ok(Flow::More) } else { read(&pending, true) };
        }
        if self.line(&pending, read)? == Flow::End {
            return Ok(Flow::End);
        }
        self.line(&[], read)
    }

    /// The first bytes of the body.
    pub(crate) fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// Skips a byte order mark and white space, and knows the framing by what comes after.
    fn recognise<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        for (index, &byte) in piece.iter().enumerate() {
            if BYTE_ORDER_MARK.get(self.mark) == Some(&byte) {
                self.mark += 1;
            } else if !byte.is_ascii_whitespace() {
                self.framing = match byte {
                    b'{' | b'[' => Framing::Values(Scan::default()),
                    _ => Framing::Events,
                };
                return &piece[index..];
            }
        }
        &[]
    }

    fn feed_lines<E: From<TooLong>>(
        &mut self,
        mut piece: &[u8],
        read: &mut impl Reader<E>,
    ) -> Result<Flow, E> {
        if std::mem::take(&mut self.after_return) {
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let line = &piece[..end];
            let returned = piece[end] == b'\r';
            piece = &piece[end + 1..];
            if returned {
                self.after_return = piece.is_empty();
                piece = piece.strip_prefix(b"\n").unwrap_or(piece);
            }
            let flow = if self.pending.is_empty() {
                self.line(line, read)?
            } else {
                append(&mut self.pending, line)?;
                let mut whole = std::mem::take(&mut self.pending);
                let flow = self.line(&whole, read)?;
                // The buffer goes back for the next long line, its room kept.
                whole.clear();
                self.pending = whole;
                flow
            };
            if flow == Flow::End {
                return Ok(Flow::End);
            }
        }
        append(&mut self.pending, piece)?;
        Ok(Flow::More)
    }

    /// One line without its ending. Lines that carry no data (comments, names, retry times) are
    /// nothing to us; a bare JSON object among events is what some servers do with an error.
    fn line<E: From<TooLong>>(
        &mut self,
        line: &[u8],
        read: &mut impl Reader<E>,
    ) -> Result<Flow, E> {
        if line.is_empty() {
            if self.event.is_empty() {
                return Ok(Flow::More);
            }
            let event = std::mem::take(&mut self.event);
            return read(&event, true);
        }
        let payload = match line.strip_prefix(b"data:") {
            Some(payload) => payload.strip_prefix(b" ").unwrap_or(payload),
            None if line.starts_with(b"{") => line,
            None => return Ok(Flow::More),
        };
        if !self.event.is_empty() {
            append(&mut self.event, b"\n")?;
            append(&mut self.event, payload)?;
            return Ok(Flow::More);
        }
        // Nearly every event is one line, and some servers leave out the empty line after it: what
        // can be read at once is read at once.
        let flow = read(payload, false)?;
        if flow == Flow::NeedsRest {
            append(&mut self.event, payload)?;
            return Ok(Flow::More);
        }
        Ok(flow)
    }

    fn feed_values<E: From<TooLong>>(
        &mut self,
        mut piece: &[u8],
        mut scan: Scan,
        read: &mut impl Reader<E>,
    ) -> Result<Flow, E> {
        loop {
            if self.pending.is_empty() && scan.depth == 0 {
                // Between values there may be white space, and commas if they stand in a sequence.
                let gap = piece.iter().position(|byte| !b" \t\r\n,".contains(byte));
                piece = &piece[gap.unwrap_or(piece.len())..];
            }
            let Some(end) = scan.end_of_value(piece) else { break };
            let (value, rest) = piece.split_at(end);
            piece = rest;
            let flow = if self.pending.is_empty() {
                read(value, true)?
            } else {
                append(&mut self.pending, value)?;
                read(&std::mem::take(&mut self.pending), true)?
            };
            if flow == Flow::End {
                return Ok(Flow::End);
            }
            scan = Scan::default();
        }
        append(&mut self.pending, piece)?;
        self.framing = Framing::Values(scan);
        Ok(Flow::More)
    }
}

impl Scan {
    /// The length of the value that ends in `piece`, if one does; otherwise remembers where in the
    /// value `piece` left off.
    fn end_of_value(&mut self, piece: &[u8]) -> Option<usize> {
        for (index, &byte) in piece.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

fn append(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TooLong> {
    if buffer.len() + bytes.len() > LONGEST_EVENT {
        return Err(TooLong);
    }
    buffer.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds the pieces and returns the payloads; a payload beginning with `{` and not ending with
    /// `}` asks for its rest, as a JSON reader would.
    fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
        let mut framer = Framer::default();
        let mut seen = Vec::new();
        let mut read = |payload: &[u8], whole: bool| -> Result<Flow, TooLong> {
            if !whole && payload.starts_with(b"{") && !payload.ends_with(b"}") {
                return Ok(Flow::NeedsRest);
            }
            seen.push(String::from_utf8_lossy(payload).into_owned());
            Ok(if payload == b"[DONE]" { Flow::End } else { Flow::More })
        };
        for piece in pieces {
            if framer.feed(piece, &mut read).expect("within limits") == Flow::End {
                return seen;
            }
        }
        framer.finish(&mut read).expect("within limits");
        seen
    }

    fn whole(body: &str) -> Vec<String> {
        events([body.as_bytes()])
    }

    #[test]
    fn events_end_with_any_line_ending() {
        for ending in ["\n", "\r\n", "\r"] {
            let body = format!("data: {{1}}{ending}{ending}data: [DONE]{ending}{ending}");
            assert_eq!(whole(&body), ["{1}", "[DONE]"], "ending {ending:?}");
        }
    }

    #[test]
    fn what_carries_no_data_is_skipped() {
        let body =
            "\u{feff}: hello\n\n\n\nevent: x\nid: 4\nretry: 9\ndata: {a}\n\n:\n\ndata:{b}\n\n";
        assert_eq!(whole(body), ["{a}", "{b}"]);
    }

    #[test]
    fn an_event_of_several_lines_is_joined() {
        assert_eq!(whole("data: {\ndata: 1\ndata: }\n\ndata: {2}\n\n"), ["{\n1\n}", "{2}"]);
    }

    #[test]
    fn events_without_an_empty_line_between_are_apart() {
        assert_eq!(whole("data: {1}\ndata: {2}\n"), ["{1}", "{2}"]);
    }

    #[test]
    fn the_last_line_needs_no_ending() {
        assert_eq!(whole("data: {1}\n\ndata: {2}"), ["{1}", "{2}"]);
        assert_eq!(whole("data: {1}\n\ndata: {2"), ["{1}", "{2"]);
    }

    #[test]
    fn json_lines_and_documents_are_values() {
        assert_eq!(
            whole("{\"a\":\"}\\\"{\"}\n{\"b\":[{}]}\n"),
            ["{\"a\":\"}\\\"{\"}", "{\"b\":[{}]}"]
        );
        assert_eq!(whole("\n  {\n \"a\": 1\n}"), ["{\n \"a\": 1\n}"]);
        assert_eq!(whole("[{\"a\":1}]"), ["[{\"a\":1}]"]);
        assert_eq!(whole("{\"a\":"), ["{\"a\":"]);
    }

    #[test]
    fn a_bare_object_among_events_is_an_event() {
        assert_eq!(whole("data: {1}\n\n{\"error\":2}\n"), ["{1}", "{\"error\":2}"]);
    }

    #[test]
    fn an_endless_line_is_refused() {
        for opening in ["data: ", "{\"a\":\""] {
            let mut framer = Framer::default();
            let mut read = |_: &[u8], _: bool| -> Result<Flow, TooLong> { Ok(Flow::More) };
            framer.feed(opening.as_bytes(), &mut read).expect("short");
            let piece = vec![b'x'; 1024 * 1024];
            let refused = (0..10).any(|_| framer.feed(&piece, &mut read) == Err(TooLong));
            assert!(refused, "{opening}");
        }
    }

    #[test]
    fn the_opening_is_kept_for_the_error_message() {
        let mut framer = Framer::default();
        let mut read = |_: &[u8], _: bool| -> Result<Flow, TooLong> { Ok(Flow::More) };
        framer.feed(b"<html>", &mut read).expect("short");
        framer.feed(&[b'x'; 500], &mut read).expect("short");
        assert!(framer.opening().starts_with(b"<html>xxx"));
        assert_eq!(framer.opening().len(), OPENING);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Where the network cuts a body makes no difference to what is read.
        #[test]
        fn cuts_make_no_difference(
            lines in prop::collection::vec("(data: ?)?(\\{[a-zé\"]{0,6}\\}|: x|event: y|\\[DONE\\]|)", 0..12),
            ending in prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", "\r\n\r\n"]),
            mark in any::<bool>(),
            size in 1usize..9,
        ) {
            let mut body = if mark { "\u{feff}".to_owned() } else { String::new() };
            for line in &lines {
                body.push_str(line);
                body.push_str(ending);
            }
            let expected = whole(&body);
            prop_assert_eq!(&events(body.as_bytes().chunks(size)), &expected);
            prop_assert_eq!(&events(body.as_bytes().chunks(1)), &expected);
        }
    }
}
