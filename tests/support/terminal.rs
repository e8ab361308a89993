//! A terminal with somebody in front of it: starts `spar` on a PTY, types, and reads the screen.
//!
//! Nothing here sleeps for a fixed time: what is waited for is on the screen, or the test fails and
//! shows what was there instead.

use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long anything may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal that `spar` runs in.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn std::io::Write + Send>,
    seen: Arc<Seen>,
}

/// What has come from the program so far.
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

impl State {
    /// Whether a frame has begun and not ended: what is on the screen is then half old, half new.
    fn is_in_frame(&self) -> bool {
        let last = |mark: &[u8]| self.bytes.windows(mark.len()).rposition(|part| part == mark);
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Terminal {
    /// Starts `spar` with these arguments in a home of its own.
    pub(crate) fn start(home: &Path, size: (u16, u16), arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_spar"));
        command.args(arguments);
        Self::start_command(home, size, command)
    }

    /// Starts a command in the same surroundings.
    pub(crate) fn start_command(
        home: &Path,
        (columns, rows): (u16, u16),
        mut command: CommandBuilder,
    ) -> Self {
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", home);
        command.env("SPAR_DB", home.join("missions.db"));
        command.cwd(home);
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let state = State {
            screen: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
            closed: false,
        };
        let seen = Arc::new(Seen { state: Mutex::new(state), changed: Condvar::new() });
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut state = shared.lock();
                if read == 0 {
                    state.closed = true;
                    shared.changed.notify_all();
                    return;
                }
                state.screen.process(&buffer[..read]);
                state.bytes.extend_from_slice(&buffer[..read]);
                shared.changed.notify_all();
            }
        });
        Self { child, master: pair.master, writer, seen }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &str) {
        self.writer.write_all(bytes.as_bytes()).expect("the program reads");
        self.writer.flush().expect("the program reads");
    }

    /// Types a line, sees it on the screen, and presses Enter.
    pub(crate) fn type_line(&mut self, line: &str) {
        self.send(line);
        self.wait_for(line);
        self.send("\r");
    }

    /// Pastes as a terminal does: in brackets, if the program has asked for them.
    pub(crate) fn paste(&mut self, text: &str) {
        let bracketed = self.seen.lock().screen.screen().bracketed_paste();
        let text = text.replace('\n', "\r");
        let bytes = if bracketed { format!("\x1b[200~{text}\x1b[201~") } else { text };
        self.send(&bytes);
    }

    /// Waits until the words are on the screen.
    pub(crate) fn wait_for(&self, words: &str) {
        self.wait(&format!("`{words}` on the screen"), |state| {
            state.screen.screen().contents().contains(words)
        });
    }

    /// Waits until the screen is another than this.
    pub(crate) fn wait_for_other_than(&self, before: &str) {
        self.wait("another screen", |state| contents(state) != before);
    }

    /// Waits until the words are gone from the screen.
    pub(crate) fn wait_until_gone(&self, words: &str) {
        self.wait(&format!("`{words}` off the screen"), |state| {
            !state.screen.screen().contents().contains(words)
        });
    }

    fn wait(&self, what: &str, holds: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        while state.is_in_frame() || !holds(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !state.closed,
                "waited for {what}; the screen was:\n{}",
                state.screen.screen().contents()
            );
            state = self
                .seen
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// What is on the screen, row by row, without what is blank at their ends.
    pub(crate) fn contents(&self) -> String {
        contents(&self.seen.lock())
    }

    /// Everything the program has written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().bytes.clone()
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) {
        self.seen.lock().screen.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("a new size");
    }

    /// Sends the program a signal, by the name that `kill` knows it by.
    pub(crate) fn signal(&self, name: &str) {
        let process = self.child.process_id().expect("a running program").to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &process])
            .status()
            .expect("kill is there");
        assert!(sent.success());
    }

    /// Waits for the end of the program and of what it wrote.
    pub(crate) fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.seen.lock();
        while !state.closed {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "still runs:\n{}", state.screen.screen().contents());
            state = self
                .seen
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        drop(state);
        self.child.wait().expect("the program ends")
    }

    /// Checks that every mode is as it was: main screen, cursor shown, pastes not bracketed,
    /// keyboard and synchronized output reset.
    pub(crate) fn assert_restored(&self) {
        let state = self.seen.lock();
        let screen = state.screen.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pastes are still bracketed");
        let text = String::from_utf8_lossy(&state.bytes);
        for (on, off) in [("\x1b[>1u", "\x1b[<1u"), ("\x1b[?2026h", "\x1b[?2026l")] {
            let (last_on, last_off) = (text.rfind(on), text.rfind(off));
            assert!(last_off > last_on, "{on:?} is not undone");
        }
    }

    /// The settings of the terminal's line discipline, as `stty -g` prints them.
    #[cfg(target_os = "linux")]
    pub(crate) fn line_settings(&self) -> String {
        let name = self.master.tty_name().expect("a name");
        let output = std::process::Command::new("stty")
            .args(["-g", "-F"])
            .arg(name)
            .output()
            .expect("stty is there");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a terminal has cells")
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Only the program this test started; nothing to do when it has ended.
        let _ = self.child.kill();
    }
}

fn contents(state: &State) -> String {
    let contents = state.screen.screen().contents();
    contents.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
