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
/// Enter with at least so many characters behind it that came at once with it was pasted, not pressed.
const PASTED: usize = 3;
/// How long a commit under way may hold up leaving the program.
const FAREWELL: Duration = Duration::from_secs(3);

/// Plays missions on the screen until the user leaves.
///
/// # Errors
/// When there is no terminal, or it goes away, or a part of the program panicked.
pub(crate) async fn run(session: Session) -> Result<(), TuiError> {
    let look = session.look();
    let Session { engine, library, start, seed, max_wait, .. } = session;
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
    let driver = Driver::new(engine, library, seed, commands, message_sender);
    let driver = tokio::spawn(driver.waiting_at_most(max_wait).run());
    let mut shown = Shown {
        app,
        screen,
        commands: command_sender,
        brackets_pastes: false,
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
    /// The terminal has bracketed a paste.
    brackets_pastes: bool,
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
                    let mut batch = vec![event];
                    while batch.last().is_some_and(|last| matches!(last, Some(Ok(_))))
                        && let Some(event) = at_hand(&mut events).await
                    {
                        batch.push(event);
                    }
                    self.events(batch)?;
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
                self.screen.suspend()?;
                self.take(Message::CameBack)
            }
        }
    }

    /// Takes in what came at once.
    fn events(&mut self, batch: Vec<Option<io::Result<Event>>>) -> io::Result<()> {
        let keys = batch.iter().map(|event| match event {
            Some(Ok(Event::Key(key))) => Some(*key),
            _ => None,
        });
        // A terminal that brackets its pastes leaves nothing to guess.
        let pasted = pasted_keys(&keys.collect::<Vec<_>>());
        for (event, pasted) in batch.into_iter().zip(pasted) {
            match event {
                Some(Ok(Event::Key(key))) => {
                    let pasted = pasted && !self.brackets_pastes;
                    self.take(Message::Key { key, pasted })?;
                }
                Some(Ok(Event::Paste(text))) => {
                    self.brackets_pastes = true;
                    self.take(Message::Paste(text))?;
                }
                Some(Ok(Event::Resize(width, height))) => {
                    self.take(Message::Resized(width, height))?;
                }
                Some(Ok(_)) => {}
                // A terminal that is gone has nothing more to say, and nobody looks at it.
                Some(Err(_)) | None => self.is_over = true,
            }
        }
        Ok(())
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
                    self.take(Message::CameBack)?;
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

/// Which keys of a batch belong to a paste, where the terminal does not bracket one: an Enter or Tab
/// with text right behind it, and every one after that. A last Enter sends: a line that was typed
/// faster than we looked ends in one as well.
fn pasted_keys(batch: &[Option<KeyEvent>]) -> Vec<bool> {
    let is_text = |key: &Option<KeyEvent>| {
        key.is_some_and(|key| {
            key.kind != KeyEventKind::Release && matches!(key.code, KeyCode::Char(_))
        })
    };
    let mut text_behind = batch.iter().filter(|key| is_text(key)).count();
    let mut is_paste = false;
    batch
        .iter()
        .map(|key| {
            text_behind -= usize::from(is_text(key));
            let ends = key.is_some_and(|key| matches!(key.code, KeyCode::Enter | KeyCode::Tab));
            is_paste |= ends && text_behind >= PASTED;
            is_paste
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys with Enter as `/`, and as `|` where it was pasted.
    fn seen(batch: &str) -> String {
        let code = |letter| if letter == '/' { KeyCode::Enter } else { KeyCode::Char(letter) };
        let keys: Vec<_> = batch
            .chars()
            .map(|letter| Some(KeyEvent::new(code(letter), KeyModifiers::NONE)))
            .collect();
        let flags = pasted_keys(&keys);
        batch
            .chars()
            .zip(flags)
            .map(|(letter, is)| if is && letter == '/' { '|' } else { letter })
            .collect()
    }

    #[test]
    fn enter_inside_a_paste_is_text_and_a_last_one_sends() {
        assert_eq!(seen("/"), "/");
        assert_eq!(seen("we slip/"), "we slip/");
        assert_eq!(seen("one line/two lines/"), "one line|two lines|");
        assert_eq!(seen("one/a"), "one/a");
        assert_eq!(seen(""), "");
    }
}
