//! What keys and news do.

use super::*;

fn chat_text(app: &App) -> String {
    app.chat.as_ref().map(|chat| chat.composer.text().to_owned()).unwrap_or_default()
}

#[test]
fn from_the_list_over_the_briefing_into_a_mission() {
    let mut app = app(80, 24);
    update(&mut app, library_message(Vec::new()));
    assert!(press(&mut app, KeyCode::Enter).is_empty());
    assert!(matches!(app.screen, Screen::Briefing(_)));
    press(&mut app, KeyCode::Esc);
    assert!(matches!(app.screen, Screen::Library));
    press(&mut app, KeyCode::Enter);
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(effects, [Effect::Start(scenario(Tone::Neutral))]);
    update(&mut app, opened(begun(Tone::Neutral)));
    assert!(matches!(app.screen, Screen::Chat));
}

#[test]
fn an_unfinished_mission_stands_on_top_and_is_taken_up() {
    let mut app = app(80, 24);
    update(&mut app, library_message(vec![unfinished()]));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Resume(mission_id())]);
}

#[test]
fn tab_goes_from_category_to_category_and_round() {
    let mut app = app(80, 24);
    update(&mut app, library_message(vec![unfinished()]));
    press(&mut app, KeyCode::Tab);
    press(&mut app, KeyCode::Tab);
    assert!(drawn(&app).contains("▸ The car keys"));
    press(&mut app, KeyCode::Tab);
    assert!(drawn(&app).contains("▸ Ask Renee"));
}

#[test]
fn a_line_is_sent_once_and_the_composer_is_free_for_the_next() {
    let mut app = in_chat(80, 24);
    type_text(&mut app, "We slip.");
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Say("We slip.".to_owned())]);
    assert_eq!(chat_text(&app), "");
    type_text(&mut app, "next");
    assert!(press(&mut app, KeyCode::Enter).is_empty(), "not while the answer is awaited");
    assert_eq!(chat_text(&app), "next");
    update(&mut app, Message::Committed(vec![spoke(1, "We slip.")]));
    update(&mut app, Message::Committed(vec![answered(1, "When?")]));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Say("next".to_owned())]);
}

#[test]
fn enter_alone_sends_nothing() {
    let mut app = in_chat(80, 24);
    assert!(press(&mut app, KeyCode::Enter).is_empty());
    type_text(&mut app, "   ");
    assert!(press(&mut app, KeyCode::Enter).is_empty());
}

#[test]
fn new_lines_by_three_chords_and_by_paste() {
    let mut app = in_chat(80, 24);
    for (code, modifiers) in [
        (KeyCode::Enter, KeyModifiers::ALT),
        (KeyCode::Enter, KeyModifiers::SHIFT),
        (KeyCode::Char('j'), KeyModifiers::CONTROL),
    ] {
        type_text(&mut app, "a");
        assert!(chord(&mut app, code, modifiers).is_empty());
    }
    assert_eq!(chat_text(&app), "a\na\na\n");
    update(&mut app, Message::Paste("one\r\ntwo\u{1b}[31m\n".to_owned()));
    assert_eq!(chat_text(&app), "a\na\na\none\ntwo\n");
    let key = KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE);
    assert!(update(&mut app, Message::Key { key, pasted: true }).is_empty());
    assert!(chat_text(&app).ends_with("\n\n"), "a pasted Enter is text");
}

#[test]
fn up_brings_back_what_was_said() {
    let mut app = after_four_turns(80, 24);
    press(&mut app, KeyCode::Up);
    assert!(chat_text(&app).starts_with("Sorry."));
    press(&mut app, KeyCode::Up);
    press(&mut app, KeyCode::Up);
    assert_eq!(chat_text(&app), "hm");
}

#[test]
fn a_reply_streams_is_withdrawn_and_comes_again() {
    let mut app = in_chat(80, 24);
    update(&mut app, Message::Committed(vec![spoke(1, "We slip.")]));
    update(&mut app, Message::ReplyText("Two we".to_owned()));
    update(&mut app, Message::ReplyText("eks?".to_owned()));
    assert!(drawn(&app).contains("Two weeks?▍"));
    update(&mut app, Message::ReplyRetracted);
    assert!(!drawn(&app).contains("Two weeks"));
    update(&mut app, Message::ReplyText("Say that ag".to_owned()));
    let whole =
        vec![read(1, reading(70.0, 0.8, BoundaryRisk::Low, &[])), answered(1, "Say that again.")];
    update(&mut app, Message::Committed(whole));
    let screen = drawn(&app);
    assert_eq!(screen.matches("Say that").count(), 1, "{screen}");
    assert!(!screen.contains('▍'));
}

#[test]
fn esc_stops_an_answer_and_otherwise_asks_about_leaving() {
    let mut app = in_chat(80, 24);
    update(&mut app, Message::Committed(vec![spoke(1, "We slip.")]));
    update(&mut app, Message::ReplyText("Two we".to_owned()));
    assert_eq!(press(&mut app, KeyCode::Esc), [Effect::CancelTurn]);
    update(&mut app, Message::ReplyRetracted);
    let stopped = MissionEvent::TurnCancelled { turn: TurnIndex(1), at: at(2) };
    update(&mut app, Message::Committed(vec![stopped]));
    assert!(drawn(&app).contains("You stopped the answer"));
    assert!(press(&mut app, KeyCode::Esc).is_empty());
    assert!(matches!(app.overlay, Some(Overlay::Leave { .. })));
}

#[test]
fn leaving_keeps_the_mission_or_ends_it() {
    let mut app = after_four_turns(80, 24);
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Down);
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Park, Effect::FindUnfinished]);
    assert!(matches!(app.screen, Screen::Library));

    let mut app = after_four_turns(80, 24);
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Up);
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Leave]);
    let ended = MissionEvent::Ended { at: at(9), ending: Ending::AbortUser };
    update(&mut app, Message::Committed(vec![ended]));
    assert!(matches!(app.screen, Screen::Summary(_)));
}

#[test]
fn the_first_interrupt_asks_and_the_second_quits() {
    let interrupt = |app: &mut App| chord(app, KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut app = after_four_turns(80, 24);
    assert!(interrupt(&mut app).is_empty());
    assert_eq!(interrupt(&mut app), [Effect::Park, Effect::Quit]);
    let mut app = super::app(80, 24);
    assert!(interrupt(&mut app).is_empty());
    assert_eq!(interrupt(&mut app), [Effect::Quit]);
}

#[test]
fn an_answer_that_failed_can_be_asked_for_again_or_done_without() {
    let mut app = in_chat(80, 24);
    type_text(&mut app, "We slip.");
    press(&mut app, KeyCode::Enter);
    update(&mut app, Message::Committed(vec![spoke(1, "We slip.")]));
    update(&mut app, Message::TurnFailed("the server hung up".to_owned()));
    assert!(drawn(&app).contains("the server hung up"));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::AskAgain]);
    update(&mut app, Message::TurnFailed("the server hung up".to_owned()));
    assert_eq!(press(&mut app, KeyCode::Esc), [Effect::CancelTurn]);
}

#[test]
fn a_line_that_could_not_be_saved_goes_back_to_the_composer() {
    let mut app = in_chat(80, 24);
    type_text(&mut app, "We slip.");
    press(&mut app, KeyCode::Enter);
    update(&mut app, Message::TurnFailed("the disk is full".to_owned()));
    assert_eq!(chat_text(&app), "We slip.");
    assert!(drawn(&app).contains("the disk is full"));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Say("We slip.".to_owned())]);
}

#[test]
fn a_crisis_shows_help_first_and_enter_on_its_way_does_no_harm() {
    let mut app = in_chat(80, 24);
    update(&mut app, Message::Committed(vec![spoke(1, "…")]));
    let paused = MissionEvent::CrisisPaused { turn: TurnIndex(1), at: at(1) };
    update(&mut app, Message::Committed(vec![paused]));
    assert!(drawn(&app).contains("988"));
    assert!(press(&mut app, KeyCode::Esc).is_empty());
    assert!(matches!(app.overlay, Some(Overlay::Crisis { .. })), "Esc does not wave it away");
    press(&mut app, KeyCode::Up);
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::ResumePaused]);
    update(&mut app, Message::Committed(vec![MissionEvent::Resumed { at: at(2) }]));
    assert!(app.overlay.is_none());

    let mut app = in_chat(80, 24);
    update(&mut app, Message::Committed(vec![spoke(1, "…")]));
    let paused = MissionEvent::CrisisPaused { turn: TurnIndex(1), at: at(1) };
    update(&mut app, Message::Committed(vec![paused]));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Park, Effect::FindUnfinished]);
}

#[test]
fn the_end_leaves_the_last_words_on_screen_until_enter() {
    let mut app = after_four_turns(80, 24);
    let ended = MissionEvent::Ended { at: at(9), ending: Ending::SuccessGateSequence };
    update(&mut app, Message::Committed(vec![ended]));
    assert!(matches!(app.screen, Screen::Chat));
    assert!(drawn(&app).contains("You passed every gate."));
    press(&mut app, KeyCode::Enter);
    assert!(matches!(app.screen, Screen::Summary(_)));
    assert_eq!(press(&mut app, KeyCode::Enter), [Effect::Start(scenario(Tone::Neutral))]);
}

#[test]
fn a_clock_that_ran_down_is_reported() {
    let mut timed = (*scenario(Tone::Neutral)).clone();
    timed.policy.seconds_per_turn = Some(60);
    let mut mission = Mission::new(Arc::new(timed));
    mission.apply(&MissionEvent::Started { at: at(0), seed: 1, opener: None, memory: None });
    let mut app = app(80, 24);
    update(&mut app, opened(mission));
    assert!(app.has_running_clock());
    assert!(update(&mut app, Message::Clock(at(15))).is_empty());
    assert!(drawn(&app).contains("0:45 to answer"));
    assert_eq!(update(&mut app, Message::Clock(at(60))), [Effect::ClockRanDown]);
}

#[test]
fn a_grave_subject_has_no_celebration_and_no_rewards() {
    let shown = |tone| {
        let mut app = app(120, 36);
        update(&mut app, opened(begun(tone)));
        for events in four_turns() {
            update(&mut app, Message::Committed(events));
        }
        let ended = MissionEvent::Ended { at: at(9), ending: Ending::SuccessGateSequence };
        update(&mut app, Message::Committed(vec![ended]));
        let chat = drawn(&app);
        press(&mut app, KeyCode::Enter);
        chat + &drawn(&app)
    };
    assert!(shown(Tone::Neutral).contains("Epic line") && shown(Tone::Neutral).contains("XP"));
    assert!(!shown(Tone::Grave).contains("Epic line") && !shown(Tone::Grave).contains("XP"));
}

#[test]
fn what_a_mission_says_is_the_same_live_and_taken_up_again() {
    let live = after_four_turns(80, 60);
    let mut mission = begun(Tone::Neutral);
    four_turns().iter().flatten().for_each(|event| mission.apply(event));
    let mut resumed = app(80, 60);
    update(&mut resumed, opened(mission));
    let (live, resumed) = (drawn(&live), drawn(&resumed));
    let without_strikes = |screen: &str| {
        let lines: Vec<_> = screen.lines().filter(|line| !line.contains("Strike:")).collect();
        lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(without_strikes(&live), without_strikes(&resumed));
}

#[test]
fn a_clock_that_ran_out_does_not_show_the_last_turn_twice() {
    let mut app = in_chat(80, 24);
    let events = vec![spoke(1, "We slip by two weeks."), answered(1, "Two weeks.")];
    update(&mut app, Message::Committed(events));
    let extended = MissionEvent::TimeExtended { turn: TurnIndex(2) };
    update(&mut app, Message::Committed(vec![extended]));
    let out = vec![
        MissionEvent::TimeExpired { turn: TurnIndex(2), at: at(99) },
        MissionEvent::Ended { at: at(99), ending: Ending::FailTimer },
    ];
    update(&mut app, Message::Committed(out));
    let screen = drawn(&app);
    assert_eq!(screen.matches("We slip by two weeks.").count(), 1, "{screen}");
}
