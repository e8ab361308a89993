//! The course of a mission as a drawing: score, tension and comfort over the turns, the gates and
//! moments above, the arcs below. Lines are stretched to the width there is; their strokes and all
//! words keep their size, because words stand beside the drawing and not in it.

use super::super::document::{Course, CoursePoint, Mark};
use super::writer::Html;

/// More points than this are drawn without dots.
const DOTS: usize = 60;
/// Marks nearer than this, in percent of the width, go to another row.
const NEAR: f64 = 4.0;
/// Arcs narrower than this, in percent of the width, go without their name.
const NAMED: f64 = 14.0;

/// A line of the chart: its class, its name, and its value at a point.
type Series = (&'static str, &'static str, fn(&CoursePoint) -> Option<f64>);

const SERIES: [Series; 3] = [
    ("comfort", "comfort", |point| Some(point.comfort)),
    ("tension", "tension", |point| Some(point.tension)),
    ("score", "score", |point| point.score),
];

pub(super) fn chart(html: &mut Html, course: &Course<'_>) {
    let (Some(first), Some(last)) = (course.points.first(), course.points.last()) else {
        html.element("<p>", &course.in_words(), "</p>");
        return;
    };
    let axis = Axis { from: f64::from(first.turn), to: f64::from(last.turn) };
    html.raw("<figure class=\"chart\">");
    legend(html);
    html.raw("<div class=\"plot\">");
    marks(html, &axis, &course.gates, "gate");
    marks(html, &axis, &course.moments, "moment");
    html.raw("<div class=\"field\"><span class=\"y\" style=\"top:0\">100</span><span class=\"y\" style=\"top:50%\">50</span><span class=\"y\" style=\"top:100%\">0</span>");
    drawing(html, course, &axis);
    html.raw("</div>");
    arcs(html, course, &axis);
    ticks(html, &axis);
    html.raw("</div><figcaption>");
    if course.per_point > 1 {
        let words = format!("Each point is the mean of {} turns.", course.per_point);
        html.element("<p class=\"muted\">", &words, "</p>");
    }
    listed(html, "Gates", "gate", &course.gates);
    listed(html, "Moments", "moment", &course.moments);
    html.raw("</figcaption></figure>");
}

fn legend(html: &mut Html) {
    html.raw("<ul class=\"legend\">");
    for (class, name, _) in SERIES.into_iter().rev() {
        html.raw(
            "<li><svg class=\"key\" viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"line ",
        );
        html.raw(class).raw("\" d=\"M1 4H23\"/></svg>").element("", name, "</li>");
    }
    html.raw("</ul>");
}

fn drawing(html: &mut Html, course: &Course<'_>, axis: &Axis) {
    html.raw("<svg class=\"lines\" viewBox=\"0 0 100 100\" preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"course-title course-desc\"><title id=\"course-title\">Score, tension and comfort over the turns</title>");
    html.element("<desc id=\"course-desc\">", &course.in_words(), "</desc>");
    html.raw("<path class=\"grid\" d=\"M0 0H100M0 25H100M0 50H100M0 75H100M0 100H100\"/>");
    html.raw("<path class=\"guide\" d=\"");
    for gate in &course.gates {
        html.raw("M").number(axis.at(gate.turn)).raw(" 0V100");
    }
    html.raw("\"/>");
    for (class, _, value) in SERIES {
        html.raw("<path class=\"line ").raw(class).raw("\" d=\"");
        line(html, &course.points, axis, value);
        html.raw("\"/>");
        if course.points.len() <= DOTS {
            // A line of no length with round ends is a dot, round however the drawing is stretched.
            html.raw("<path class=\"dot ").raw(class).raw("\" d=\"");
            for point in &course.points {
                if let Some(value) = value(point) {
                    html.raw("M").number(axis.at(point.turn));
                    html.raw(" ").number(100.0 - value).raw("h0");
                }
            }
            html.raw("\"/>");
        }
    }
    html.raw("</svg>");
}

/// The points joined; where a value is missing the line is broken. The opener has no score, so that
/// a score's line begins with the first turn.
fn line(
    html: &mut Html,
    points: &[CoursePoint],
    axis: &Axis,
    value: fn(&CoursePoint) -> Option<f64>,
) {
    let mut is_open = false;
    for point in points {
        let Some(value) = value(point) else {
            is_open = false;
            continue;
        };
        html.raw(if is_open { "L" } else { "M" });
        html.number(axis.at(point.turn)).raw(" ").number(100.0 - value);
        is_open = true;
    }
}

/// Numbered gates, lettered moments, in as many rows as they need.
fn marks(html: &mut Html, axis: &Axis, marks: &[Mark<'_>], class: &'static str) {
    let mut rows: Vec<(f64, Vec<(usize, f64)>)> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let x = axis.at(mark.turn);
        match rows.iter_mut().find(|(last, _)| x - *last >= NEAR) {
            Some((last, row)) => {
                *last = x;
                row.push((at, x));
            }
            None => rows.push((x, vec![(at, x)])),
        }
    }
    for (_, row) in rows {
        html.raw("<div class=\"marks\" aria-hidden=\"true\">");
        for (at, x) in row {
            html.raw("<span class=\"mark ")
                .raw(class)
                .raw("\" style=\"left:")
                .number(x)
                .raw("%\">");
            html.element("", &sign(class, at), "</span>");
        }
        html.raw("</div>");
    }
}

fn sign(class: &str, at: usize) -> String {
    if class == "gate" {
        return (at + 1).to_string();
    }
    let letter = u8::try_from(at).ok().filter(|at| *at < 26).map_or(b'+', |at| b'a' + at);
    char::from(letter).to_string()
}

fn listed(html: &mut Html, title: &str, class: &'static str, marks: &[Mark<'_>]) {
    if marks.is_empty() {
        return;
    }
    html.element("<p class=\"marks-title\">", title, "</p><ol class=\"marks-list\">");
    for (at, mark) in marks.iter().enumerate() {
        html.raw("<li><span class=\"mark ").raw(class).raw("\" aria-hidden=\"true\">");
        html.element("", &sign(class, at), "</span><span><span dir=\"auto\">");
        html.element("", mark.label, "</span> <span class=\"muted\">");
        html.element("", &format!("turn {}", mark.turn), "</span></span></li>");
    }
    html.raw("</ol>");
}

fn arcs(html: &mut Html, course: &Course<'_>, axis: &Axis) {
    if course.arcs.is_empty() {
        return;
    }
    html.raw("<ul class=\"arcs\" aria-label=\"Arcs\">");
    for arc in &course.arcs {
        // An arc reaches half a turn to each side, so that one of a single turn can be seen.
        let (from, to) = (axis.edge(f64::from(arc.from) - 0.5), axis.edge(f64::from(arc.to) + 0.5));
        let words = format!("{}, turns {}–{}", arc.label, arc.from, arc.to);
        html.raw("<li style=\"left:").number(from).raw("%;width:").number(to - from);
        html.raw("%\" title=\"").text(&words).raw("\">");
        if to - from >= NAMED {
            html.element("<span>", arc.label, "</span>");
        } else {
            html.element("<span class=\"unseen\">", &words, "</span>");
        }
        html.raw("</li>");
    }
    html.raw("</ul>");
}

/// The first and the last turn and a few round ones between.
fn ticks(html: &mut Html, axis: &Axis) {
    let span = (axis.to - axis.from).max(0.0);
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0]
        .into_iter()
        .find(|step| span / step <= 8.0)
        .unwrap_or(10_000.0);
    html.raw("<div class=\"ticks\" aria-hidden=\"true\">");
    let mut turn = (axis.from / step).ceil() * step;
    while turn <= axis.to {
        html.raw("<span style=\"left:").number(axis.edge(turn)).raw("%\">").number(turn);
        html.raw("</span>");
        turn += step;
    }
    html.raw("</div><p class=\"axis\">turn</p>");
}

/// Turns from left to right.
struct Axis {
    from: f64,
    to: f64,
}

impl Axis {
    /// Where a turn stands, percent of the width.
    fn at(&self, turn: u32) -> f64 {
        self.edge(f64::from(turn))
    }

    fn edge(&self, turn: f64) -> f64 {
        if self.to <= self.from {
            return 50.0;
        }
        ((turn - self.from) / (self.to - self.from) * 100.0).clamp(0.0, 100.0)
    }
}
