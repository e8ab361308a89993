//! Who said what, where the conversation does not say: a guess that is shown, corrected, confirmed.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use spar_core::analysis::speakers::{Hints, SpeakerLabel, interpret, label, overall, request};
use spar_core::language::clean;
use spar_core::mission::import::speaks_of_a_crisis;
use spar_core::reading::{Reader, ReaderSpec};
use spar_core::transcript::{Format, Said, Speaker, Transcript, Utterance, assign, render};
use spar_engine::Engine;
use spar_engine::clock::Clock;

use super::import::Source;
use crate::cli::context::{Context, runtime};
use crate::error::{CliError, ExitStatus};

/// How sure a guess must be over all lines to be taken without a person's word.
const SURE_ENOUGH: f64 = 0.6;
/// Lines that are shown of a guess where nobody is there to correct it.
const SHOWN: usize = 12;

/// A guess at who said each line.
pub(super) struct Guess {
    labels: Vec<SpeakerLabel>,
}

impl Guess {
    fn overall(&self) -> f64 {
        overall(&self.labels).get()
    }

    /// The lines with their speakers, as settled.
    fn settled(&self, transcript: &Transcript) -> Vec<Said> {
        let lines = transcript.utterances.iter().zip(&self.labels);
        lines.map(|(said, label)| settled(said, label.speaker)).collect()
    }

    fn shown(&self, transcript: &Transcript, most: usize) -> String {
        let mut text = String::new();
        for (number, (said, label)) in
            (1..).zip(transcript.utterances.iter().zip(&self.labels)).take(most)
        {
            let who = if label.speaker == Speaker::User { "you" } else { "them" };
            let words: String = said.text.replace('\n', " ").chars().take(60).collect();
            let _ = writeln!(text, "{number:>4}  {who:<4}  {:.2}  {words}", label.confidence.get());
        }
        if self.labels.len() > most {
            let _ = writeln!(text, "      … {} more", self.labels.len() - most);
        }
        text
    }
}

fn settled(said: &Utterance, speaker: Speaker) -> Said {
    Said { speaker, name: said.name.clone(), text: said.text.clone(), at: said.at, line: said.line }
}

/// Guesses from the words alone, and with a model where one is configured. A line that speaks of a
/// crisis is sent to none, and so neither is its conversation.
pub(super) fn guess(
    transcript: &Transcript,
    me: Option<&str>,
    context: &Context,
) -> Result<Guess, CliError> {
    let lines: Vec<String> = transcript.utterances.iter().map(|said| said.text.clone()).collect();
    let hints = Hints { user: me.map(str::to_owned), ..Hints::default() };
    let offline = Guess { labels: label(&lines, &hints) };
    let Some(request) = request(&lines, &hints).filter(|_| context.has_server()) else {
        return Ok(offline);
    };
    let reader = Reader::new(ReaderSpec { english: true, ..ReaderSpec::default() });
    if lines.iter().any(|line| speaks_of_a_crisis(&reader, line)) {
        writeln!(
            io::stderr(),
            "who said what is guessed offline: the conversation speaks of a crisis"
        )?;
        return Ok(offline);
    }
    let clock = Clock::system();
    let engine = Engine::new(context.store()?, clock.clone(), context.route(&clock)?);
    match runtime()?.block_on(engine.ask(&request)) {
        Ok(answer) => {
            let (labels, problems) = interpret(&lines, &hints, &answer.text);
            for problem in problems {
                writeln!(io::stderr(), "who said what: {}", clean(&problem.message))?;
            }
            Ok(Guess { labels })
        }
        Err(error) => {
            let reason = clean(&error.to_string()).into_owned();
            writeln!(io::stderr(), "who said what is guessed offline: {reason}")?;
            Ok(offline)
        }
    }
}

/// Writes the guess as a transcript in JSON lines, to be corrected by hand.
pub(super) fn write(guess: &Guess, transcript: &Transcript, path: &Path) -> Result<(), CliError> {
    let mut text = String::new();
    for (said, label) in transcript.utterances.iter().zip(&guess.labels) {
        let one = Transcript {
            utterances: vec![Utterance { side: Some(label.speaker), ..said.clone() }],
        };
        // The confidence stands first, where somebody who corrects looks; reading ignores it.
        let row = render(&one, Format::Jsonl);
        let _ = write!(
            text,
            "{{\"confidence\":{:.2},{}",
            label.confidence.get(),
            row.strip_prefix('{').unwrap_or(&row)
        );
    }
    crate::cli::scenario::write_new(path, &text)?;
    let name = path.display();
    writeln!(
        io::stderr(),
        "wrote a guess to {name} ({:.0} % sure); correct each \"role\" (user is you), then import \
         the same file with --labels {name}",
        guess.overall() * 100.0
    )?;
    Ok(())
}

/// Reads a corrected guess: the same lines, in the same order, each with its role.
pub(super) fn from_file(path: &Path, transcript: &Transcript) -> Result<Vec<Said>, CliError> {
    let source = Source::read(path)?;
    let labels = source.parse(Format::Jsonl)?;
    let sides = assign(&labels, None).map_err(|_| {
        CliError::input(format!("{} does not say who speaks", source.name))
            .hint("give each row \"role\": \"user\" or \"partner\"")
    })?;
    let (there, here) = (transcript.utterances.len(), sides.len());
    let differs =
        transcript.utterances.iter().zip(&sides).find(|(said, side)| said.text != side.text);
    if let Some((said, side)) = differs {
        let message = format!(
            "{}:{}: these are not the words of line {} of the conversation",
            source.name, side.line, said.line
        );
        return Err(CliError::input(message)
            .hint("change roles only; to change words, change the conversation"));
    }
    if there != here {
        let message =
            format!("{} has {here} rows, and the conversation {there} lines", source.name);
        return Err(CliError::input(message).hint("write it anew with --labels-out"));
    }
    let settled = transcript.utterances.iter().zip(&sides);
    Ok(settled.map(|(said, side)| self::settled(said, side.speaker)).collect())
}

/// A guess that a person confirmed, or that is sure enough where `--yes` was given.
pub(super) fn confirmed(
    guess: Guess,
    transcript: &Transcript,
    source: &Source,
    yes: bool,
) -> Result<Vec<Said>, CliError> {
    let can_ask = source.can_ask() && !yes;
    let most = if can_ask { usize::MAX } else { SHOWN };
    let name = &source.name;
    let mut err = io::stderr();
    writeln!(err, "{name} does not say who speaks. A guess, with how sure it is (0–1):")?;
    write!(err, "{}", clean(&guess.shown(transcript, most)))?;
    writeln!(err, "overall {:.2}", guess.overall())?;
    if can_ask {
        return ask(guess, transcript);
    }
    if yes && guess.overall() >= SURE_ENOUGH {
        return Ok(guess.settled(transcript));
    }
    Err(unsettled(&if yes {
        format!("--yes takes a guess that is at least {SURE_ENOUGH} sure; this one is not")
    } else {
        "nobody is there to confirm who said what".to_owned()
    }))
}

/// Asks until the guess is right or given up.
fn ask(mut guess: Guess, transcript: &Transcript) -> Result<Vec<Said>, CliError> {
    let mut err = io::stderr();
    loop {
        write!(err, "Is that right? [y/N], or the numbers of lines to change: ")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        match swapped(answer.trim(), &mut guess) {
            Answer::Yes => return Ok(guess.settled(transcript)),
            Answer::Swapped => write!(err, "{}", clean(&guess.shown(transcript, usize::MAX)))?,
            Answer::No => {
                return Err(unsettled("nothing was imported: it is not settled who said what"));
            }
        }
    }
}

fn unsettled(message: &str) -> CliError {
    let error = CliError::new(ExitStatus::BadInput, message.to_owned());
    error
        .hint("write the guess with --labels-out FILE, correct it, and import with --labels FILE")
        .hint(format!("--yes takes a guess that is at least {SURE_ENOUGH} sure"))
}

enum Answer {
    Yes,
    Swapped,
    No,
}

/// What somebody answered; the lines they named change sides and are sure from then on.
fn swapped(answer: &str, guess: &mut Guess) -> Answer {
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        return Answer::Yes;
    }
    let numbers: Option<Vec<usize>> = answer
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .map(|word| word.parse::<usize>().ok().filter(|n| (1..=guess.labels.len()).contains(n)))
        .collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => {
            for number in numbers {
                let label = &mut guess.labels[number - 1];
                label.speaker = label.speaker.other();
                label.confidence = spar_core::units::Confidence::new(1.0);
            }
            Answer::Swapped
        }
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use spar_core::units::Confidence;

    use super::*;

    #[test]
    fn a_person_may_change_lines_before_saying_yes() {
        let label = SpeakerLabel { speaker: Speaker::User, confidence: Confidence::new(0.5) };
        let mut guess = Guess { labels: vec![label; 3] };
        assert!(matches!(swapped("2, 3", &mut guess), Answer::Swapped));
        let sides: Vec<_> = guess.labels.iter().map(|label| label.speaker.name()).collect();
        assert_eq!(sides, ["user", "partner", "partner"]);
        assert!((guess.overall() - 2.5 / 3.0).abs() < 0.001);
        assert!(matches!(swapped("Y", &mut guess), Answer::Yes));
        for no in ["", "n", "4", "0", "1 x"] {
            assert!(matches!(swapped(no, &mut guess), Answer::No), "{no}");
        }
        assert_eq!(guess.labels[0].speaker, Speaker::User, "a wrong answer changes nothing");
    }
}
