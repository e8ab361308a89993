//! The model card: what the models of a pack were learnt from, how good they are and what they cannot
//! do. `docs/skill-models.md` is the card of the built-in pack, kept so by a test.

use serde_json::Value;
use spar_core::reading::{FACETS, Skill};

/// Where the labels of a model come from.
struct Origin {
    /// The file of the corpus, without `.jsonl`.
    file: &'static str,
    title: &'static str,
    by: &'static str,
    licence: &'static str,
    /// Who gave the labels and for what.
    labels: &'static str,
    /// What the figures do not say.
    limits: &'static str,
}

const ORIGINS: [Origin; 7] = [
    Origin {
        file: "politeness",
        title: "Stanford Politeness Corpus",
        by: "Danescu-Niculescu-Mizil, Sudhof, Jurafsky, Leskovec and Potts, ACL 2013",
        licence: "CC BY 4.0",
        labels: "requests on Wikipedia and Stack Exchange; five raters each, their mean is learnt",
        limits: "Requests between strangers in writing. One rater against the other four agrees by a \
                 Spearman of .54 (Wikipedia) and .37 (Stack Exchange): much more is not to be had.",
    },
    Origin {
        file: "receptiveness",
        title: "Conversational receptiveness",
        by: "Yeomans, Minson, Collins, Chen and Gino, 2019",
        licence: "MIT",
        labels: "written answers to a view the writer does not share, rated by people who disagree \
                 with the writer",
        limits: "Paragraphs on politics, far longer than a line in a talk; few rows, a wide interval.",
    },
    Origin {
        file: "uptake",
        title: "Uptake of students' ideas",
        by: "Demszky, Liu, Mancenido, Cohen, Hill, Jurafsky and Hashimoto, ACL 2021",
        licence: "MIT",
        labels: "a teacher's line after a pupil's; three experts, their mean is learnt",
        limits: "Classrooms. All three experts agree on 32 % of the lines. Length alone reaches .37: \
                 much of what is called uptake is saying more about it.",
    },
    Origin {
        file: "casino_strategy",
        title: "CaSiNo campsite negotiations",
        by: "Chawla, Ramirez, Clever, Lucas, May and Gratch, NAACL 2021",
        licence: "CC BY 4.0",
        labels: "lines of two people who share out food, water and firewood, marked with strategies",
        limits: "One setting. Length alone reaches an AUC of .74 for empathy and .70 for coordination; \
                 both figures of ours correlate with length by more than .5.",
    },
    Origin {
        file: "persuasion_acts",
        title: "PersuasionForGood",
        by: "Wang, Shi, Kim, Oh, Yang, Zhang and Yu, ACL 2019",
        licence: "Apache-2.0",
        labels: "lines of people who ask others for a gift to a charity, marked with what they do",
        limits: "Finds that a question is asked after the other's wishes; hardly how well.",
    },
    Origin {
        file: "github_incivility",
        title: "Incivility in code reviews and issues",
        by: "VCU SWIM lab, 2023 (comments by their authors)",
        licence: "annotations MIT",
        labels: "comments on software projects, civil or not",
        limits: "Developers' rough words; quiet contempt and irony are mostly missed. A line that names \
                 somebody's anger can be taken for an angry one.",
    },
    Origin {
        file: "positive_reframing",
        title: "Positive reframing",
        by: "Ziems, Li, Zhang and Yang, ACL 2022",
        licence: "CC BY-SA 4.0",
        labels: "hopeful rewritings of gloomy messages, marked with the strategies used",
        limits: "People wrote them because they were asked to; learnt from the rewritten lines alone, \
                 so that the figure does not tell rewritten from original ones.",
    },
];

/// The file each label is learnt from.
fn file_of(facet: &str) -> &'static str {
    match facet {
        "politeness_z" => "politeness",
        "receptive_z" => "receptiveness",
        "uptake_z" => "uptake",
        "uncivil" => "github_incivility",
        "inquiry" => "persuasion_acts",
        "growth" | "optimism" => "positive_reframing",
        _ => "casino_strategy",
    }
}

/// The card of a manifest, as Markdown.
pub(super) fn card(manifest: &Value, checksum: &str, bytes: usize) -> String {
    let mut page = head(manifest, checksum, bytes);
    page.push_str(&figures(manifest));
    for skill in Skill::ALL {
        page.push_str(&of_skill(skill, manifest));
    }
    page.push_str(&data(manifest));
    page
}

fn head(manifest: &Value, checksum: &str, bytes: usize) -> String {
    let about = &manifest["about"];
    let (trees, linear) = (&manifest["settings"]["trees"], &manifest["settings"]["linear"]);
    format!(
        "# Skill models\n\n\
         What `spar skills models show` says of the models that come with spar; a test keeps the two \
         the same.\n\n\
         - trained on {date}, features version {features}, seed {seed}, {size:.2} MB, SHA-256 \
         `{checksum}`\n\
         - each model: {forests} forests of {trees} trees (depth {depth}, step {eta}) on the named \
         features, and a sparse linear model (2^{bits} places) on those and on hashed pieces of words, \
         joined by weights learnt out of fold ({folds} folds by dialogue)\n\
         - **score**: for a yes-or-no label the calibrated probability, for a graded one the share of \
         training labels that are lower, in hundredths. **Standing**: the share of lines that show \
         less, half among the training lines and half among the {kindred} lines of the built-in \
         playthroughs. **Interval**: where nine of ten such lines lie (split conformal); for a \
         yes-or-no label it tells how far the probability would move had the models been learnt from \
         other dialogues. **Confidence**: 1 − (½ model variance + ½ missing features)\n\n\
         They read English. They were learnt from writing between strangers, mostly from the United \
         States; a warm word among friends, irony, dialect and other cultures' manners are read worse. \
         They rank lines; they do not judge people.\n",
        date = text(&about["date"]),
        features = manifest["features"],
        seed = manifest["settings"]["seed"],
        size = bytes as f64 / 1e6,
        forests = trees["forests"],
        trees = trees["trees"],
        depth = trees["depth"],
        eta = rounded(&trees["eta"]),
        bits = linear["bits"],
        folds = manifest["settings"]["folds"],
        kindred = about["kindred_lines"],
    )
}

fn figures(manifest: &Value) -> String {
    let mut page = "\n## Figures\n\nOn lines of dialogues that the measured models did not see: trained \
                    on `train`, measured on `dev`, with 95 % bootstrap intervals by dialogue. The \
                    shipped models saw both. Length is what counting words alone reaches; with length \
                    is how far our figure follows the number of words (Spearman). Gain is over n-grams \
                    and boosted trees on 110 hand features, paired by dialogue.\n\n\
                    | label | metric | rows | ours | length | with length | calibration error | \
                    interval holds | gain |\n|---|---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for facet in FACETS {
        let Some(found) = task(manifest, facet.name) else { continue };
        let (ours, gain) = (&found["ours"], &found["gain"]);
        page.push_str(&format!(
            "| `{}` | {} | {} | {:.3} ({:.3}–{:.3}) | {:.3} | {:.2} | {} | {} | {} |\n",
            facet.name,
            text(&found["metric"]),
            found["rows"],
            number(&ours["value"]),
            number(&ours["low"]),
            number(&ours["high"]),
            number(&found["length"]),
            number(&found["with_length"]),
            found["calibration"].as_f64().map_or("–".to_owned(), |error| format!("{error:.3}")),
            found["coverage"]
                .as_f64()
                .map_or("–".to_owned(), |held| format!("{:.1} %", held * 100.0)),
            gain["value"].as_f64().map_or("–".to_owned(), |value| format!(
                "{value:+.3} ({:+.3} to {:+.3})",
                number(&gain["low"]),
                number(&gain["high"])
            )),
        ));
    }
    page
}

fn of_skill(skill: Skill, manifest: &Value) -> String {
    let mut page = format!("\n## {}\n\n", capital(skill.in_words()));
    if !skill.is_learnt() {
        page.push_str(
            "By rule, not learnt: 50, and what the strongest cue for it adds, less what the strongest \
             against it takes. No corpus at hand has labels for it.\n",
        );
        return page;
    }
    let facets: Vec<_> = FACETS.iter().filter(|facet| facet.skill == skill).collect();
    if facets.len() > 1 {
        page.push_str("Any of its labels shows it; its standing is the mean of theirs.\n\n");
    }
    for facet in facets {
        let Some(origin) = ORIGINS.iter().find(|origin| origin.file == file_of(facet.name)) else {
            continue;
        };
        let rows =
            find(&manifest["tasks"], "name", facet.name).map_or(&Value::Null, |row| &row["rows"]);
        page.push_str(&format!(
            "- `{}`, {rows} rows: {} ({}; {}). {}. {}\n",
            facet.name,
            origin.title,
            origin.by,
            origin.licence,
            capital(origin.labels),
            origin.limits,
        ));
    }
    page
}

fn data(manifest: &Value) -> String {
    let mut page =
        "\n## Data\n\nNo sentence of these corpora is part of spar; weights and figures are \
                    learnt from them. SHA-256 of the files:\n\n"
            .to_owned();
    if let Some(hashes) = manifest["about"]["data_sha256"].as_object() {
        for (file, hash) in hashes {
            page.push_str(&format!("- `{file}` `{}`\n", text(hash)));
        }
    }
    page
}

fn task<'a>(manifest: &'a Value, name: &str) -> Option<&'a Value> {
    find(&manifest["about"]["figures"]["tasks"], "task", name)
}

/// The object of a list whose field has this value.
pub(super) fn find<'a>(list: &'a Value, field: &str, value: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|one| one[field] == value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("–")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// A single-precision number without the digits it does not have.
fn rounded(value: &Value) -> f64 {
    (number(value) * 1e4).round() / 1e4
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
