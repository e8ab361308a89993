//! What a run writes: JSON lines, JUnit, Markdown, annotations, colour.

use quick_junit::{NonSuccessKind, Report, TestCaseStatus};

use super::home::{HELLO, Home, json_lines, talk};

/// One that fails with every character that means something in a report.
fn nasty(home: &Home) {
    let rest = format!(
        "{HELLO}    expect: [{{score: \">= 100\"}}]\n\
         expect:\n  - {{reply: {{contains: \"100%: <a>, & |b|\\u0001\\nc]]>\"}}}}\n"
    );
    home.write("na,sty/fails.yaml", talk("fails", &rest));
}

#[test]
fn json_lines_are_written_as_they_come_and_end_with_the_summary() {
    let home = Home::new();
    nasty(&home);
    let arguments =
        ["run", "na,sty/fails.yaml", "freeplay", "--json", "out.jsonl", "--repeat", "2"];
    home.spar(&arguments).exits(1);
    let text = home.read("out.jsonl");
    assert!(text.ends_with('\n'));
    let lines = json_lines(&text);
    let (summary, conversations) = lines.split_last().expect("lines");
    assert_eq!(conversations.len(), 4);
    for line in conversations {
        assert_eq!(line["type"], "conversation");
        assert!(line["responses"].as_array().is_some_and(|all| !all.is_empty()), "{line}");
    }
    assert_eq!(summary["type"], "summary");
    assert_eq!((&summary["passed"], &summary["failed"]), (&2.into(), &2.into()));
    assert_eq!(summary["exit"], 1);
}

#[test]
fn standard_output_is_nothing_but_json_when_asked() {
    let home = Home::new();
    nasty(&home);
    let arguments = ["run", "na,sty/fails.yaml", "freeplay", "--format", "json"];
    let ran = home.spar_with(&[("GITHUB_ACTIONS", "true")], &arguments).exits(1);
    assert_eq!(json_lines(&ran.out).len(), 3);
    assert!(ran.err.contains("::error "), "annotations go elsewhere then:\n{}", ran.err);
}

#[test]
fn junit_counts_what_happened() {
    let home = Home::new();
    nasty(&home);
    let arguments = ["run", "na,sty/fails.yaml", "freeplay", "--repeat", "2", "--junit", "out.xml"];
    home.spar(&arguments).exits(1);
    let xml = home.read("out.xml");
    assert!(!xml.contains('\u{1}'), "a control character is no XML:\n{xml}");
    let report = Report::deserialize_from_str(&xml).expect("valid XML");
    assert_eq!((report.tests, report.failures, report.errors), (4, 2, 0), "{xml}");
    let suites: Vec<_> = report
        .test_suites
        .iter()
        .map(|suite| (suite.name.as_str(), suite.tests, suite.failures))
        .collect();
    assert_eq!(suites, [("fails", 2, 2), ("freeplay", 2, 0)]);
    let status = &report.test_suites[0].test_cases[0].status;
    let TestCaseStatus::NonSuccess { kind, message, description, .. } = status else {
        panic!("it failed: {xml}");
    };
    assert_eq!(*kind, NonSuccessKind::Failure);
    assert!(message.as_ref().is_some_and(|text| text.as_str().contains("line 10")), "{xml}");
    assert!(description.as_ref().is_some_and(|text| text.as_str().contains("<a>, & |b|")), "{xml}");
}

#[test]
fn a_provider_that_fails_is_an_error_in_junit() {
    let home = Home::new();
    home.write("hello.yaml", talk("hello", HELLO));
    let arguments = [
        "run",
        "hello.yaml",
        "--provider",
        "openai",
        "--base-url",
        "http://127.0.0.1:1/v1",
        "--junit",
        "out.xml",
    ];
    home.spar(&arguments).exits(3);
    let report = Report::deserialize_from_str(&home.read("out.xml")).expect("valid XML");
    assert_eq!((report.tests, report.failures, report.errors), (1, 0, 1));
}

#[test]
fn markdown_is_a_table_whatever_the_words() {
    let home = Home::new();
    nasty(&home);
    home.spar(&["run", "na,sty/fails.yaml", "freeplay", "--markdown", "out.md"]).exits(1);
    let text = home.read("out.md");
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(rows.len(), 3, "a head and two conversations:\n{text}");
    assert!(rows.iter().all(|row| row.matches('|').count() == 6), "{text}");
    assert!(text.starts_with("## spar run: 1 passed, 1 failed of 2\n"), "{text}");
    assert!(text.contains("### What did not hold"), "{text}");
    assert!(text.contains("&lt;a>") && !text.contains("<a>"), "{text}");
}

#[test]
fn annotations_mark_the_line_of_the_file() {
    let home = Home::new();
    nasty(&home);
    let arguments = ["run", "na,sty/fails.yaml"];
    let ran = home.spar_with(&[("GITHUB_ACTIONS", "true")], &arguments).exits(1);
    let marks: Vec<_> = ran.out.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(marks.len(), 2, "{}", ran.out);
    // Commas and colons would end a property.
    assert!(
        marks[0].starts_with("::error file=na%2Csty/fails.yaml,line=10,title=fails%3A score%3A"),
        "{}",
        marks[0]
    );
    assert!(marks[1].contains(",line=12,title="), "{}", marks[1]);
    assert!(marks[1].contains("100%25%3A <a>%2C"), "{}", marks[1]);
    let plain = home.spar(&arguments).exits(1);
    assert!(!plain.out.contains("::error"), "only where they are read");
}

#[test]
fn a_file_that_cannot_be_written_is_said_before_anything_is_played() {
    let home = Home::new();
    let ran = home.spar(&["run", "freeplay", "--markdown", "no/such/x.md"]).exits(2);
    assert!(ran.err.contains("cannot write no/such/x.md"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let home = Home::new();
    let is_coloured = |variables: &[(&str, &str)], more: &[&str]| {
        let ran = home.spar_with(variables, &[&["run", "freeplay"], more].concat()).exits(0);
        ran.out.contains("\u{1b}[")
    };
    assert!(!is_coloured(&[], &[]), "not into a pipe");
    assert!(is_coloured(&[], &["--color", "always"]));
    assert!(is_coloured(&[("NO_COLOR", "1")], &["--color", "always"]), "a flag outranks");
    assert!(!is_coloured(&[("NO_COLOR", "1")], &[]));
    assert!(!is_coloured(&[], &["--color", "never"]));
}
