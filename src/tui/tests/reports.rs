//! The end of a mission: its report on the screen, whole, half-made and of a grave subject.

use std::collections::BTreeMap;

use ratatui::buffer::Cell;
use spar_core::analysis::skills::Fusion;
use spar_core::analysis::{Context, History, Results, offline};
use spar_core::ids::SessionId;
use spar_core::job::Stage;
use spar_core::report::{Freshness, MissionFacts, Report, ReportInput, StageStatus, build};

use super::*;
use crate::tui::app::USEFUL;
use crate::tui::keep::save;

/// With a side panel elsewhere, a common one, the smallest of comfort, and the smallest there is.
const SIZES: [(u16, u16); 4] = [(120, 36), (80, 24), (60, 20), (USEFUL.width, USEFUL.height)];

/// Four turns, and the end.
fn played(tone: Tone) -> Mission {
    let mut mission = begun(tone);
    four_turns().iter().flatten().for_each(|event| mission.apply(event));
    mission.apply(&ended());
    mission
}

fn ended() -> MissionEvent {
    MissionEvent::Ended { at: at(9), ending: Ending::AbortUser }
}

/// The report of a mission of which the first so many stages are studied; the others stand so.
fn report(tone: Tone, studied: usize, others: &Freshness) -> Box<Report> {
    let mission = played(tone);
    let (history, mut results) = (History::default(), Results::default());
    let mut stages = BTreeMap::new();
    for (at, stage) in Stage::ALL.into_iter().enumerate() {
        let freshness = if at < studied { Freshness::Fresh } else { others.clone() };
        stages.insert(stage, StageStatus { freshness, made: None });
        if at < studied {
            let output = offline(
                stage,
                &Context {
                    mission_id: mission_id(),
                    mission: &mission,
                    history: &history,
                    results: &results,
                    fusion: &Fusion::default(),
                    since: TurnIndex(0),
                    previous: None,
                },
            );
            results.insert(output);
        }
    }
    let facts = MissionFacts {
        mission_id: mission_id(),
        session_id: Some(SessionId::from_parts(at(0), [7; 10])),
        started_at: at(0),
        ended_at: Some(at(9)),
        provider: "embedded".to_owned(),
        model: "embedded".to_owned(),
        run: None,
        imported: false,
    };
    Box::new(build(&ReportInput {
        mission: &mission,
        facts: &facts,
        results: &results,
        stages: &stages,
        costs: &[],
        previous: None,
    }))
}

fn full_report(tone: Tone) -> Box<Report> {
    report(tone, Stage::ALL.len(), &Freshness::Fresh)
}

fn half_report() -> Box<Report> {
    report(Tone::Neutral, 5, &Freshness::InProgress)
}

fn waiting_report() -> Box<Report> {
    let reason = "a model will be asked again: the server is away".to_owned();
    report(Tone::Neutral, 9, &Freshness::Waiting { reason })
}

/// At the end of a mission that was left, before there is a report.
fn at_the_end(look: Look, tone: Tone, (width, height): (u16, u16)) -> App {
    let mut app = App::new(look, Size { width, height });
    update(&mut app, opened(begun(tone)));
    for events in four_turns() {
        update(&mut app, Message::Committed(events));
    }
    update(&mut app, Message::Committed(vec![ended()]));
    assert!(matches!(app.screen, Screen::Summary(_)));
    app
}

const MONO: Look = Look { theme: ThemeName::Mono, glyphs: GlyphSet::Unicode };

fn with_report(size: (u16, u16), report: Box<Report>) -> App {
    let mut app = at_the_end(MONO, report.mission.tone, size);
    update(&mut app, Message::Report(report));
    app
}

pub(super) fn full(width: u16, height: u16) -> App {
    with_report((width, height), full_report(Tone::Neutral))
}

pub(super) fn half(width: u16, height: u16) -> App {
    with_report((width, height), half_report())
}

pub(super) fn grave(width: u16, height: u16) -> App {
    with_report((width, height), full_report(Tone::Grave))
}

/// The first row shown.
fn top(app: &App) -> usize {
    match &app.screen {
        Screen::Summary(summary) => summary.top,
        other => panic!("not at the end but at {other:?}"),
    }
}

/// What stands on a row of the screen below the heading.
fn row(app: &App, at: usize) -> String {
    drawn(app).lines().nth(3 + at).unwrap_or_default().trim().to_owned()
}

#[test]
fn reports_look_as_they_did() {
    let waiting = |width, height| with_report((width, height), waiting_report());
    for size in SIZES {
        let (width, height) = size;
        for (name, app) in [
            ("full", full(width, height)),
            ("half", half(width, height)),
            ("grave", grave(width, height)),
            ("waiting", waiting(width, height)),
        ] {
            insta::assert_snapshot!(format!("report_{name}_{width}x{height}"), drawn(&app));
        }
    }
}

/// The whole report, page after page.
#[test]
fn a_whole_report_read_to_its_end() {
    for (columns, name) in [(120, "wide"), (60, "narrow")] {
        insta::assert_snapshot!(format!("report_read_{name}"), drawn(&full(columns, 200)));
    }
}

/// The screen with a word for each style that is used, where it begins.
fn styled(app: &App) -> String {
    let backend = TestBackend::new(app.size.width, app.size.height);
    let mut terminal = Terminal::new(backend).expect("a test terminal");
    terminal.draw(|frame| view(app, frame)).expect("a test terminal");
    let buffer = terminal.backend().buffer();
    let style = |cell: &Cell| format!("{}/{} {:?}", cell.fg, cell.bg, cell.modifier);
    let mut known: Vec<String> = Vec::new();
    let mut text = String::new();
    for cells in buffer.content.chunks(usize::from(app.size.width)) {
        let mut before = usize::MAX;
        let mut row = String::new();
        for cell in cells {
            let style = style(cell);
            let at = known.iter().position(|known| *known == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            if at != before && cell.symbol() != " " {
                row.push_str(&format!("<{at}>"));
                before = at;
            }
            row.push_str(cell.symbol());
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    for (at, style) in known.iter().enumerate() {
        text.push_str(&format!("{at}: {style}\n"));
    }
    text
}

#[test]
fn every_theme_shows_the_same_words_in_its_own_colours() {
    let shown = |theme| {
        let look = Look { theme, glyphs: GlyphSet::Unicode };
        let mut app = at_the_end(look, Tone::Neutral, (60, 20));
        update(&mut app, Message::Report(half_report()));
        press(&mut app, KeyCode::Char('n'));
        (drawn(&app), styled(&app))
    };
    let (words, _) = shown(ThemeName::Mono);
    for (theme, name) in [
        (ThemeName::Dark, "dark"),
        (ThemeName::Light, "light"),
        (ThemeName::Ansi, "ansi"),
        (ThemeName::Mono, "mono"),
    ] {
        let (drawn, styled) = shown(theme);
        assert_eq!(drawn, words, "{name}");
        insta::assert_snapshot!(format!("report_in_{name}"), styled);
    }
}

#[test]
fn ascii_reports_are_ascii_but_for_what_was_said() {
    let look = Look { theme: ThemeName::Mono, glyphs: GlyphSet::Ascii };
    let mut app = at_the_end(look, Tone::Neutral, (100, 300));
    update(&mut app, Message::Report(full_report(Tone::Neutral)));
    let screen = drawn(&app);
    let foreign: Vec<_> =
        screen.lines().filter(|line| !line.is_ascii() && !line.contains("日本語")).collect();
    assert_eq!(foreign, Vec::<&str>::new());
}

#[test]
fn more_of_a_report_moves_neither_the_reader_nor_the_choice() {
    let mut app = half(80, 24);
    press(&mut app, KeyCode::Right);
    // In the middle of what was said, which everything that comes stands before.
    while !drawn(&app).lines().nth(3).is_some_and(|row| row.contains("Everything that was said")) {
        let before = top(&app);
        press(&mut app, KeyCode::Char('n'));
        assert!(top(&app) > before, "the heading is never on top");
    }
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Down);
    let before = (top(&app), row(&app, 0));
    update(&mut app, Message::Report(full_report(Tone::Neutral)));
    assert_eq!(row(&app, 0), before.1, "the same row is on top");
    assert_ne!(top(&app), before.0, "though rows came in above it");
    assert!(drawn(&app).contains("▸ Back to the list"), "{}", drawn(&app));
}

#[test]
fn at_the_beginning_one_stays_there() {
    let mut app = at_the_end(MONO, Tone::Neutral, (80, 24));
    update(&mut app, Message::Report(half_report()));
    update(&mut app, Message::Report(full_report(Tone::Neutral)));
    assert_eq!(top(&app), 0);
    assert_eq!(row(&app, 0), "Tell Dana the launch slips");
}

#[test]
fn another_width_wraps_anew_and_keeps_the_section() {
    let mut app = full(120, 36);
    press(&mut app, KeyCode::Char('n'));
    press(&mut app, KeyCode::Char('n'));
    let heading = row(&app, 0).replace('─', "");
    assert!(!heading.trim().is_empty());
    for width in [50, 200, 61] {
        update(&mut app, Message::Resized(width, 20));
        assert_eq!(row(&app, 0).replace('─', "").trim(), heading.trim(), "at {width}");
        let widest = drawn(&app).lines().map(super::super::text::width).max();
        assert!(widest <= Some(usize::from(width)));
    }
}

#[test]
fn a_report_that_comes_after_play_again_is_not_shown() {
    let mut app = at_the_end(MONO, Tone::Neutral, (80, 24));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Start(scenario(Tone::Neutral))]);
    update(&mut app, Message::Report(half_report()));
    update(&mut app, opened(begun(Tone::Neutral)));
    update(&mut app, Message::Report(full_report(Tone::Neutral)));
    assert!(matches!(app.screen, Screen::Chat));
    update(&mut app, Message::Committed(vec![ended()]));
    let screen = drawn(&app);
    assert!(screen.contains("Nothing was said."), "that of the new mission:\n{screen}");
}

#[test]
fn what_is_still_to_come_is_said_and_then_not_any_more() {
    let mut app = half(80, 24);
    assert!(drawn(&app).contains("Analysis 31 %: sections appear as they are ready"));
    update(&mut app, Message::Report(waiting_report()));
    assert!(drawn(&app).contains("waits for the model; `spar report --last` shows it later"));
    update(&mut app, Message::Report(full_report(Tone::Neutral)));
    let screen = drawn(&app);
    assert!(!screen.contains("Analysis ") && !screen.contains("waits for"), "{screen}");
}

#[test]
fn n_goes_from_section_to_section_and_back() {
    let mut app = full(80, 24);
    let mut tops = vec![top(&app)];
    for _ in 0..50 {
        press(&mut app, KeyCode::Char('n'));
        if tops.last() == Some(&top(&app)) {
            break;
        }
        tops.push(top(&app));
        // The last page begins in the middle of a section when that is shorter than the screen.
        let is_last = !drawn(&app).contains("more");
        assert!(is_last || row(&app, 0).starts_with("── "), "{}", drawn(&app));
    }
    assert!(tops.len() > 5, "{tops:?}");
    for _ in 0..tops.len() {
        press(&mut app, KeyCode::Char('N'));
    }
    assert_eq!(top(&app), 0);
}

#[test]
fn s_keeps_the_report_that_is_shown_and_says_where() {
    let mut app = at_the_end(MONO, Tone::Neutral, (80, 24));
    assert!(press(&mut app, KeyCode::Char('s')).is_empty(), "there is none yet");
    update(&mut app, Message::Report(half_report()));
    assert_eq!(press(&mut app, KeyCode::Char('s')), [Effect::SaveReport(half_report())]);
    update(&mut app, Message::ReportSaved(Ok("/home/me/spar-report-x.html".into())));
    assert!(drawn(&app).contains("Saved as spar-report-x.html in /home/me"));
    press(&mut app, KeyCode::Down);
    assert!(drawn(&app).contains("Analysis 31 %"));
    update(&mut app, Message::ReportSaved(Err("the disk is full".to_owned())));
    assert!(drawn(&app).contains("Could not be saved: the disk is full"));
}

#[test]
fn a_kept_report_replaces_none_that_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut report = full_report(Tone::Neutral);
    let first = save(&report, folder.path()).expect("it is written");
    let name = first.file_name().expect("a name").to_string_lossy().into_owned();
    // The day before or after, where the machine's clock is that far from London's.
    assert!(name.starts_with("spar-report-launch-slip-2023-11-1"), "{name}");
    let page = std::fs::read_to_string(&first).expect("it is there");
    assert_eq!(page, spar_core::report::html(&report));
    let second = save(&half_report(), folder.path()).expect("it is written");
    assert_eq!(second.to_string_lossy(), first.to_string_lossy().replace(".html", "-2.html"));
    assert_eq!(std::fs::read_to_string(&first).expect("it is there"), page);
    report.mission.scenario_id = "../my talk".to_owned();
    let third = save(&report, folder.path()).expect("it is written");
    assert_eq!(third.parent(), Some(folder.path()), "it stays in its folder");
    save(&report, &folder.path().join("nowhere")).expect_err("there is no such folder");
    // Pages only, each whole: what they were written in is gone.
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.path()).collect();
    names.sort();
    let mut pages = [first, second, third];
    pages.sort();
    assert_eq!(names, pages);
    for page in pages {
        let page = std::fs::read_to_string(page).expect("it is there");
        assert!(page.trim_end().ends_with("</html>"), "{page}");
    }
}

#[test]
fn the_keys_of_a_report_are_named_however_narrow_the_screen() {
    for columns in [60, 80, 120] {
        let screen = drawn(&full(columns, 24));
        let footer = screen.lines().last().expect("a footer").to_owned();
        for keys in ["Enter go", "n/N section", "s save", "F1 all keys"] {
            assert!(footer.contains(keys), "{columns}: {footer}");
        }
    }
}
