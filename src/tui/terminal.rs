//! Taking the terminal over and giving it back.
//!
//! One pair, [`enter`] and [`leave`], serves start, quit, panics, signals and being suspended.
//! Whatever is drawn goes out as one write per frame, between the marks of synchronized output.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, EnableBracketedPaste, KeyboardEnhancementFlags,
    PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::queue;
use crossterm::style::ResetColor;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Frame, Terminal};

use super::backend::{Bytes, ThriftyBackend};

/// Whether the terminal is ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Takes the terminal over: raw mode, alternate screen, bracketed paste, unambiguous keys.
fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EnterAlternateScreen,
        EnableBracketedPaste,
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES)
    )?;
    write_out(&bytes)
}

/// Gives the terminal back as it was found. Does nothing when it is not ours; never fails, because
/// it runs where nothing could be done about it.
pub(crate) fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    if let Ok(bytes) = farewell() {
        let _ = write_out(&bytes);
    }
    let _ = disable_raw_mode();
}

/// What undoes [`enter`], and a frame that may have been cut short.
fn farewell() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    )?;
    Ok(bytes)
}

fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Whether the terminal is ours. It is not after a panic anywhere in the program.
pub(crate) fn is_ours() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

/// Gives the terminal back before a panic is reported, so that the report can be read.
fn leave_on_panic() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave();
            report(panic);
        }));
    });
}

/// The terminal while it is ours; given back when dropped.
pub(crate) struct Screen {
    terminal: Terminal<ThriftyBackend>,
    bytes: Bytes,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn open() -> io::Result<Self> {
        leave_on_panic();
        let bytes = Bytes::default();
        let terminal = Terminal::new(ThriftyBackend::new(bytes.clone()))?;
        enter()?;
        Ok(Self { terminal, bytes })
    }

    /// The terminal's size.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws a frame and sends it with one write; nothing, when nothing has changed.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(render)?;
        let drawn = self.bytes.take();
        if drawn.is_empty() {
            return Ok(());
        }
        let mut framed = Vec::with_capacity(drawn.len() + 16);
        queue!(framed, BeginSynchronizedUpdate)?;
        framed.extend_from_slice(drawn.as_bytes());
        queue!(framed, EndSynchronizedUpdate)?;
        write_out(&framed)
    }

    /// Forgets what is on the screen, so that the next frame draws every cell. Not by
    /// `Terminal::clear`: that asks the terminal where its cursor is and waits for an answer which
    /// the event stream would take away.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().forget();
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Hands the terminal to the shell and stops until it is ours again.
    ///
    /// # Errors
    /// When the terminal is gone.
    #[cfg(unix)]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        use rustix::process::{Signal, kill_current_process_group};
        leave();
        // SIGSTOP rather than SIGTSTP: a shell that has no job control would never let us stop. The
        // whole group stops, as it does when the terminal itself sees Ctrl+Z.
        kill_current_process_group(Signal::STOP)?;
        wait_for_foreground();
        enter()?;
        self.forget()
    }

    /// Where there is no job control there is nothing to hand over to.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Waits until the terminal is ours. `bg` wakes us without giving it back, and then there is nothing
/// to draw on. Asking who has it and stopping would be two steps, with room for an `fg` between
/// them; waiting for the terminal's output from the background is one: the kernel stops us in it
/// (SIGTTOU), and begins it anew when we are continued.
#[cfg(unix)]
fn wait_for_foreground() {
    while rustix::termios::tcdrain(io::stdin()) == Err(rustix::io::Errno::INTR) {}
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farewell_undoes_every_mode() {
        let bytes = farewell().expect("writing to memory");
        let text = String::from_utf8(bytes).expect("escape sequences are ASCII");
        for undone in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?2026l", "\x1b[?25h", "\x1b[<1u"] {
            assert!(text.contains(undone), "{undone:?} is missing in {text:?}");
        }
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_is_reported() {
        leave_on_panic();
        ENTERED.store(true, Ordering::SeqCst);
        let result = std::thread::spawn(|| panic!("on purpose, to see the terminal given back"));
        assert!(result.join().is_err());
        assert!(!is_ours());
    }
}
