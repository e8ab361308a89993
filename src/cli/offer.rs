//! The one offer of a model server: somebody who has `OPENAI_API_KEY` set may want a model to play
//! the persona, but what is said here is private, so the key alone changes nothing.
//!
//! The question is asked once, and only where somebody can answer it.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::Path;

use spar_engine::config::{Config, Origin, ProviderKind, Setting};

use super::context::Context;
use crate::error::CliError;

/// Stands in the state folder once the offer was declined.
const DECLINED: &str = "model-offer-declined";

/// What decides whether the offer is made.
#[derive(Debug, Clone, Copy)]
struct Situation {
    /// Standard input and output are terminals.
    terminal: bool,
    /// A flag, the environment or a file says who plays the persona.
    provider_chosen: bool,
    /// There is a key.
    has_key: bool,
    /// The offer was declined before.
    declined: bool,
}

impl Situation {
    fn of(config: &Config, terminal: bool, declined: bool) -> Self {
        Self {
            terminal,
            provider_chosen: config.provider.origin != Origin::Default,
            has_key: config.api_key.is_some(),
            declined,
        }
    }

    fn calls_for_the_offer(self) -> bool {
        self.terminal && self.has_key && !self.provider_chosen && !self.declined
    }
}

/// Makes the offer if this is the time for it, and keeps the answer: a yes in the user's settings
/// file, for this start as well; anything else as a mark in the state folder.
///
/// # Errors
/// When the terminal goes away, or a yes cannot be written down.
pub(super) fn make(context: &mut Context, terminal: bool) -> Result<(), CliError> {
    let Some(paths) = context.paths.clone() else { return Ok(()) };
    let mark = paths.state.join(DECLINED);
    if !Situation::of(&context.config, terminal, mark.exists()).calls_for_the_offer() {
        return Ok(());
    }
    let file = paths.config_file();
    let base_url = &context.config.base_url.value;
    let accepted = ask(base_url, &file, &mut io::stdin().lock(), &mut io::stderr().lock())?;
    if accepted {
        choose_openai(&file).map_err(|error| {
            CliError::input(format!("cannot write {}: {error}", file.display()))
                .hint("--provider openai says the same for one start")
        })?;
        context.config.provider =
            Setting { value: ProviderKind::Openai, origin: Origin::File(file) };
    } else if let Err(error) = keep_mark(&paths.state, &mark) {
        // Being asked again is a nuisance, not a reason not to play.
        writeln!(io::stderr(), "cannot write {}: {error}\n", mark.display())?;
    }
    Ok(())
}

/// Asks in plain words. Only a clear yes is one.
fn ask(
    base_url: &str,
    file: &Path,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> io::Result<bool> {
    write!(
        out,
        "$OPENAI_API_KEY is set. Shall a model play the people you talk to? Every line you say \
         in a mission\nwould then be sent to {base_url}. Without it, everything stays on this \
         machine.\nYou are asked this once. Send your lines there? [y/N] "
    )?;
    out.flush()?;
    let mut answer = Vec::new();
    input.read_until(b'\n', &mut answer)?;
    let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
    let accepted = matches!(answer.as_str(), "y" | "yes");
    if accepted {
        writeln!(out, "Written to {}; `provider` there takes it back.\n", file.display())?;
    } else {
        writeln!(
            out,
            "Nothing is sent. `spar play --provider openai` asks a model when you want one.\n"
        )?;
    }
    Ok(accepted)
}

fn keep_mark(folder: &Path, mark: &Path) -> io::Result<()> {
    private_folder(folder)?;
    private_file(mark)?.write_all(b"The offer to use $OPENAI_API_KEY was declined.\n")
}

/// Adds the choice to a settings file that does not make it yet, and keeps what is there. The file
/// is replaced in one step and is the user's alone.
fn choose_openai(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        private_folder(folder)?;
    }
    let (file, before) = match fs::read_to_string(file) {
        // A link stays a link: what it leads to is replaced.
        Ok(text) => (file.canonicalize()?, text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (file.to_owned(), String::new()),
        Err(error) => return Err(error),
    };
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.tmp", std::process::id()));
    // At the top, where it belongs to no table.
    let text = format!("provider = \"openai\"\n{before}");
    let written = private_file(Path::new(&beside)).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        new.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&beside, &file));
    if replaced.is_err() {
        // It is ours alone, and of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use spar_engine::config::{Flags, read_settings};

    use super::*;

    #[test]
    fn the_offer_is_made_once_and_only_where_it_can_be_answered() {
        let due =
            Situation { terminal: true, provider_chosen: false, has_key: true, declined: false };
        assert!(due.calls_for_the_offer());
        for otherwise in [
            Situation { terminal: false, ..due },
            Situation { provider_chosen: true, ..due },
            Situation { has_key: false, ..due },
            Situation { declined: true, ..due },
        ] {
            assert!(!otherwise.calls_for_the_offer(), "{otherwise:?}");
        }
    }

    #[test]
    fn a_provider_chosen_anywhere_is_not_asked_about() {
        let key = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-secret".to_owned());
        let bare = Config::resolve(&Flags::default(), &key, &[]).expect("resolves");
        assert!(Situation::of(&bare, true, false).calls_for_the_offer());
        let flags = Flags { provider: Some(ProviderKind::Embedded), ..Flags::default() };
        let chosen = Config::resolve(&flags, &key, &[]).expect("resolves");
        assert!(!Situation::of(&chosen, true, false).calls_for_the_offer());
    }

    #[test]
    fn only_a_clear_yes_is_one_and_the_question_says_where_lines_go() {
        for (typed, accepted) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("yeah no\n", false)]
        {
            let mut said = Vec::new();
            let answer =
                ask("http://there/v1", Path::new("c.toml"), &mut typed.as_bytes(), &mut said);
            assert_eq!(answer.expect("asked"), accepted, "{typed:?}");
            let said = String::from_utf8(said).expect("text");
            assert!(said.contains("would then be sent to http://there/v1"), "{said}");
            assert!(said.contains("[y/N]"), "{said}");
        }
    }

    #[test]
    fn a_yes_keeps_what_the_file_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("new/config.toml");
        choose_openai(&file).expect("a first file");
        assert_eq!(fs::read_to_string(&file).expect("text"), "provider = \"openai\"\n");
        fs::write(&file, "# mine\nmodel = \"small\"\n").expect("written");
        choose_openai(&file).expect("added");
        let text = fs::read_to_string(&file).expect("text");
        assert_eq!(text, "provider = \"openai\"\n# mine\nmodel = \"small\"\n");
        let settings = read_settings(&file).expect("it parses").expect("it is there");
        let config = Config::resolve(&Flags::default(), &|_| None, &[(file.clone(), settings)])
            .expect("resolves");
        assert_eq!(config.provider.value, ProviderKind::Openai);
        assert_eq!(config.model_mini.value, "small");
        let beside = fs::read_dir(folder.path().join("new")).expect("a folder").count();
        assert_eq!(beside, 1, "nothing is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&file).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
