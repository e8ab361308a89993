//! `spar jobs`.

use super::home::Home;

/// A home with a conversation that was brought in, which leaves its analysis to be done.
fn imported() -> Home {
    let home = Home::new();
    let talk = "Me: Dana, the launch slips by two weeks.\nDana: Since when?\nMe: Since Monday.\n";
    let arguments = ["missions", "import", "-", "--scenario", "launch-slip", "--me", "Me"];
    home.spar_told(talk, &[&arguments, ["--db", "m.db"].as_slice()].concat()).exits(0);
    home
}

fn jobs(home: &Home, arguments: &[&str]) -> super::home::Ran {
    home.spar(&[&["jobs"], arguments, &["--db", "m.db"]].concat())
}

fn first_id(home: &Home) -> String {
    let listed = jobs(home, &["list", "--format", "json"]).exits(0).json();
    listed[0]["id"].as_i64().expect("a job").to_string()
}

#[test]
fn what_is_left_to_be_done_is_listed_and_shown() {
    let home = imported();
    jobs(&home, &["list"]).exits(0).prints(&["deep_analysis", "ready"]);
    let id = first_id(&home);
    jobs(&home, &["show", &id]).exits(0).prints(&["deep_analysis", "0 of 3"]);
    let shown = jobs(&home, &["show", &id, "--format", "json"]).exits(0).json();
    assert_eq!(shown["job"]["kind"], "deep_analysis");
    let stats = jobs(&home, &["stats", "--format", "json"]).exits(0).json();
    assert_eq!((&stats["waiting"], &stats["alert"]), (&1.into(), &false.into()));
    jobs(&home, &["show", "99"]).exits(2).complains(&["no job 99", "jobs list"]);
}

#[test]
fn a_job_is_called_off_and_retried() {
    let home = imported();
    let id = first_id(&home);
    jobs(&home, &["retry", &id]).exits(2).complains(&["not finished"]);
    jobs(&home, &["cancel", &id]).exits(0);
    jobs(&home, &["cancel", &id]).exits(2).complains(&["cancelled already"]);
    jobs(&home, &["retry", &id]).exits(0).prints(&["ready again"]);
    jobs(&home, &["list", "--state", "ready"]).exits(0).prints(&["deep_analysis"]);
    jobs(&home, &["watch", "--from-start", "--limit", "2"])
        .exits(0)
        .prints(&["cancelled", "retried"]);
    assert_eq!(jobs(&home, &["dead"]).exits(0).out, "");
    jobs(&home, &["retry", "--dead"]).exits(0).prints(&["0 dead jobs"]);
}

#[test]
fn a_pause_outlives_the_command() {
    let home = imported();
    jobs(&home, &["pause", "--kind", "topics"]).exits(0);
    jobs(&home, &["drain"]).exits(0).prints(&["no job runs; 1 wait"]);
    jobs(&home, &["stats"]).exits(0).prints(&["paused: every kind, topics"]);
    jobs(&home, &["resume", "--kind", "topics"]).exits(0).prints(&["still paused: *"]);
    jobs(&home, &["resume"]).exits(0).prints(&["nothing is paused"]);
    jobs(&home, &["pause", "--kind", "juggling"]).exits(2).complains(&["no kind of job"]);
}
