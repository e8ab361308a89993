//! `spar missions`.

use serde_json::Value;

use super::home::{Home, json_lines};

fn listed(home: &Home, more: &[&str]) -> Vec<Value> {
    let arguments = [&["missions", "list", "--db", "m.db", "--format", "json"], more].concat();
    let listed = home.spar(&arguments).exits(0).json();
    listed.as_array().expect("a list").clone()
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("an id").to_owned()
}

#[test]
fn what_a_run_played_is_kept_when_it_is_told_where() {
    let home = Home::new();
    home.spar(&["run", "launch-slip", "freeplay", "--db", "m.db"]).exits(0);
    let rows = listed(&home, &[]);
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter().all(|row| row["status"] == "ended" && row["score"].is_number()),
        "{rows:?}"
    );
    assert_eq!(listed(&home, &["--scenario", "freeplay"]).len(), 1);
    assert_eq!(listed(&home, &["--limit", "1"]).len(), 1);
    assert!(listed(&home, &["--unfinished"]).is_empty());
    let text = home.spar(&["missions", "list", "--db", "m.db"]).exits(0).out;
    assert_eq!(text.lines().count(), 2);
    for row in &rows {
        assert!(text.contains(&id(row)), "{text}");
    }
    let slip = rows.iter().find(|row| row["scenario"] == "launch-slip").expect("it was played");
    home.spar(&["missions", "show", &id(slip), "--db", "m.db"]).exits(0).prints(&[
        "Tell Dana the launch slips",
        "you: Dana, I have bad news: the launch slips by two weeks",
        "Dana: ",
        "You passed every gate.",
    ]);
}

#[test]
fn what_was_played_in_plain_lines_is_kept() {
    let home = Home::new();
    let lines = "Dana, the launch slips by two weeks.\nI should have told you on Monday.\n/quit\n";
    home.spar_told(lines, &["play", "launch-slip", "--plain", "--db", "m.db"]).exits(0);
    home.spar(&["missions", "show", "--db", "m.db"]).exits(0).prints(&[
        "you: Dana, the launch slips by two weeks.",
        "you: I should have told you on Monday.",
    ]);
    let shown = home.spar(&["missions", "show", "--db", "m.db", "--format", "json"]).exits(0);
    assert_eq!(shown.json()["mission"]["scenario_id"], "launch-slip");
}

#[test]
fn an_export_holds_every_event() {
    let home = Home::new();
    home.spar(&["run", "launch-slip", "--db", "m.db"]).exits(0);
    let text = home.spar(&["missions", "export", "--db", "m.db"]).exits(0).out;
    let lines = json_lines(&text);
    let (header, events) = lines.split_first().expect("lines");
    assert_eq!((&header["spar"], &header["format"]), (&"mission".into(), &1.into()));
    assert_eq!(header["scenario"]["id"], "launch-slip");
    let positions: Vec<_> = events.iter().map(|row| row["seq"].as_u64().expect("seq")).collect();
    assert_eq!(positions, (0..events.len() as u64).collect::<Vec<_>>(), "none is missing");
    assert_eq!(Some(events.len() as u64), header["mission"]["next_seq"].as_u64(), "{header}");
    let count = |kind: &str| events.iter().filter(|row| row["event"]["kind"] == kind).count();
    assert_eq!(count("started"), 1);
    assert_eq!((count("user_spoke"), count("persona_spoke"), count("turn_read")), (7, 7, 7));
    assert_eq!(count("ended"), 1);

    home.spar(&["missions", "export", "--db", "m.db", "--format", "markdown", "--out", "m.md"])
        .exits(0);
    let text = home.read("m.md");
    assert!(text.starts_with("# Tell Dana the launch slips\n"), "{text}");
    assert_eq!(text.matches("**You:** ").count(), 7);
    home.spar(&["missions", "export", "--db", "m.db", "--out", "m.md"])
        .exits(2)
        .complains(&["cannot write m.md", "--out"]);
    assert_eq!(home.read("m.md"), text, "nothing was written over");
}

#[test]
fn what_is_deleted_is_gone_from_the_file() {
    let home = Home::new();
    let secret = "My private words about the zanzibar affair.";
    let lines = format!("{secret}\n/quit\n");
    home.spar_told(&lines, &["play", "launch-slip", "--plain", "--db", "m.db"]).exits(0);
    let holds = |words: &str| {
        ["m.db", "m.db-wal"].iter().any(|name| {
            let bytes = std::fs::read(home.path(name)).unwrap_or_default();
            bytes.windows(words.len()).any(|part| part == words.as_bytes())
        })
    };
    assert!(holds("zanzibar"));
    let id = id(&listed(&home, &[])[0]);
    home.spar(&["missions", "delete", &id, "--db", "m.db"])
        .exits(2)
        .complains(&["not deleting launch-slip", "hint: add --yes"]);
    assert_eq!(listed(&home, &[]).len(), 1);
    let said = home.spar(&["missions", "delete", &id, "--yes", "--db", "m.db"]).exits(0).out;
    let rows = said.trim_end().rsplit(": ").next().and_then(|words| words.strip_suffix(" rows"));
    let rows: u64 = rows.and_then(|rows| rows.parse().ok()).expect("it says how many");
    assert!(rows >= 6, "the mission and its events: {said}");
    assert!(listed(&home, &[]).is_empty());
    assert!(!holds("zanzibar"), "the words are overwritten, not only unlinked");
    home.spar(&["missions", "show", &id, "--db", "m.db"]).exits(2).complains(&["has no mission"]);
    home.spar(&["missions", "delete", &id, "--yes", "--db", "m.db"]).exits(2);
}

#[test]
fn a_mission_is_named_by_a_part_of_its_id() {
    let home = Home::new();
    home.spar(&["run", "freeplay", "--repeat", "2", "--db", "m.db"]).exits(0);
    let whole = id(&listed(&home, &[])[0]);
    let end = &whole[whole.len() - 8..];
    home.spar(&["missions", "show", end, "--db", "m.db"]).exits(0);
    home.spar(&["missions", "show", "0", "--db", "m.db"]).exits(2).complains(&["several missions"]);
    home.spar(&["missions", "show", "%", "--db", "m.db"])
        .exits(2)
        .complains(&["has no mission `%`"]);
}

#[test]
fn a_machine_that_has_played_nothing_says_so() {
    let home = Home::new();
    home.spar(&["missions", "list"]).exits(0).complains(&["no missions yet"]);
    home.spar(&["missions", "show"]).exits(2).complains(&["has no mission `last`"]);
}
