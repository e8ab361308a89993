//! Markup that cannot be broken out of: what is written raw is known at compile time, and everything
//! else is escaped.

use std::fmt::Write as _;

use crate::language::clean;

/// HTML that grows.
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(64 * 1024))
    }

    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Markup as it stands in this program.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anybody's text, for between tags or within double quotes.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let text = clean(text);
        let mut rest = text.as_ref();
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            self.0.push_str(&rest[..at]);
            self.0.push_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            });
            rest = &rest[at + 1..];
        }
        self.0.push_str(rest);
        self
    }

    /// A coordinate, to a hundredth at most.
    pub(super) fn number(&mut self, value: f64) -> &mut Self {
        let rounded = (value * 100.0).round() / 100.0;
        // Writing to a string cannot fail.
        let _ = write!(self.0, "{rounded}");
        self
    }

    /// A whole element with text in it.
    pub(super) fn element(
        &mut self,
        open: &'static str,
        text: &str,
        close: &'static str,
    ) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut html = Html::new();
        html.raw("<p>").text("<b> & \"q\" 'x' \u{1b}[31m\u{202e}é").raw("</p>").number(1.0 / 3.0);
        let expected = "<p>&lt;b&gt; &amp; &quot;q&quot; &#39;x&#39; é</p>0.33";
        assert_eq!(html.finish(), expected);
    }
}
