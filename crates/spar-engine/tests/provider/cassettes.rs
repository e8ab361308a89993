//! Recording and replaying.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use spar_core::chat::{ChatMessage, ChatRequest, ChatRole};
use spar_engine::clock::Clock;
use spar_engine::provider::{
    CassetteConfig, CassetteError, CassetteMode, CassetteProvider, Provider, ProviderError,
    RoleModels, ScriptedAnswer, ScriptedProvider,
};
use tempfile::TempDir;

use crate::ask::{ask, request, structured_request};

const HEADER: &str = "{\"spar_cassette\":1}\n";

fn settings(path: &Path, mode: CassetteMode) -> CassetteConfig {
    CassetteConfig { path: path.to_owned(), mode, pace: false, models: RoleModels::single("tiny") }
}

fn open(
    path: &Path,
    mode: CassetteMode,
    inner: Option<Arc<ScriptedProvider>>,
) -> Result<CassetteProvider, CassetteError> {
    let inner = inner.map(|inner| inner as Arc<dyn Provider>);
    CassetteProvider::open(settings(path, mode), inner, Clock::seeded(1))
}

fn script(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Option<Arc<ScriptedProvider>> {
    Some(Arc::new(ScriptedProvider::new(answers)))
}

fn saying(text: &str) -> ChatRequest {
    let mut request = request();
    request.messages.push(ChatMessage::new(ChatRole::User, text));
    request
}

fn busy() -> ProviderError {
    ProviderError::RateLimited {
        url: "http://h/v1".to_owned(),
        message: "busy".to_owned(),
        retry_after: Some(Duration::from_millis(1_500)),
    }
}

struct Place {
    _directory: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("run.cassette");
    Place { _directory: directory, path }
}

#[tokio::test]
async fn what_was_recorded_is_replayed_to_the_letter() {
    let place = place();
    let inner = script([
        ScriptedAnswer::pieces(["first", " answer"]),
        ScriptedAnswer::pieces(["second ", "\u{1f600}\n"]),
        ScriptedAnswer::broken(["half"], busy()),
        ScriptedAnswer::text("structured"),
    ]);
    let requests = [request(), request(), saying("x"), structured_request()];
    let recorder = open(&place.path, CassetteMode::Record, inner).expect("a new cassette");
    let mut recorded = Vec::new();
    for request in &requests {
        recorded.push(ask(&recorder, request).await);
    }
    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    // Different requests in any order, the same one in its own.
    for index in [3, 2, 0, 1] {
        assert_eq!(ask(&player, &requests[index]).await, recorded[index], "request {index}");
    }
    assert_eq!(player.name(), "cassette");
}

#[tokio::test]
async fn what_was_not_recorded_fails_loudly() {
    let place = place();
    let recorder = open(&place.path, CassetteMode::Record, script([ScriptedAnswer::text("x")]));
    ask(&recorder.expect("a new cassette"), &request()).await.1.expect("recorded");
    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    ask(&player, &request()).await.1.expect("replayed");
    let mut other_sampling = request();
    other_sampling.sampling.seed = Some(1);
    for unknown in [request(), saying("x"), structured_request(), other_sampling] {
        let error = ask(&player, &unknown).await.1.expect_err("not recorded");
        assert!(
            matches!(&error, ProviderError::Unmatched { hash, .. } if hash.len() == 64),
            "{error}"
        );
    }
    let mut other_model = settings(&place.path, CassetteMode::Replay);
    other_model.models = RoleModels::single("large");
    let player = CassetteProvider::open(other_model, None, Clock::seeded(1)).expect("a cassette");
    let error = ask(&player, &request()).await.1.expect_err("another model");
    assert!(matches!(error, ProviderError::Unmatched { .. }));
}

#[tokio::test]
async fn auto_asks_only_for_what_is_missing_or_failed() {
    let place = place();
    let inner = script([ScriptedAnswer::text("one"), ScriptedAnswer::error(busy())]);
    let first = open(&place.path, CassetteMode::Auto, inner).expect("a new cassette");
    ask(&first, &request()).await.1.expect("asked");
    ask(&first, &saying("x")).await.1.expect_err("asked, and busy");

    let inner = script([ScriptedAnswer::text("two"), ScriptedAnswer::text("three")]);
    let second = open(&place.path, CassetteMode::Auto, inner.clone()).expect("a cassette");
    assert_eq!(ask(&second, &request()).await.1.expect("replayed").text, "one");
    assert_eq!(ask(&second, &saying("x")).await.1.expect("asked again").text, "two");
    assert_eq!(ask(&second, &request()).await.1.expect("asked").text, "three");
    assert_eq!(inner.map(|inner| inner.asked().len()), Some(2));

    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    for (request, text) in [(request(), "one"), (request(), "three"), (saying("x"), "two")] {
        assert_eq!(ask(&player, &request).await.1.expect("recorded").text, text);
    }
}

#[tokio::test]
async fn a_cancelled_exchange_leaves_no_gap() {
    let place = place();
    let inner = script([ScriptedAnswer::stall(["never"]), ScriptedAnswer::text("x")]);
    let recorder = open(&place.path, CassetteMode::Record, inner).expect("a new cassette");
    let cancelled = request();
    tokio::select! {
        biased;
        result = ask(&recorder, &cancelled) => panic!("{result:?}"),
        () = std::future::ready(()) => {}
    }
    ask(&recorder, &request()).await.1.expect("recorded");
    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    assert_eq!(ask(&player, &request()).await.1.expect("replayed").text, "x");
}

#[tokio::test]
async fn recording_replaces_an_old_cassette() {
    let place = place();
    for text in ["old", "new"] {
        let inner = script([ScriptedAnswer::text(text)]);
        let recorder = open(&place.path, CassetteMode::Record, inner).expect("a cassette");
        ask(&recorder, &request()).await.1.expect("recorded");
    }
    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    assert_eq!(ask(&player, &request()).await.1.expect("replayed").text, "new");
    assert!(ask(&player, &request()).await.1.is_err());
}

#[tokio::test]
async fn what_is_wrong_on_our_side_is_not_recorded() {
    let place = place();
    let inner = script([]);
    let recorder = open(&place.path, CassetteMode::Record, inner).expect("a new cassette");
    ask(&recorder, &request()).await.1.expect_err("an empty script");
    assert_eq!(std::fs::read_to_string(&place.path).expect("a file"), HEADER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_write_whole_lines_and_each_answer_is_played_once() {
    let place = place();
    let texts: Vec<String> =
        (0..100).map(|number| format!("{number} {}", "x".repeat(500))).collect();
    let inner = script(texts.iter().map(ScriptedAnswer::text));
    let mut played = Vec::new();
    for mode in [CassetteMode::Record, CassetteMode::Replay] {
        let inner = inner.clone().filter(|_| mode == CassetteMode::Record);
        let provider = Arc::new(open(&place.path, mode, inner).expect("a cassette"));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let provider = Arc::clone(&provider);
            tasks
                .spawn(async move { ask(&*provider, &request()).await.1.expect("an answer").text });
        }
        played = tasks.join_all().await;
    }
    played.sort();
    let mut expected = texts;
    expected.sort();
    assert_eq!(played, expected);
}

/// Waits are real only when asked for, and then as long as they were.
#[tokio::test(start_paused = true)]
async fn pace() {
    let place = place();
    let line = r#"{"hash":"HASH","repeat":0,"task":"chat_turn","chunks":[[250.0,"a"],[400.5,"b"]],"outcome":{"text":"ab","model":"m","finish":"stop","mode":"plain","usage":{},"ttft_ms":250.0,"total_ms":600.0,"attempts":1}}"#;
    std::fs::write(&place.path, HEADER).expect("written");
    let player = open(&place.path, CassetteMode::Replay, None).expect("a cassette");
    let error = ask(&player, &request()).await.1.expect_err("nothing recorded");
    let ProviderError::Unmatched { hash, .. } = error else { panic!("{error}") };
    std::fs::write(&place.path, format!("{HEADER}{}\n", line.replace("HASH", &hash)))
        .expect("written");

    for (pace, expected) in [(false, [0, 0, 0]), (true, [250, 401, 600])] {
        let config = CassetteConfig { pace, ..settings(&place.path, CassetteMode::Replay) };
        let player = CassetteProvider::open(config, None, Clock::seeded(1)).expect("a cassette");
        let started = tokio::time::Instant::now();
        let mut times = Vec::new();
        let request = request();
        let outcome = player
            .chat(&request, &mut |_| times.push(started.elapsed().as_millis()))
            .await
            .expect("replayed");
        times.push(started.elapsed().as_millis());
        assert_eq!(times, expected, "pace {pace}");
        assert_eq!((outcome.ttft_ms, outcome.total_ms), (Some(250.0), 600.0));
    }
}

#[test]
fn cassettes_that_cannot_be_used_say_why() {
    let place = place();
    let problem = |content: &[u8], mode: CassetteMode| {
        std::fs::write(&place.path, content).expect("written");
        let error = open(&place.path, mode, script([])).err().map(|error| error.to_string());
        error.map(|error| error.replace(&place.path.display().to_string(), "FILE"))
    };
    let again = "; record it again with --cassette record";
    let replay = CassetteMode::Replay;
    assert_eq!(
        problem(b"", replay),
        Some(format!("cassette FILE, line 1: the file is empty{again}"))
    );
    assert_eq!(
        problem(b"hello\n", replay),
        Some(format!(
            "cassette FILE, line 1: no cassette: the first line should be {{\"spar_cassette\":1}}{again}"
        ))
    );
    assert_eq!(
        problem(b"{\"spar_cassette\":2}\n", replay),
        Some(format!("cassette FILE, line 1: format 2, but this version reads 1{again}"))
    );
    let bad_lines: [&[u8]; 4] =
        [b"{}", b"\xff\xfe", b"[1]", b"{\"hash\":\"a\",\"repeat\":0,\"task\":\"t\",\"chunks\":[]}"];
    for bad in bad_lines {
        for mode in [replay, CassetteMode::Auto] {
            let content = [HEADER.as_bytes(), bad, b"\n"].concat();
            let problem = problem(&content, mode).expect("malformed");
            assert!(problem.starts_with("cassette FILE, line 2: "), "{problem}");
        }
    }
    let missing =
        open(&place.path.join("nowhere"), replay, None).err().map(|error| error.to_string());
    assert!(missing.is_some_and(|error| error.contains("nowhere")));
    assert!(matches!(
        open(&place.path, CassetteMode::Record, None),
        Err(CassetteError::NoProvider { .. })
    ));
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_is_recorded_again() {
    let place = place();
    let inner = script([ScriptedAnswer::text("one"), ScriptedAnswer::text("two")]);
    let recorder = open(&place.path, CassetteMode::Record, inner).expect("a new cassette");
    ask(&recorder, &request()).await.1.expect("recorded");
    ask(&recorder, &saying("x")).await.1.expect("recorded");
    let content = std::fs::read(&place.path).expect("a file");
    std::fs::write(&place.path, &content[..content.len() - 9]).expect("cut");

    let error = open(&place.path, CassetteMode::Replay, None).err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| error.contains("line 3: the last line is cut off")));
    let auto = open(&place.path, CassetteMode::Auto, script([ScriptedAnswer::text("again")]));
    let auto = auto.expect("the rest is intact");
    assert_eq!(ask(&auto, &request()).await.1.expect("replayed").text, "one");
    assert_eq!(ask(&auto, &saying("x")).await.1.expect("asked").text, "again");
    let player = open(&place.path, CassetteMode::Replay, None).expect("mended");
    assert_eq!(ask(&player, &saying("x")).await.1.expect("replayed").text, "again");
}

#[tokio::test]
async fn a_header_typed_by_hand_is_a_cassette() {
    let place = place();
    std::fs::write(&place.path, HEADER.trim_end()).expect("written");
    let auto = open(&place.path, CassetteMode::Auto, script([ScriptedAnswer::text("x")]));
    ask(&auto.expect("a cassette"), &request()).await.1.expect("recorded");
    let player = open(&place.path, CassetteMode::Replay, None).expect("two lines");
    assert_eq!(ask(&player, &request()).await.1.expect("replayed").text, "x");
}
