//! The loop: waits for keys, signals, news of the mission and the clock, and draws what came of it.
//!
//! Input is drawn at once. News is drawn at most sixty times a second. While nothing happens,
//! nothing is drawn and nothing is written.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt as _;
use spar_engine::clock::Clock;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::app::{App, Screen as Page};
use super::driver::{COMMANDS, Driver};
use super::effect::Effect;
use super::error::TuiError;
use super::message::Message;
use super::screens::briefing::Briefing;
use super::session::{Session, Start};
use super::signals::{Sent, Signals};
use super::terminal::{self, Screen};
use super::update::update;
use super::view::view;

/// Sixty frames a second.
const FRAME: Duration = Duration::from_millis(16);
/// Keys that follow each other faster than this are pasted, not typed.
const FINGERS: Duration = Duration::from_millis(8);
/// From so many fast characters on, Enter belongs to the paste as well.
const BURST: u32 = 3;
/// How long a commit under way may hold up leaving the program.
const FAREWELL: Duration = Duration::from_secs(3);

/// Plays missions on the screen until the user leaves.
///
/// # Errors
/// When there is no terminal, or it goes away, or a part of the program panicked.
pub(crate) async fn run(session: Session) -> Result<(), TuiError> {
    let look = session.look();
    let Session { engine, library, start, seed, .. } = session;
    let clock = engine.clock().clone();
    let (command_sender, commands) = mpsc::channel(COMMANDS);
    let (message_sender, messages) = mpsc::unbounded_channel();
    let screen = Screen::open()?;
    let mut app = App::new(look, screen.size()?);
    match start {
        Start::Home => {}
        Start::Scenario(scenario) => {
            app.screen = Page::Briefing(Box::new(Briefing::new(Arc::from(scenario))));
        }
        Start::Resume(id) => {
            app.screen = Page::Opening;
            let _ = command_sender.try_send(Effect::Resume(id));
        }
    }
    let driver = tokio::spawn(Driver::new(engine, library, seed, commands, message_sender).run());
    let mut shown = Shown {
        app,
        screen,
        commands: command_sender,
        burst: Burst::default(),
        is_over: false,
        last_frame: None,
        due: None,
    };
    let played = shown.run(messages, &clock).await;
    // The terminal is given back first: what follows may take a moment.
    let Shown { commands, screen, .. } = shown;
    drop(screen);
    drop(commands);
    let ended = tokio::time::timeout(FAREWELL, driver).await;
    played?;
    match ended {
        Ok(Err(_)) => Err(TuiError::Panicked),
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}

/// The app on its screen.
struct Shown {
    app: App,
    screen: Screen,
    commands: mpsc::Sender<Effect>,
    burst: Burst,
    is_over: bool,
    last_frame: Option<Instant>,
    /// When the next frame is to be drawn, if one is wanted.
    due: Option<Instant>,
}

impl Shown {
    async fn run(
        &mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        clock: &Clock,
    ) -> Result<(), TuiError> {
        let mut signals = Signals::listen()?;
        let mut events = EventStream::new();
        let mut next_second = Instant::now();
        self.draw()?;
        while !self.is_over {
            let clock_runs = self.app.has_running_clock();
            tokio::select! {
                biased;
                sent = signals.next() => self.signal(sent)?,
                event = events.next() => {
                    self.event(event)?;
                    while !self.is_over
                        && let Some(event) = at_hand(&mut events).await
                    {
                        self.event(event)?;
                    }
                    self.due = Some(Instant::now());
                }
                Some(message) = messages.recv() => {
                    self.take(message)?;
                    while let Ok(message) = messages.try_recv() {
                        self.take(message)?;
                    }
                    let paced = self.last_frame.map_or_else(Instant::now, |last| last + FRAME);
                    self.due = Some(self.due.map_or(paced, |due| due.min(paced)));
                }
                () = sleep_until(next_second), if clock_runs => {
                    next_second = Instant::now() + Duration::from_secs(1);
                    self.take(Message::Clock(clock.now()))?;
                    self.due = Some(Instant::now());
                }
                () = sleep_until(self.due.unwrap_or(next_second)), if self.due.is_some() => {
                    self.draw()?;
                }
            }
            if !terminal::is_ours() && !self.is_over {
                return Err(TuiError::Panicked);
            }
            if self.due.is_some_and(|due| due <= Instant::now()) && !self.is_over {
                self.draw()?;
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        let app = &self.app;
        self.screen.draw(|frame| view(app, frame))?;
        self.last_frame = Some(Instant::now());
        self.due = None;
        Ok(())
    }

    fn signal(&mut self, sent: Sent) -> io::Result<()> {
        match sent {
            Sent::Quit => {
                self.is_over = true;
                Ok(())
            }
            Sent::Interrupt => {
                let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
                self.due = Some(Instant::now());
                self.take(Message::Key { key, pasted: false })
            }
            Sent::Stop => {
                self.due = Some(Instant::now());
                self.screen.suspend()
            }
        }
    }

    fn event(&mut self, event: Option<io::Result<Event>>) -> io::Result<()> {
        match event {
            Some(Ok(Event::Key(key))) => {
                let pasted = self.burst.key(key, Instant::now());
                self.take(Message::Key { key, pasted })
            }
            Some(Ok(Event::Paste(text))) => {
                self.burst.is_bracketed = true;
                self.take(Message::Paste(text))
            }
            Some(Ok(Event::Resize(width, height))) => self.take(Message::Resized(width, height)),
            Some(Ok(_)) => Ok(()),
            // A terminal that is gone has nothing more to say, and nobody looks at it.
            Some(Err(_)) | None => {
                self.is_over = true;
                Ok(())
            }
        }
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        for effect in update(&mut self.app, message) {
            match effect {
                Effect::Quit => self.is_over = true,
                Effect::Repaint => self.screen.forget()?,
                Effect::Suspend => {
                    self.screen.suspend()?;
                    let size = self.screen.size()?;
                    self.take(Message::Resized(size.width, size.height))?;
                }
                asked => {
                    if self.commands.try_send(asked).is_err() {
                        let words = "the mission does not answer any more; what was said is saved";
                        update(&mut self.app, Message::Failed(words.to_owned()));
                    }
                }
            }
        }
        Ok(())
    }
}

/// The next event if it is there already. Asks with the task's own waker: the stream keeps the one
/// it was last asked with, and another would never wake us again.
async fn at_hand(events: &mut EventStream) -> Option<Option<io::Result<Event>>> {
    poll_fn(|context| match events.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(Some(event)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Tells a paste from typing where the terminal does not bracket it.
#[derive(Debug, Default)]
struct Burst {
    last: Option<Instant>,
    fast: u32,
    /// The terminal brackets its pastes: then there is nothing to guess.
    is_bracketed: bool,
}

impl Burst {
    /// Takes a key in; says whether it is part of a paste.
    fn key(&mut self, key: KeyEvent, now: Instant) -> bool {
        if key.kind == KeyEventKind::Release || self.is_bracketed {
            return false;
        }
        let is_fast = self.last.is_some_and(|last| now.duration_since(last) < FINGERS);
        self.last = Some(now);
        let is_text = matches!(key.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab);
        self.fast = if is_text && is_fast { self.fast + 1 } else { 0 };
        self.fast >= BURST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(gaps_ms: &[u64], codes: &[KeyCode]) -> Vec<bool> {
        let mut burst = Burst::default();
        let mut now = Instant::now();
        gaps_ms
            .iter()
            .zip(codes)
            .map(|(gap, code)| {
                now += Duration::from_millis(*gap);
                burst.key(KeyEvent::new(*code, KeyModifiers::NONE), now)
            })
            .collect()
    }

    #[test]
    fn enter_in_a_burst_is_pasted_and_enter_by_hand_is_not() {
        let a = KeyCode::Char('a');
        let pasted = flags(&[0, 1, 1, 1, 1], &[a, a, a, a, KeyCode::Enter]);
        assert_eq!(pasted.last(), Some(&true));
        let typed = flags(&[0, 90, 70, 80, 60], &[a, a, a, a, KeyCode::Enter]);
        assert_eq!(typed.last(), Some(&false));
        // A paste, a pause, and Enter: that sends.
        let then = flags(&[0, 1, 1, 1, 300], &[a, a, a, a, KeyCode::Enter]);
        assert_eq!(then.last(), Some(&false));
    }

    #[test]
    fn a_terminal_that_brackets_is_believed() {
        let mut burst = Burst { is_bracketed: true, ..Burst::default() };
        let now = Instant::now();
        let enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
        assert!((0..9).all(|_| !burst.key(enter, now)));
    }
}
