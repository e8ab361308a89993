//! The report as one HTML file that needs nothing else: no script, no font, nothing from a network.

mod chart;
mod writer;

use writer::Html;

use super::document::{Bar, Block, Card, Document, GateLine, Head, Ink, Part, Span};
use super::outline::document;
use super::{Report, TurnLine, words};
use crate::analysis::turn_impact::{KeyLine, KeyLineKind};
use crate::rules::Outcome;

const STYLE: &str = include_str!("page.css");

/// The report as a page.
#[must_use]
pub fn html(report: &Report) -> String {
    let Document { head, parts } = document(report);
    let mut page = Page { html: Html::new(), language: &report.mission.language };
    page.html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    page.html.text(head.title).raw(" · spar report</title>\n<style>\n").raw(STYLE);
    page.html.raw("</style>\n</head>\n<body>\n");
    page.head(&head);
    page.contents(&parts);
    page.html.raw("<main>\n");
    parts.iter().for_each(|part| page.part(part));
    page.html.raw("</main>\n</body>\n</html>\n");
    page.html.finish()
}

struct Page<'a> {
    html: Html,
    /// What the conversation was held in.
    language: &'a str,
}

impl Page<'_> {
    fn head(&mut self, head: &Head<'_>) {
        let html = &mut self.html;
        html.raw("<header>\n").element("<h1 dir=\"auto\">", head.title, "</h1>\n");
        html.element("<p class=\"with\" dir=\"auto\">", &head.with, "</p>\n");
        html.raw("<div class=\"verdict ").raw(match head.outcome {
            Some(Outcome::Success) => "good",
            Some(Outcome::Failure) => "bad",
            Some(Outcome::Aborted) | None => "even",
        });
        html.raw("\">");
        if let Some(score) = &head.score {
            html.element(
                "<p class=\"score\"><span class=\"big\">",
                score,
                "</span><span class=\"of\">of 100</span></p>",
            );
        }
        html.element("<div><p class=\"outcome\">", head.verdict, "</p>");
        html.element("<p class=\"ending\">", head.ending, "</p>");
        if let Some(summary) = head.summary {
            html.element("<p class=\"muted\" dir=\"auto\">", summary, "</p>");
        }
        html.raw("</div></div>\n<dl class=\"figures\"><div><dt>aim</dt>");
        html.element("<dd class=\"aim\" dir=\"auto\">", head.objective, "</dd></div>");
        for (name, value) in &head.figures {
            html.element("<div><dt>", name, "</dt>").element("<dd>", value, "</dd></div>");
        }
        html.raw("</dl>\n</header>\n");
    }

    fn contents(&mut self, parts: &[Part<'_>]) {
        self.html.raw("<nav aria-label=\"Contents\"><ul>\n");
        for part in parts {
            self.html.raw("<li><a href=\"#").raw(part.id).raw("\">");
            self.html.element("", &part.title, "</a></li>\n");
        }
        self.html.raw("</ul></nav>\n");
    }

    fn part(&mut self, part: &Part<'_>) {
        self.html.raw("<section id=\"").raw(part.id).raw("\">\n");
        self.html.element("<h2>", &part.title, "</h2>\n");
        if let Some(note) = &part.note {
            self.html.element("<p class=\"note\">", note, "</p>\n");
        }
        part.blocks.iter().for_each(|block| self.block(block));
        self.html.raw("</section>\n");
    }

    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Paragraph(spans) => {
                self.html.raw("<p dir=\"auto\">");
                self.spans(spans);
                self.html.raw("</p>\n");
            }
            Block::Subheading(title) => {
                self.html.element("<h3>", title, "</h3>\n");
            }
            Block::List(items) => self.list("<ul class=\"plain\">\n", items, |page, item| {
                page.html.raw("<li dir=\"auto\">");
                page.spans(item);
                page.html.raw("</li>\n");
            }),
            Block::Pairs(pairs) => self.pairs(pairs),
            Block::Table { head, rows } => self.table(head, rows),
            Block::Bars(bars) => self.list("<ul class=\"bars\">\n", bars, Self::bar),
            Block::Gates(gates) => self.list("<ul class=\"gates\">\n", gates, Self::gate),
            Block::Cards(cards) => self.list("<ul class=\"cards\">\n", cards, Self::card),
            Block::Course(course) => chart::chart(&mut self.html, course),
            Block::KeyLines { lines, persona } => {
                lines.iter().for_each(|line| self.key_line(line, persona));
            }
            Block::Transcript { turns, persona } => self.transcript(turns, persona),
        }
    }

    fn list<T>(&mut self, open: &'static str, items: &[T], mut draw: impl FnMut(&mut Self, &T)) {
        self.html.raw(open);
        items.iter().for_each(|item| draw(self, item));
        self.html.raw("</ul>\n");
    }

    fn spans(&mut self, spans: &[Span<'_>]) {
        for span in spans {
            let (open, close) = match span.ink {
                Ink::Plain => ("", ""),
                Ink::Strong | Ink::Heading => ("<strong>", "</strong>"),
                Ink::Muted => ("<span class=\"muted\">", "</span>"),
                Ink::Good => ("<strong class=\"good\">", "</strong>"),
                Ink::Bad => ("<strong class=\"bad\">", "</strong>"),
                Ink::Accent => ("<strong class=\"accent\">", "</strong>"),
            };
            self.html.element(open, &span.text, close);
        }
    }

    fn pairs(&mut self, pairs: &[(std::borrow::Cow<'_, str>, Vec<Span<'_>>)]) {
        self.html.raw("<dl class=\"pairs\">\n");
        for (name, spans) in pairs {
            self.html.element("<div><dt dir=\"auto\">", name, "</dt><dd dir=\"auto\">");
            self.spans(spans);
            self.html.raw("</dd></div>\n");
        }
        self.html.raw("</dl>\n");
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        self.html.raw("<div class=\"wide\"><table><thead><tr>");
        for name in head {
            self.html.element("<th scope=\"col\">", name, "</th>");
        }
        self.html.raw("</tr></thead><tbody>\n");
        for row in rows {
            self.html.raw("<tr>");
            for (at, cell) in row.iter().enumerate() {
                let (open, close) =
                    if at == 0 { ("<th scope=\"row\">", "</th>") } else { ("<td>", "</td>") };
                self.html.element(open, cell, close);
            }
            self.html.raw("</tr>\n");
        }
        self.html.raw("</tbody></table></div>\n");
    }

    fn bar(&mut self, bar: &Bar<'_>) {
        let html = &mut self.html;
        html.element("<li><p class=\"bar-head\"><span class=\"bar-name\">", bar.name, "</span>");
        match bar.value {
            Some(value) => {
                html.raw("<strong>").number(value.round()).raw("</strong></p>");
                html.raw("<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\"><title>");
                html.text(&format!("{}: {value:.0} of 100", bar.name)).raw("</title>");
                html.raw("<rect class=\"rail\" width=\"100\" height=\"10\"/><rect class=\"fill\" height=\"10\" width=\"");
                html.number(value).raw("\"/>");
                if let Some(mark) = bar.mark {
                    html.raw("<path class=\"long\" d=\"M").number(mark).raw(" -4V14\"/>");
                }
                html.raw("</svg>");
            }
            None => {
                html.raw("<span class=\"muted\">not shown in this mission</span></p>");
            }
        }
        if let Some(aside) = &bar.aside {
            html.element("<p class=\"muted small\">", aside, "</p>");
        }
        if !bar.reason.is_empty() {
            html.element("<p class=\"small\" dir=\"auto\">", &bar.reason, "</p>");
        }
        html.raw("</li>\n");
    }

    fn gate(&mut self, gate: &GateLine<'_>) {
        let (class, sign, state) = match gate.passed_in {
            Some(turn) => ("<li class=\"passed\">", "✓", format!("passed in turn {turn}")),
            None if gate.required => {
                ("<li class=\"open needed\">", "✗", "open, and needed".to_owned())
            }
            None => ("<li class=\"open\">", "○", "open".to_owned()),
        };
        let html = &mut self.html;
        html.raw(class).element(
            "<span class=\"sign\" aria-hidden=\"true\">",
            sign,
            "</span><span>",
        );
        html.element("<span dir=\"auto\">", gate.title, "</span> ");
        html.element("<span class=\"muted\">", &state, "</span>");
        if let Some(missing) = gate.missing {
            html.element("<br><span class=\"small\">", missing, "</span>");
        }
        html.raw("</span></li>\n");
    }

    fn card(&mut self, card: &Card<'_>) {
        let turn = card.turn.map(|turn| format!(" · turn {turn}")).unwrap_or_default();
        let html = &mut self.html;
        html.element("<li><p class=\"kind\">", &format!("{}{turn}", card.kind), "</p>");
        html.element("<h3 dir=\"auto\">", card.title, "</h3>");
        html.element("<p dir=\"auto\">", card.body, "</p></li>\n");
    }

    fn key_line(&mut self, key: &KeyLine, persona: &str) {
        self.html.raw(match key.kind {
            KeyLineKind::Top => "<article class=\"key-line top\">",
            KeyLineKind::Bottom => "<article class=\"key-line bottom\">",
            KeyLineKind::Rare => "<article class=\"key-line rare\">",
        });
        let score = words::score(key.score, key.tier);
        self.html.element("<h3>", &format!("Turn {}", key.turn), " <span class=\"chip\">");
        self.html.text(&score).raw("</span> <span class=\"kind\">");
        self.html.text(words::key_line(key.kind)).raw("</span></h3>");
        self.said("you", "You", &key.text);
        if let Some(reply) = &key.reply {
            self.said("them", persona, reply);
        }
        if !key.reason.is_empty() {
            self.html.element("<p class=\"why\" dir=\"auto\">Why: ", &key.reason, "</p>");
        }
        if let Some(better) = &key.better {
            self.html.raw("<div class=\"better\"><p class=\"who\">Better</p>");
            self.html.element("<p dir=\"auto\">", better, "</p></div>");
        }
        self.html.raw("</article>\n");
    }

    fn transcript(&mut self, turns: &[TurnLine], persona: &str) {
        let count = turns.iter().filter(|turn| turn.user.is_some()).count() as u32;
        self.html.raw("<details><summary>");
        self.html
            .text(&words::count(count, "turn", "turns"))
            .raw("</summary>\n<ol class=\"turns\">\n");
        turns.iter().for_each(|turn| self.turn(turn, persona));
        self.html.raw("</ol></details>\n");
    }

    fn turn(&mut self, turn: &TurnLine, persona: &str) {
        self.html.raw("<li class=\"turn\">");
        if let Some(user) = &turn.user {
            let back = if turn.taken_back { " · taken back" } else { "" };
            let flags = words::flags(&turn.flags);
            self.html.element("<p class=\"turn-head\">", &format!("Turn {}", turn.turn), " ");
            if let Some(score) = turn.score {
                self.html.element(
                    "<span class=\"chip\">",
                    &words::score(score, turn.tier),
                    "</span>",
                );
            }
            self.html.text(&format!(" mood {}{back}{flags}", turn.mood.name())).raw("</p>");
            self.said("you", "You", user);
        }
        if let Some(reply) = &turn.persona {
            self.said("them", persona, reply);
        }
        if let Some(reason) = turn.reason.as_deref().filter(|reason| !reason.is_empty()) {
            self.html.element("<p class=\"why\" dir=\"auto\">Why: ", reason, "</p>");
        }
        self.html.raw("</li>\n");
    }

    fn said(&mut self, class: &'static str, who: &str, said: &str) {
        self.html.raw("<div class=\"said ").raw(class).raw("\">");
        self.html.element("<p class=\"who\" dir=\"auto\">", who, "</p><p dir=\"auto\" lang=\"");
        self.html.text(self.language).raw("\">").text(said).raw("</p></div>");
    }
}
