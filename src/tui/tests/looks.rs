//! How every screen looks, and that none breaks at any size.

use super::super::backend::{Bytes, ThriftyBackend};
use super::*;

/// The sizes that are looked at: with a side panel, a common one, and the smallest of comfort.
const SIZES: [(u16, u16); 3] = [(120, 36), (80, 24), (60, 20)];

fn snapshot(name: &str, at: impl Fn(u16, u16) -> App) {
    for (width, height) in SIZES {
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), drawn(&at(width, height)));
    }
}

fn library(width: u16, height: u16) -> App {
    let mut app = app(width, height);
    update(&mut app, library_message(vec![unfinished()]));
    app
}

fn briefing(width: u16, height: u16) -> App {
    let mut app = app(width, height);
    update(&mut app, library_message(Vec::new()));
    press(&mut app, KeyCode::Enter);
    app
}

fn writing(width: u16, height: u16) -> App {
    let mut app = after_four_turns(width, height);
    type_text(&mut app, "By Friday I bring you one page");
    chord(&mut app, KeyCode::Enter, KeyModifiers::ALT);
    type_text(&mut app, "you can repeat.");
    app
}

fn streaming(width: u16, height: u16) -> App {
    let mut app = in_chat(width, height);
    update(&mut app, Message::Committed(vec![spoke(1, "We slip by two weeks.")]));
    update(&mut app, Message::ReplyText("Two weeks. And when did ".to_owned()));
    app
}

fn scrolled(width: u16, height: u16) -> App {
    let mut app = after_four_turns(width, height);
    press(&mut app, KeyCode::PageUp);
    app
}

fn crisis(width: u16, height: u16) -> App {
    let mut app = after_four_turns(width, height);
    update(&mut app, Message::Committed(vec![spoke(5, "…")]));
    let paused = MissionEvent::CrisisPaused { turn: TurnIndex(5), at: at(5) };
    update(&mut app, Message::Committed(vec![paused]));
    app
}

fn over(width: u16, height: u16) -> App {
    let mut app = after_four_turns(width, height);
    let ended = MissionEvent::Ended { at: at(9), ending: Ending::FailMaxTurns };
    update(&mut app, Message::Committed(vec![ended]));
    app
}

fn summary(width: u16, height: u16) -> App {
    let mut app = over(width, height);
    press(&mut app, KeyCode::Enter);
    app
}

fn empty_summary(width: u16, height: u16) -> App {
    let mut app = in_chat(width, height);
    let ended = MissionEvent::Ended { at: at(9), ending: Ending::AbortUser };
    update(&mut app, Message::Committed(vec![ended]));
    app
}

fn help(width: u16, height: u16) -> App {
    let mut app = library(width, height);
    press(&mut app, KeyCode::F(1));
    app
}

fn leaving(width: u16, height: u16) -> App {
    let mut app = after_four_turns(width, height);
    press(&mut app, KeyCode::Esc);
    app
}

fn quitting(width: u16, height: u16) -> App {
    let mut app = library(width, height);
    chord(&mut app, KeyCode::Char('c'), KeyModifiers::CONTROL);
    app
}

fn trouble(width: u16, height: u16) -> App {
    let mut app = library(width, height);
    update(&mut app, Message::Failed("the database is locked by another program".to_owned()));
    app
}

fn nothing_yet(width: u16, height: u16) -> App {
    app(width, height)
}

/// Names and words as long and as wide as anybody could make them.
fn overgrown(width: u16, height: u16) -> App {
    let mut wild = (*scenario(Tone::Neutral)).clone();
    wild.title = "日本語の題名 ".repeat(20);
    wild.persona.name = "👩‍👩‍👧Donaudampfschifffahrtsgesellschaftskapitän".to_owned();
    wild.persona.role = "x".repeat(300);
    wild.gates.iter_mut().for_each(|gate| gate.title = "ﷺ".repeat(60));
    wild.policy.strikes = 200;
    wild.policy.max_turns = u32::MAX;
    wild.policy.mission_seconds = Some(u32::MAX);
    let mut mission = Mission::new(Arc::new(wild));
    mission.apply(&MissionEvent::Started {
        at: at(0),
        seed: 1,
        opener: Some("x".repeat(500)),
        memory: None,
    });
    let mut app = app(width, height);
    update(&mut app, opened(mission));
    for events in four_turns() {
        update(&mut app, Message::Committed(events));
    }
    update(&mut app, Message::Clock(at(5)));
    update(&mut app, Message::Paste("日本語\n👩‍👩‍👧é\u{301}\n".repeat(50)));
    app
}

type Make = fn(u16, u16) -> App;

const SCREENS: [(&str, Make); 15] = [
    ("nothing_yet", nothing_yet),
    ("library", library),
    ("briefing", briefing),
    ("writing", writing),
    ("streaming", streaming),
    ("scrolled", scrolled),
    ("crisis", crisis),
    ("over", over),
    ("summary", summary),
    ("empty_summary", empty_summary),
    ("help", help),
    ("leaving", leaving),
    ("quitting", quitting),
    ("trouble", trouble),
    ("overgrown", overgrown),
];

#[test]
fn every_screen_looks_as_it_did() {
    for (name, make) in SCREENS {
        snapshot(name, make);
    }
}

#[test]
fn no_screen_breaks_at_any_size() {
    let small = (1..50_u16).flat_map(|width| (1..20_u16).map(move |height| (width, height)));
    let coarse =
        (50..=200_u16).step_by(25).flat_map(|width| (1..=60).step_by(7).map(move |h| (width, h)));
    let sizes: Vec<_> = small.chain(coarse).collect();
    let reports: [Make; 3] = [reports::full, reports::half, reports::grave];
    for make in SCREENS.into_iter().map(|(_, make)| make).chain(reports) {
        // One app is taken through all sizes, as a window that is dragged would take it.
        let mut app = make(80, 24);
        for (width, height) in &sizes {
            update(&mut app, Message::Resized(*width, *height));
            drawn(&app);
        }
    }
}

#[test]
fn a_screen_that_is_too_small_says_so_and_comes_back() {
    let mut app = writing(80, 24);
    let before = drawn(&app);
    update(&mut app, Message::Resized(30, 8));
    assert!(drawn(&app).starts_with("Too small: 30x8"));
    update(&mut app, Message::Resized(80, 24));
    assert_eq!(drawn(&app), before);
}

#[test]
fn ascii_glyphs_draw_ascii_only() {
    let look = Look { theme: ThemeName::Mono, glyphs: GlyphSet::Ascii };
    let mut app = App::new(look, Size { width: 120, height: 36 });
    update(&mut app, opened(begun(Tone::Neutral)));
    for events in four_turns().into_iter().take(6) {
        update(&mut app, Message::Committed(events));
    }
    let screen = drawn(&app);
    let foreign: String = screen.chars().filter(|letter| !letter.is_ascii()).collect();
    assert_eq!(foreign, "");
}

#[test]
fn scrolled_up_the_rows_stay_while_a_reply_streams() {
    let mut app = after_four_turns(60, 20);
    update(&mut app, Message::Committed(vec![spoke(5, "And now?")]));
    press(&mut app, KeyCode::PageUp);
    let body =
        |app: &App| drawn(app).lines().skip(5).take(8).map(str::to_owned).collect::<Vec<_>>();
    let before = body(&app);
    for word in ["One ", "word ", "after ", "the ", "other, ", "and ", "rows ", "of ", "them. "] {
        update(&mut app, Message::ReplyText(word.repeat(4)));
        assert_eq!(body(&app), before);
    }
}

/// A terminal that is only written down, with vt100 to judge what it shows.
struct Judged {
    terminal: Terminal<ThriftyBackend>,
    bytes: Bytes,
    screen: vt100::Parser,
}

impl Judged {
    fn new(width: u16, height: u16) -> Self {
        let bytes = Bytes::default();
        let backend = ThriftyBackend::of_size(bytes.clone(), Size { width, height });
        let cells = |count| std::num::NonZero::new(count).expect("a terminal has cells");
        Self {
            terminal: Terminal::new(backend).expect("a written-down terminal"),
            bytes,
            screen: vt100::Parser::new(cells(height), cells(width), 0),
        }
    }

    /// Draws a frame; how many bytes it took.
    fn draw(&mut self, app: &App) -> usize {
        self.terminal.draw(|frame| view(app, frame)).expect("a written-down terminal");
        let bytes = self.bytes.take();
        self.screen.process(bytes.as_bytes());
        bytes.len()
    }

    /// Everything that can be seen, row by row: letters with their looks, and the caret where it
    /// shows. A cell that was never written looks like one with a space.
    fn seen(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let (height, width) = screen.size();
        let row = |y| {
            let cells = (0..width.get()).filter_map(|x| screen.cell(y, x));
            let looks = cells.map(|cell| {
                let letter = if cell.has_contents() { cell.contents() } else { " " };
                let (fore, back) = (cell.fgcolor(), cell.bgcolor());
                let (bold, dim, reversed) = (cell.bold(), cell.dim(), cell.inverse());
                format!("{letter}{fore:?}{back:?}{bold}{dim}{reversed}")
            });
            looks.collect::<String>()
        };
        let caret = (!screen.hide_cursor()).then(|| screen.cursor_position());
        (0..height.get()).map(row).chain([format!("{caret:?}")]).collect()
    }
}

#[test]
fn what_diffs_add_up_to_is_what_a_fresh_frame_shows() {
    let keys = [
        KeyCode::Char('a'),
        KeyCode::Char('日'),
        KeyCode::Char('👩'),
        KeyCode::Char(' '),
        KeyCode::Backspace,
        KeyCode::Left,
        KeyCode::Up,
        KeyCode::Esc,
        KeyCode::Enter,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
    ];
    for theme in [ThemeName::Dark, ThemeName::Ansi, ThemeName::Mono] {
        let look = Look { theme, glyphs: GlyphSet::Unicode };
        let mut app = App::new(look, Size { width: 80, height: 24 });
        update(&mut app, opened(begun(Tone::Neutral)));
        let mut diffed = Judged::new(80, 24);
        let mut turns = four_turns().into_iter();
        let mut chance = 12_345_u32;
        for step in 0..140 {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if step % 16 == 8
                && let Some(events) = turns.next()
            {
                update(&mut app, Message::Committed(events));
            }
            press(&mut app, keys[(chance >> 16) as usize % keys.len()]);
            diffed.draw(&app);
            let mut fresh = Judged::new(80, 24);
            fresh.draw(&app);
            for (row, fresh_row) in diffed.seen().iter().zip(&fresh.seen()) {
                assert_eq!(row, fresh_row, "{theme:?}, step {step}");
            }
        }
    }
}

#[test]
fn a_letter_and_a_word_cost_few_bytes_and_no_change_costs_none() {
    let look = Look { theme: ThemeName::Dark, glyphs: GlyphSet::Unicode };
    let mut app = App::new(look, Size { width: 200, height: 60 });
    update(&mut app, opened(begun(Tone::Neutral)));
    let mut judged = Judged::new(200, 60);
    type_text(&mut app, "We ");
    judged.draw(&app);
    assert_eq!(judged.draw(&app), 0);
    type_text(&mut app, "s");
    let letter = judged.draw(&app);
    // Eight bytes on each side mark a frame.
    assert!(letter + 16 <= 64, "a letter takes {letter} bytes");
    press(&mut app, KeyCode::Enter);
    update(&mut app, Message::Committed(vec![spoke(1, "We s")]));
    update(&mut app, Message::ReplyText("Two ".to_owned()));
    judged.draw(&app);
    update(&mut app, Message::ReplyText("weeks ".to_owned()));
    let word = judged.draw(&app);
    assert!(word + 16 <= 120, "a word takes {word} bytes");
}
