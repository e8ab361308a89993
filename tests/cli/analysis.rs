//! `spar report`, `spar worker` and `spar run --analyze`: what missions leave behind, and what comes
//! of it.

use std::fs;

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::home::{Home, json_lines};
use super::server::{Answer, Server};

/// A home with one conversation of a run in `a.db`, that nobody has studied.
fn played() -> Home {
    let home = Home::new();
    home.spar(&["run", "launch-slip", "--db", "a.db"]).exits(0);
    home
}

fn stable(home: &Home, db: &str) -> String {
    home.spar(&["report", "--db", db, "--format", "json", "--stable"]).exits(0).out
}

#[test]
fn a_worker_and_a_run_that_studies_come_to_the_same() {
    let home = played();
    fs::copy(home.path("a.db"), home.path("b.db")).expect("a copy");
    let worked = home.spar(&["worker", "--drain", "--db", "a.db"]).exits(0);
    assert!(worked.out.is_empty(), "talk goes to standard error");
    home.spar(&["worker", "--drain", "--concurrency", "8", "--db", "b.db"]).exits(0);
    home.spar(&["run", "launch-slip", "--db", "c.db", "--report-dir", "reports"]).exits(0);
    let of_worker = stable(&home, "a.db");
    assert_eq!(of_worker, stable(&home, "b.db"));
    assert_eq!(of_worker, stable(&home, "c.db"));
    assert_eq!(of_worker, stable(&home, "c.db"), "and again");
    let reports: Vec<_> = fs::read_dir(home.path("reports")).expect("a folder").flatten().collect();
    assert_eq!(reports.len(), 1);
    let report = fs::read_to_string(reports[0].path()).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["format"], "spar-report");
    assert_eq!(report["completion_percent"], 100);
    // Nothing is left to do.
    home.spar(&["worker", "--drain", "--db", "c.db"]).exits(0);
}

#[test]
fn a_report_does_what_is_missing_and_comes_in_four_forms() {
    let home = played();
    let text = home.spar(&["report", "--db", "a.db", "--wait"]).exits(0).out;
    assert!(text.contains("analysed 100 %"), "{text}");
    assert!(!text.contains('\u{1b}'), "no escape sequence goes into a pipe");
    let markdown = home.spar(&["report", "--db", "a.db", "--format", "markdown"]).exits(0).out;
    assert!(markdown.starts_with('#'), "{markdown}");
    let html = ["report", "--last", "--db", "a.db", "--format", "html", "--out", "page.html"];
    assert!(home.spar(&html).exits(0).out.is_empty());
    let page = fs::read_to_string(home.path("page.html")).expect("a page");
    assert!(page.contains("</html>") && !page.contains("<script src"));
    // What is there is replaced whole.
    home.spar(&html).exits(0);
    let left = fs::read_dir(home.path("")).expect("a folder").flatten();
    let parts = left.filter(|entry| entry.file_name().to_string_lossy().contains(".part"));
    assert_eq!(parts.count(), 0);
    home.spar(&["report", "nonsense", "--db", "a.db"]).exits(2);
    home.spar(&["report", "--db", "none.db"]).exits(2);
    home.spar(&["report", "--db", "a.db", "--wait=long"]).exits(2);
    home.spar(&["report", "--db", "a.db", "--out", "no/such/folder/x"]).exits(2);
}

#[test]
fn a_worker_does_one_job_or_one_kind_when_told_so() {
    let home = played();
    let once = home.spar(&["worker", "--once", "--db", "a.db"]).exits(0);
    assert!(once.err.contains("1 done"), "{}", once.err);
    let some =
        home.spar(&["worker", "--drain", "--kinds", "gates,traits", "--db", "a.db"]).exits(0);
    assert!(some.err.contains("2 done"), "{}", some.err);
    home.spar(&["worker", "--drain", "--kinds", "knitting", "--db", "a.db"]).exits(2);
    home.spar(&["worker", "--drain", "--once", "--db", "a.db"]).exits(2);
}

#[test]
fn settings_of_analysis_are_shown_with_where_they_come_from() {
    let home = Home::new();
    home.write("spar.toml", "profile = \"rapid\"\n[budget]\nper_day_usd = 0.5\n");
    let shown = home.spar(&["config", "show", "--format", "json"]).exits(0).out;
    let rows: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let value = |name: &str| {
        let rows = rows.as_array().expect("rows");
        let row = rows.iter().find(|row| row["name"] == name).expect("a row");
        (
            row["value"].as_str().unwrap_or("").to_owned(),
            row["origin"].as_str().unwrap_or("").to_owned(),
        )
    };
    assert_eq!(value("profile"), ("rapid".to_owned(), "spar.toml".to_owned()));
    assert_eq!(value("budget.per_day_usd"), ("0.5".to_owned(), "spar.toml".to_owned()));
    assert_eq!(value("finalizer.max_wait_ms"), ("1000".to_owned(), "default".to_owned()));
    assert_eq!(value("analysis.calls_at_once"), ("2".to_owned(), "default".to_owned()));
    home.write("spar.toml", "profile = \"cheap\"\n");
    home.spar(&["config", "show"]).exits(2);
}

#[test]
fn a_mission_that_was_played_is_studied_behind_the_chat() {
    let home = Home::new();
    let lines = "I have bad news: the launch slips by two weeks.\nI am sorry.\n/leave\n";
    let ran = home.spar_told(lines, &["play", "launch-slip", "--plain", "--db", "p.db"]);
    ran.exits(0);
    let report = stable(&home, "p.db");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["completion_percent"], 100);
}

#[test]
fn the_lines_of_a_run_tell_how_far_each_conversation_was_studied() {
    let home = Home::new();
    let ran = home.spar(&[
        "run",
        "launch-slip",
        "--repeat",
        "2",
        "--analyze",
        "--db",
        "r.db",
        "--json",
        "r.jsonl",
        "--format",
        "json",
    ]);
    ran.exits(0);
    let lines = json_lines(&home.read("r.jsonl"));
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();
    let (conversations, studied) = (of("conversation"), of("analysis"));
    assert_eq!((conversations.len(), studied.len()), (2, 2));
    for (conversation, studied) in conversations.iter().zip(studied) {
        assert_eq!(conversation["key"], studied["key"]);
        assert_eq!(studied["complete"], true);
        assert_eq!(studied["failed_stages"], serde_json::json!([]));
    }
    assert_eq!(lines.last().expect("a summary")["type"], "summary");
    // Going on with it plays nothing again and loses nothing.
    home.spar(&["run", "launch-slip", "--repeat", "2", "--resume", "r.jsonl"]).exits(0);
    let again = json_lines(&home.read("r.jsonl"));
    assert_eq!(again.iter().filter(|line| line["type"] == "analysis").count(), 2);
    // A run that studies nothing says nothing of it.
    let plain = home.spar(&["run", "launch-slip", "--format", "json"]).exits(0).out;
    assert!(json_lines(&plain).iter().all(|line| line["type"] != "analysis"));
}

#[test]
fn the_report_of_an_imported_conversation_can_be_waited_for() {
    let home = Home::new();
    let talk = "Dana: You wanted to talk?\nMe: I do. The launch slips by two weeks, and I'm sorry.\n\
                Dana: Two weeks?\nMe: I should have told you on Monday. What worries you most?\n\
                Dana: The demo.";
    home.write("talk.md", talk);
    let imported = home.spar(&["missions", "import", "talk.md", "--db", "i.db"]).exits(0).out;
    let id = imported.trim();
    let waited = ["report", id, "--wait", "--db", "i.db", "--format", "json"];
    let report = home.spar(&waited).exits(0).json();
    assert_eq!(report["completion_percent"], 100);
    assert_eq!(report["mission"]["imported"], true);
    assert_eq!(report["mission"].get("session_id"), None, "it was no sitting");
    home.spar(&["report", id, "--wait", "--db", "i.db"]).exits(0).prints(&["analysed 100 %"]);
}

#[cfg(unix)]
#[test]
fn a_worker_that_is_told_to_end_hands_back_what_it_has() {
    let home = Home::new();
    let silent = Arc::new(AtomicBool::new(false));
    let server = {
        let silent = Arc::clone(&silent);
        Server::start(move |_| {
            if silent.load(Ordering::SeqCst) { Answer::Silence } else { Answer::Reply(70) }
        })
    };
    let model = ["--provider", "openai", "--base-url", server.url(), "--model", "gpt-4o-mini"];
    let run = [&["run", "freeplay", "--db", "w.db"][..], &model].concat();
    home.spar(&run);
    for _ in 0..server.requests() {
        server.wait_for_request();
    }
    silent.store(true, Ordering::SeqCst);
    let mut worker = Command::new(env!("CARGO_BIN_EXE_spar"))
        .env_clear()
        .envs(home.variables())
        .current_dir(home.path(""))
        .args(["worker", "--concurrency", "1", "--db", "w.db"])
        .args(model)
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    server.wait_for_request();
    let told = Command::new("kill").args(["-TERM", &worker.id().to_string()]).status();
    assert!(told.expect("it is told").success());
    let mut words = String::new();
    // Ends with the process.
    let mut err = worker.stderr.take().expect("its words");
    err.read_to_string(&mut words).expect("words");
    assert_eq!(worker.wait().expect("it ends").code(), Some(0), "{words}");
    assert!(words.contains("1 handed back"), "{words}");
    let jobs = home.spar(&["jobs", "list", "--db", "w.db", "--limit", "100", "--format", "json"]);
    let jobs = jobs.exits(0).json();
    let states: Vec<_> = jobs.as_array().expect("jobs").iter().map(|job| &job["state"]).collect();
    assert!(states.iter().all(|state| *state != "running"), "{states:?}");
    assert!(states.iter().any(|state| *state == "ready"), "{states:?}");
    let attempts = jobs.as_array().expect("jobs").iter().filter(|job| job["state"] == "ready");
    assert!(attempts.clone().all(|job| job["attempt"] == 0), "it was no attempt: {jobs}");
}
