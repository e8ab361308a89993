//! `spar report`, `spar worker` and `spar run --analyze`: what missions leave behind, and what comes
//! of it.

use std::fs;

use super::home::Home;

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
