//! Whether a page is well formed: every tag is closed where it should be, attributes are quoted,
//! ids are there once, and links within the page lead somewhere.

use std::collections::BTreeSet;

const VOID: [&str; 4] = ["br", "meta", "link", "!doctype"];

/// What is wrong with a page.
pub(crate) fn problems(html: &str) -> Vec<String> {
    let (mut problems, mut open) = (Vec::new(), Vec::new());
    let (mut ids, mut links) = (BTreeSet::new(), Vec::new());
    for piece in pieces(html) {
        match piece {
            Piece::Text(text) => text_problems(text, &mut problems),
            Piece::Tag(tag) => {
                let tag = tag.trim();
                if let Some(name) = tag.strip_prefix('/') {
                    if open.pop() != Some(name) {
                        problems.push(format!("</{name}> closes something else"));
                    }
                    continue;
                }
                let name = tag.split([' ', '/']).next().unwrap_or_default();
                if tag.matches('"').count() % 2 != 0 || tag.contains('<') {
                    problems.push(format!("<{tag}> has an open quote"));
                }
                for (attribute, value) in attributes(tag) {
                    match attribute {
                        "id" if !ids.insert(value) => problems.push(format!("#{value} twice")),
                        "href" => links.push(value),
                        "aria-labelledby" => links.extend(value.split(' ')),
                        _ => {}
                    }
                }
                if !VOID.contains(&name) && !tag.ends_with('/') {
                    open.push(name);
                }
            }
        }
    }
    problems.extend(open.iter().map(|name| format!("<{name}> is never closed")));
    let lost = links.iter().filter(|link| !ids.contains(link.trim_start_matches('#')));
    problems.extend(lost.map(|link| format!("{link} leads nowhere")));
    problems
}

/// Everything of a page that is not text to be read.
pub(crate) fn tags_and_style(html: &str) -> String {
    apart(html).0
}

/// The text of a page.
pub(crate) fn words(html: &str) -> String {
    apart(html).1
}

fn apart(html: &str) -> (String, String) {
    let mut in_style = false;
    let (mut code, mut words) = (String::new(), String::new());
    for piece in pieces(html) {
        match piece {
            Piece::Tag(tag) => {
                in_style = tag == "style";
                code.push_str(&format!("<{tag}>"));
            }
            Piece::Text(text) if in_style => code.push_str(text),
            Piece::Text(text) => words.push_str(text),
        }
    }
    (code, words)
}

enum Piece<'a> {
    Tag(&'a str),
    Text(&'a str),
}

fn pieces(html: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(tag) = rest.strip_prefix('<') {
            let end = tag.find('>').unwrap_or(tag.len());
            rest = tag.get(end + 1..).unwrap_or_default();
            return Some(Piece::Tag(&tag[..end]));
        }
        let end = rest.find('<').unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

/// An ampersand begins one of the five references we write, and nothing else.
fn text_problems(text: &str, problems: &mut Vec<String>) {
    const KNOWN: [&str; 5] = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
    for (at, _) in text.match_indices('&') {
        if !KNOWN.iter().any(|known| text[at..].starts_with(known)) {
            problems.push(format!("a bare & in {text:?}"));
        }
    }
}

fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut quoted = tag.split('"');
    std::iter::from_fn(move || {
        let name = quoted.next()?.trim_end_matches('=').rsplit(' ').next()?;
        Some((name, quoted.next()?))
    })
}
