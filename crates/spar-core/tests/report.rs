//! Reports in every form, as a person reads them, and what none of them may ever contain.

#[path = "report/contrast.rs"]
mod contrast;
#[path = "report/markup.rs"]
mod markup;
#[path = "report/sample.rs"]
mod sample;
#[path = "report/schema.rs"]
mod schema;
mod support;

use sample::{Sample, full, grave, half, unanalysed};
use spar_core::report::{self, COLUMNS, Report, plain_text};
use spar_core::scenario::Level;

fn text(report: &Report) -> String {
    plain_text(&report::text(report, COLUMNS))
}

/// What a report can be made of, from nothing to everything.
fn samples() -> Vec<(&'static str, Sample)> {
    vec![
        ("full", full()),
        ("half", half("launch-slip", Level::Poor)),
        ("unanalysed", unanalysed("car-keys", Level::Skilled)),
        ("grave", grave("launch-slip", Level::Skilled)),
        ("hostile", sample::hostile()),
        ("silent", sample::silent()),
    ]
}

#[test]
fn a_report_as_text() {
    insta::assert_snapshot!("full_text", text(&full().report()));
    insta::assert_snapshot!("half_text", text(&half("launch-slip", Level::Poor).report()));
    let unanalysed = unanalysed("car-keys", Level::Skilled);
    insta::assert_snapshot!("unanalysed_text", text(&unanalysed.report()));
}

#[test]
fn a_report_as_it_is_heard() {
    insta::assert_snapshot!("full_spoken", report::spoken_text(&full().report()));
    for (name, sample) in samples() {
        let report = sample.report();
        let text = report::spoken_text(&report);
        let drawn = |sign: char| matches!(sign, '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{27bf}');
        // What was said may hold any sign; a report without words of anybody holds none of these.
        if name != "hostile" {
            assert_eq!(text.chars().find(|sign| drawn(*sign)), None, "{name}: {text}");
        }
        for verdict in ["Mission won.", "Mission lost.", "Mission left.", "Not over."] {
            assert!(!text.lines().any(|line| line.starts_with(verdict)), "{name}: {text}");
        }
    }
}

#[test]
fn a_moment_that_is_the_passing_of_a_gate_is_marked_once() {
    let mut report = full().report();
    let gates = report.gates.content.as_ref().expect("gates");
    let passed = gates.gates.iter().find(|gate| gate.passed_in.is_some()).expect("one was passed");
    let title = passed.title.clone();
    let moments = report.breakthroughs.content.as_mut().expect("moments");
    moments.moments[0].label.clone_from(&title);
    let other = moments.moments[1].label.clone();
    let page = report::html(&report);
    let (_, chart) = page.split_once("<figure class=\"chart\">").expect("a chart");
    let (chart, _) = chart.split_once("</figure>").expect("its end");
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    assert_eq!(chart.matches(&format!(">{}<", escaped(&title))).count(), 1, "{chart}");
    assert_eq!(chart.matches(&format!(">{}<", escaped(&other))).count(), 1, "{chart}");
}

#[test]
fn a_report_as_markdown() {
    insta::assert_snapshot!("full_markdown", report::markdown(&full().report()));
    let half = half("launch-slip", Level::Poor);
    insta::assert_snapshot!("half_markdown", report::markdown(&half.report()));
    let unanalysed = unanalysed("car-keys", Level::Skilled);
    insta::assert_snapshot!("unanalysed_markdown", report::markdown(&unanalysed.report()));
}

#[test]
fn no_line_of_text_is_wider_than_the_terminal() {
    use unicode_width::UnicodeWidthStr;
    for (name, sample) in samples() {
        for columns in [30, 50, 80, 100] {
            for line in report::text(&sample.report(), columns) {
                let line = line.to_string();
                assert!(line.width() <= columns, "{name} at {columns}: {line:?}");
                assert_eq!(line.trim_end(), line, "{name} at {columns}");
            }
        }
    }
}

#[test]
fn json_is_what_the_schema_says_and_reads_back() {
    for (name, sample) in samples() {
        for report in [sample.report(), sample.report().stable()] {
            let json = report::json(&report);
            let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            let problems = schema::problems(report::schema(), &value);
            assert_eq!(problems, Vec::<String>::new(), "{name}");
            let back: Report = serde_json::from_str(&json).expect("it reads back");
            assert_eq!(back, report, "{name}");
        }
    }
}

#[test]
fn the_checker_of_schemas_finds_what_is_wrong() {
    let mut value = serde_json::to_value(full().report()).expect("JSON");
    value["version"] = "one".into();
    value["mission"]["surprise"] = 1.into();
    value["verdict"]["progress"] = 101.into();
    value["traits"]["freshness"]["state"] = "ripe".into();
    value.as_object_mut().expect("an object").remove("mood");
    let problems = schema::problems(report::schema(), &value).join("\n");
    for part in ["/version", "/mission/surprise", "/verdict/progress", "/traits/freshness", "mood"]
    {
        assert!(problems.contains(part), "{part} in\n{problems}");
    }
}

#[test]
fn the_published_schema_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.schema.json");
    let wanted = serde_json::to_string_pretty(report::schema()).expect("JSON");
    let wanted = format!("{wanted}\n");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &wanted).expect("the schema is written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/report.schema.json is stale: run this test with UPDATE_SCHEMA=1"
    );
}

#[test]
fn every_part_is_documented() {
    let docs = include_str!("../../../docs/report-format.md");
    let parts = report::schema()["properties"].as_object().expect("an object").keys();
    let missing: Vec<_> = parts.filter(|part| !docs.contains(&format!("`{part}`"))).collect();
    assert!(missing.is_empty(), "docs/report-format.md does not name {missing:?}");
}

#[test]
fn html_is_whole_and_needs_nothing_from_anywhere() {
    for (name, sample) in samples() {
        let html = report::html(&sample.report());
        assert_eq!(markup::problems(&html), Vec::<String>::new(), "{name}");
        // What a page can load stands in a tag or in the style; what was said stands in neither.
        let code = markup::tags_and_style(&html).to_lowercase();
        for bad in
            ["<script", "http:", "https:", "//", "url(", "@import", "src=", "javascript:", " on"]
        {
            assert!(!code.contains(bad), "{name}: {bad}");
        }
    }
}

#[test]
fn every_colour_of_the_page_can_be_read() {
    let html = report::html(&sample::silent().report());
    let themes = contrast::themes(&html);
    assert_eq!(themes.len(), 3, "light, dark and print");
    for theme in themes {
        for text in ["ink", "muted", "score", "tension", "comfort", "good", "bad", "even"] {
            for ground in ["paper", "card", "tint"] {
                let ratio = contrast::ratio(theme[text], theme[ground]);
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
        }
    }
    assert!((contrast::ratio(0xff_ffff, 0) - 21.0).abs() < 0.01);
}

#[test]
fn a_very_long_mission_is_thinned_out_in_the_chart_and_nowhere_else() {
    let report = sample::long(2_000).report();
    let html = report::html(&report);
    // The first of them is the key of the legend.
    let line = html.split("class=\"line score\" d=\"M").nth(2);
    let points = line.and_then(|line| line.split('"').next()).map(|line| line.matches('L').count());
    assert!(points.is_some_and(|points| (300..=400).contains(&points)), "{points:?}");
    assert_eq!(report.transcript.content.as_ref().map(Vec::len), Some(2_001));
    assert_eq!(html.matches("<li class=\"turn\">").count(), 2_001);
    assert_eq!(markup::problems(&html), Vec::<String>::new());
}

#[test]
fn the_checker_of_markup_finds_what_is_wrong() {
    for bad in [
        "<p><b></p></b>",
        "<p>",
        "</p>",
        "<p class=\"a>x</p>",
        "<p>a & b</p>",
        "<a href=\"#x\">x</a>",
    ] {
        assert!(!markup::problems(bad).is_empty(), "{bad}");
    }
}

#[test]
fn what_people_and_models_write_stays_text() {
    let report = sample::hostile().report();
    let html = report::html(&report);
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!html.contains("<script") && !html.contains("<img"));
    let markdown = report::markdown(&report);
    let is_link = markdown.replace("\\]", "").contains("](");
    assert!(!is_link && !markdown.contains("\n# Owned"), "{markdown}");
    for (form, made) in [
        ("html", html),
        ("markdown", markdown),
        ("text", text(&report)),
        ("json", report::json(&report)),
    ] {
        let is_unsafe =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!made.contains(is_unsafe), "{form} lets a control character through");
    }
}

#[test]
fn a_grave_subject_is_not_celebrated() {
    let mut sample = grave("launch-slip", Level::Skilled);
    sample.results = sample::results(&sample.mission);
    let report = sample.report();
    assert_eq!(report.rewards.content, None);
    let page = markup::words(&report::html(&report));
    for made in [text(&report), report::markdown(&report), page] {
        let words: Vec<_> = made.split(|c: char| !c.is_alphanumeric()).collect();
        for word in ["XP", "coins", "gem", "rare", "epic"] {
            assert!(!words.contains(&word), "{word}");
        }
    }
    let json = report::json(&report);
    assert!(!json.contains("\"rarity\": \"") && !json.contains("\"xp\""));
}

#[test]
fn two_analyses_of_one_mission_give_the_same_stable_form() {
    let (first, mut second) = (full(), full());
    for status in second.stages.values_mut() {
        let made = status.made.as_mut().expect("everything is known of this one");
        (made.duration_ms, made.version, made.cost) = (Some(9_999), Some(7), None);
    }
    second.costs.clear();
    let stable = |sample: &Sample| report::json(&sample.report().stable());
    assert_eq!(stable(&first), stable(&second));
    assert_ne!(report::json(&first.report()), report::json(&second.report()));
}

#[test]
fn what_was_promised_and_is_not_there_is_not_believed() {
    use spar_core::job::Stage;
    use spar_core::report::{Freshness, StageStatus};
    let mut sample = unanalysed("launch-slip", Level::Skilled);
    let fresh = StageStatus { freshness: Freshness::Fresh, made: None };
    sample.stages.insert(Stage::Traits, fresh);
    let report = sample.report();
    assert_eq!(report.traits.freshness, Freshness::NotAnalysed);
    assert_eq!(report.traits.note.as_deref(), Some("not analysed"));
    assert_eq!(report.completion_percent, 0);
    assert_eq!(full().report().completion_percent, 100);
}
