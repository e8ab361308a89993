//! `spar config show`, and where settings come from.

use super::home::Home;

/// Value and origin of a setting.
fn setting(home: &Home, name: &str, variables: &[(&str, &str)], more: &[&str]) -> (String, String) {
    let arguments = [&["config", "show", "--format", "json"], more].concat();
    let rows = home.spar_with(variables, &arguments).exits(0).json();
    let rows = rows.as_array().expect("a list");
    let row = rows.iter().find(|row| row["name"] == name).expect("there is such a setting");
    let text = |key: &str| row[key].as_str().expect("text").to_owned();
    (text("value"), text("origin"))
}

#[test]
fn every_layer_is_named_and_the_nearer_one_wins() {
    let home = Home::new();
    let model =
        |variables: &[(&str, &str)], more: &[&str]| setting(&home, "model_mini", variables, more);
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(model(&[], &[]), pair("gpt-4o-mini", "default"));
    let file = home.root().join(".config/spar/config.toml");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(&file, "model = 'of-the-user'\n").expect("written");
    assert_eq!(model(&[], &[]), pair("of-the-user", &file.to_string_lossy()));
    home.write("spar.toml", "model = 'of-the-project'\n");
    assert_eq!(model(&[], &[]), pair("of-the-project", "spar.toml"));
    let variables = [("AI_MODEL_MINI", "of-the-shell")];
    assert_eq!(model(&variables, &[]), pair("of-the-shell", "$AI_MODEL_MINI"));
    assert_eq!(model(&variables, &["--model", "of-the-flag"]), pair("of-the-flag", "--model"));
    // Another home for settings is looked at instead.
    let elsewhere = home.root().join("elsewhere");
    let variables = [("XDG_CONFIG_HOME", elsewhere.to_str().expect("text"))];
    std::fs::remove_file(home.path("spar.toml")).expect("removed");
    assert_eq!(model(&variables, &[]), pair("gpt-4o-mini", "default"));
}

#[test]
fn secrets_are_never_shown() {
    let home = Home::new();
    let variables =
        [("OPENAI_API_KEY", "sk-very-secret"), ("OPENAI_BASE_URL", "http://ann:pass-word@h/v1")];
    for format in ["text", "json"] {
        let ran = home.spar_with(&variables, &["config", "show", "--format", format]).exits(0);
        assert!(ran.out.contains("(set, not shown)") && ran.out.contains("$OPENAI_API_KEY"));
        for secret in ["sk-very-secret", "pass-word"] {
            assert!(!format!("{ran:?}").contains(secret), "{}", ran.out);
        }
    }
}

#[test]
fn a_settings_file_that_makes_no_sense_is_named_with_its_line() {
    let home = Home::new();
    for (text, words) in [
        ("model = 'm'\nmodell = 'x'\n", &["spar.toml", "line 2", "`modell`", "`model`"][..]),
        ("model = \n", &["spar.toml", "line 1"]),
        ("provider = 'gpt'\n", &["spar.toml", "line 1", "embedded"]),
        ("reduced_motion = 'yes'\n", &["spar.toml", "line 1"]),
    ] {
        home.write("spar.toml", text);
        for command in [&["config", "show"][..], &["run", "freeplay"], &["scenario", "list"]] {
            home.spar(command).exits(2).complains(words);
        }
        // What speaks of the program alone does not look at it.
        home.spar(&["completions", "bash"]).exits(0);
        home.spar(&["man"]).exits(0);
        home.spar(&["--help"]).exits(0);
    }
    std::fs::remove_file(home.path("spar.toml")).expect("removed");
    home.spar_with(&[("SPAR_PROVIDER", "gpt")], &["config", "show"])
        .exits(2)
        .complains(&["$SPAR_PROVIDER is `gpt`", "embedded, openai"]);
}

#[test]
fn an_old_fashioned_settings_file_of_bytes_is_refused_in_words() {
    let home = Home::new();
    home.write("spar.toml", b"model = '\xff'\n");
    home.spar(&["config", "show"]).exits(2).complains(&["spar.toml"]);
}
