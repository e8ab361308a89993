//! `spar score` and `spar skills`: rows that are rated, models that are shown, checked and measured,
//! skills that are inferred from what was played.

use serde_json::{Value, json};

use super::home::{Home, Ran, json_lines};

/// Plays a talk to its end, with these lines.
fn played(home: &Home, scenario: &str, lines: &[&str]) {
    let said = format!("{}\n/quit\n", lines.join("\n"));
    home.spar_told(&said, &["play", scenario, "--plain", "--seed", "1"]).exits(0);
}

fn scored(home: &Home, rows: &[Value], more: &[&str]) -> Ran {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    home.spar_told(&text, &[&["score", "-"], more].concat())
}

#[test]
fn lines_are_scored_each_by_itself() {
    let home = Home::new();
    let rows = [
        json!({"id": 7, "text": "What would help you most right now?",
               "context": [{"role": "partner", "text": "I am at the end of my rope."}]}),
        json!({"id": "rude", "text": "Shut up, you stupid idiot."}),
    ];
    let lines = json_lines(&scored(&home, &rows, &[]).exits(0).out);
    assert_eq!((&lines[0]["id"], &lines[1]["id"]), (&json!(7), &json!("rude")));
    let score = |at: usize| lines[at]["score"].as_f64().expect("a score");
    assert!(score(0) > score(1) + 20.0, "{lines:?}");
    assert_eq!(lines[1]["boundary_risk"], "high");
    let skills = lines[0]["skills"].as_object().expect("skills");
    assert_eq!(skills.len(), 10, "{skills:?}");
    for (name, skill) in skills {
        let score = skill["score"].as_f64().expect("a number");
        assert!((0.0..=100.0).contains(&score), "{name} {skill}");
        assert_eq!(skill["interval"].is_null(), ["assertiveness", "clarity"].contains(&&**name));
    }
}

#[test]
fn a_dialogue_is_scored_as_a_whole_and_line_by_line_when_asked() {
    let home = Home::new();
    let said = |role: &str, text: &str| json!({"role": role, "text": text});
    let row = json!({"id": "d", "dialogue": [
        said("partner", "You broke the build again."), said("speaker", "I did, and I am sorry."),
        said("partner", "And now?"), said("speaker", "What would help you most today?"),
    ]});
    let whole = &json_lines(&scored(&home, std::slice::from_ref(&row), &[]).exits(0).out)[0];
    assert!(whole["score"].is_number() && whole.get("lines").is_none(), "{whole}");
    assert_eq!(whole["skills"]["empathy"]["lines"], 2);
    let each = &json_lines(&scored(&home, &[row], &["--lines"]).exits(0).out)[0];
    let places: Vec<&Value> =
        each["lines"].as_array().expect("lines").iter().map(|line| &line["line"]).collect();
    assert_eq!(places, [1, 3]);
}

#[test]
fn a_bad_row_is_named_and_the_others_are_scored() {
    let home = Home::new();
    let mut rows = b"{\"text\": \"Thank you for telling me.\"}\n{\"text\": 5}\n\n{}\n".to_vec();
    rows.extend(b"\xff\xfe\n{\"dialogue\": [{\"role\": \"partner\", \"text\": \"Hm.\"}]}\n");
    rows.extend(b"{\"text\": \"I see. What do you need?\"}");
    home.write("rows.jsonl", rows);
    let ran = home.spar(&["score", "rows.jsonl"]).exits(2);
    assert_eq!(json_lines(&ran.out).len(), 2, "{}", ran.out);
    ran.complains(&["line 2", "line 4", "neither", "line 5", "UTF-8", "line 6", "speaker"]);
    home.spar(&["score", "nowhere.jsonl"]).exits(2).complains(&["nowhere.jsonl"]);
}

#[test]
fn the_models_are_listed_checked_and_compared() {
    let home = Home::new();
    let list = home.spar(&["skills", "models", "list"]).exits(0);
    list.prints(&["showing-empathy", "reflective_listening", "by rule, not learnt"]);
    home.spar(&["skills", "models", "verify"]).exits(0).prints(&["SHA-256"]);
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/spar-core/weights/skills.spar");
    home.spar(&["skills", "models", "diff", pack]).exits(0).prints(&["politeness_z"]);

    let mut bytes = std::fs::read(pack).expect("the pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    home.write("broken.spar", bytes);
    let verify = home.spar(&["skills", "models", "verify", "--pack", "broken.spar"]);
    verify.exits(2).complains(&["broken.spar", "checksum"]);
    home.write("other.spar", "hello");
    home.spar(&["skills", "models", "list", "--pack", "other.spar"]).exits(2).complains(&["other"]);
}

#[test]
fn a_skill_is_measured_against_labels_that_people_gave() {
    let home = Home::new();
    let texts = [
        ("What do you want most of all?", 1),
        ("Which of the two would you rather have?", 1),
        ("What matters to you here?", 1),
        ("I will take the big one.", 0),
        ("That is mine.", 0),
        ("We leave at nine.", 0),
    ];
    let rows: String = texts
        .iter()
        .enumerate()
        .map(|(at, (text, label))| {
            let row = json!({"id": at, "dialogue_id": format!("d{at}"), "text": text,
                             "labels": {"asks": label}});
            format!("{row}\n")
        })
        .collect();
    home.write("labels.jsonl", rows);
    let ran = home.spar(&[
        "skills",
        "eval",
        "labels.jsonl",
        "--label",
        "asks",
        "--skill",
        "questions",
        "--format",
        "json",
    ]);
    let found: Value = serde_json::from_str(&ran.exits(0).out).expect("JSON");
    assert_eq!(
        (&found["rows"], &found["dialogues"], &found["metric"]),
        (&json!(6), &json!(6), &json!("auc"))
    );
    assert_eq!(found["figure"]["value"], 1.0, "{found}");
    assert!(found["length_only"]["value"].is_number() && found["calibration_error"].is_number());
    home.spar(&["skills", "eval", "labels.jsonl", "--label", "asks", "--skill", "charm"])
        .exits(2)
        .complains(&["charm", "empathy"]);
}

#[test]
fn skills_are_inferred_of_a_mission_a_person_and_many() {
    let home = Home::new();
    home.spar(&["skills", "infer", "last"]).exits(2);
    let lines = ["Dana, the launch slips by two weeks.", "That is on me. What worries you most?"];
    played(&home, "launch-slip", &lines);
    played(&home, "launch-slip", &["Look, it is not my fault.", "You always overreact."]);

    home.spar(&["skills", "infer", "last"]).exits(0).prints(&["empathy", "by rule", "% sure"]);
    let one = home.spar(&["skills", "infer", "last", "--format", "json"]).exits(0);
    let one: Value = serde_json::from_str(&one.out).expect("JSON");
    assert!(one["skills"].as_array().is_some_and(|skills| skills.len() >= 8), "{one}");

    let person = home.spar(&["skills", "infer", "--user", "local", "--format", "json"]).exits(0);
    let person: Value = serde_json::from_str(&person.out).expect("JSON");
    assert_eq!(person["missions"], 2);
    home.spar(&["skills", "infer", "--user", "nobody"]).exits(2).complains(&["nobody"]);

    let id = one["mission"].as_str().expect("an id");
    let rows = format!(
        "{{\"user\": \"local\"}}\n{{\"mission\": \"{id}\"}}\n{{\"user\": \"nobody\"}}\n{{\"who\": 1}}\n"
    );
    let batch = home.spar_told(&rows, &["skills", "infer", "--batch", "-"]).exits(0);
    let statuses: Vec<Value> =
        json_lines(&batch.out).iter().map(|line| line["status"].clone()).collect();
    assert_eq!(statuses, ["ok", "ok", "not_found", "invalid"], "{}", batch.out);
    let many = "{\"user\": \"local\"}\n".repeat(101);
    home.spar_told(&many, &["skills", "infer", "--batch", "-"]).exits(2).complains(&["101", "100"]);
}

#[test]
fn weights_of_evidence_are_used_and_wrong_ones_refused() {
    let home = Home::new();
    played(&home, "launch-slip", &["Dana, the launch slips.", "What worries you most?"]);
    let weights = home.spar(&["skills", "weights"]).exits(0).out;
    home.write("weights.toml", &weights);
    home.spar(&["skills", "weights", "weights.toml"]).exits(0).prints(&["fine"]);

    let empathy = |home: &Home| {
        let ran = home.spar(&["skills", "infer", "last", "--format", "json"]).exits(0);
        let found: Value = serde_json::from_str(&ran.out).expect("JSON");
        found["skills"][0]["score"].as_f64().expect("a score")
    };
    home.write("spar.toml", "[analysis]\nevidence_weights = \"weights.toml\"\n");
    let before = empathy(&home);
    let start = weights.find("[weights.empathy]").expect("its weights");
    let (head, rest) = weights.split_at(start);
    let end = rest[1..].find('[').map_or(rest.len(), |at| at + 1);
    let only = |part: &str, value: f64| {
        format!(
            "[weights.empathy]\nml = {}\nlinguistic = {}\nbehavioural = 0.0\nobservation = 0.0\n\
             adjustment = {}\n\n",
            if part == "ml" { value } else { 0.0 },
            if part == "ml" { 0.0 } else { value },
            1.0 - value
        )
    };
    home.write("weights.toml", format!("{head}{}{}", only("linguistic", 0.9), &rest[end..]));
    assert!((empathy(&home) - before).abs() > 0.5, "{before}");

    home.write("weights.toml", format!("{head}{}{}", only("ml", 1.2), &rest[end..]));
    home.spar(&["skills", "weights", "weights.toml"])
        .exits(2)
        .complains(&["empathy", "weights.toml"]);
}
