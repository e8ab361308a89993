//! Cells as bytes, as few as will do.
//!
//! Ratatui's own backend states every colour and resets them all in each frame, which in true
//! colour is most of what a typed letter costs. This one remembers what the terminal was last told
//! (its cursor, its style, whether the cursor shows) and says only what is different.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io;
use std::rc::Rc;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// The attributes that are used, and their codes.
const ATTRIBUTES: [(Modifier, &str); 6] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::REVERSED, "7"),
    (Modifier::CROSSED_OUT, "9"),
];

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    fore: Color,
    back: Color,
    attributes: Modifier,
}

impl Look {
    const PLAIN: Self =
        Self { fore: Color::Reset, back: Color::Reset, attributes: Modifier::empty() };
}

/// What the terminal was last told. `None`: it cannot be known.
#[derive(Debug, Default)]
struct Told {
    cursor: Option<Position>,
    look: Option<Look>,
    shows_cursor: Option<bool>,
}

/// Collects a frame's bytes; the screen sends them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bytes(Rc<RefCell<String>>);

impl Bytes {
    /// Takes out what was collected.
    pub(crate) fn take(&self) -> String {
        self.0.take()
    }
}

/// A backend that writes into [`Bytes`].
#[derive(Debug)]
pub(crate) struct ThriftyBackend {
    bytes: Bytes,
    told: Told,
    /// The terminal's size, where it is not asked for.
    fixed: Option<Size>,
}

impl ThriftyBackend {
    /// For the terminal that the program runs in.
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, told: Told::default(), fixed: None }
    }

    /// For a terminal that is only written down.
    #[cfg(test)]
    pub(crate) fn of_size(bytes: Bytes, size: Size) -> Self {
        Self { fixed: Some(size), ..Self::new(bytes) }
    }

    /// Nothing is known any more: the terminal was in other hands.
    pub(crate) fn forget(&mut self) {
        self.told = Told::default();
    }

    fn say(&self, text: &str) {
        self.bytes.0.borrow_mut().push_str(text);
    }

    fn go(&mut self, to: Position) {
        if self.told.cursor != Some(to) {
            self.say(&format!("\x1b[{};{}H", to.y + 1, to.x + 1));
            self.told.cursor = Some(to);
        }
    }

    fn dress(&mut self, look: Look) {
        if self.told.look == Some(look) {
            return;
        }
        let mut codes = String::new();
        let told = self.told.look.filter(|told| told.attributes == look.attributes);
        if told.is_none() {
            codes.push_str("0;");
            for (attribute, code) in ATTRIBUTES {
                if look.attributes.contains(attribute) {
                    let _ = write!(codes, "{code};");
                }
            }
        }
        // After a reset the colours are the terminal's own.
        let told = told.unwrap_or(Look::PLAIN);
        if told.fore != look.fore {
            color(&mut codes, look.fore, 30);
        }
        if told.back != look.back {
            color(&mut codes, look.back, 40);
        }
        self.say(&format!("\x1b[{}m", codes.trim_end_matches(';')));
        self.told.look = Some(look);
    }

    fn show(&mut self, shows: bool) {
        if self.told.shows_cursor != Some(shows) {
            self.say(if shows { "\x1b[?25h" } else { "\x1b[?25l" });
            self.told.shows_cursor = Some(shows);
        }
    }
}

/// Adds a colour's codes; `base` is 30 for letters and 40 for the ground.
fn color(codes: &mut String, color: Color, base: u8) {
    let indexed = |codes: &mut String, index: u8| match index {
        0..8 => write!(codes, "{};", base + index),
        8..16 => write!(codes, "{};", base + 60 + index - 8),
        _ => write!(codes, "{};5;{index};", base + 8),
    };
    // Writing to a string does not fail.
    let _ = match color {
        Color::Reset => write!(codes, "{};", base + 9),
        Color::Rgb(red, green, blue) => write!(codes, "{};2;{red};{green};{blue};", base + 8),
        Color::Indexed(index) => write!(codes, "{};5;{index};", base + 8),
        Color::Black => indexed(codes, 0),
        Color::Red => indexed(codes, 1),
        Color::Green => indexed(codes, 2),
        Color::Yellow => indexed(codes, 3),
        Color::Blue => indexed(codes, 4),
        Color::Magenta => indexed(codes, 5),
        Color::Cyan => indexed(codes, 6),
        Color::Gray => indexed(codes, 7),
        Color::DarkGray => indexed(codes, 8),
        Color::LightRed => indexed(codes, 9),
        Color::LightGreen => indexed(codes, 10),
        Color::LightYellow => indexed(codes, 11),
        Color::LightBlue => indexed(codes, 12),
        Color::LightMagenta => indexed(codes, 13),
        Color::LightCyan => indexed(codes, 14),
        Color::White => indexed(codes, 15),
    };
}

impl Backend for ThriftyBackend {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let width = self.size()?.width;
        for (x, y, cell) in content {
            self.go(Position::new(x, y));
            self.dress(Look { fore: cell.fg, back: cell.bg, attributes: cell.modifier });
            let symbol = cell.symbol();
            self.say(symbol);
            // Terminals agree on where the cursor stands after a plain letter; after anything else,
            // and at the end of a row, it is safer to say where to go.
            let is_plain = symbol.len() == 1;
            self.told.cursor = (is_plain && x + 1 < width).then(|| Position::new(x + 1, y));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.show(false);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.show(true);
        Ok(())
    }

    /// What it was told; the terminal itself is never asked, because the answer would come among
    /// the keys.
    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.told.cursor.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        // Cleared cells take the ground they are cleared with.
        self.dress(Look::PLAIN);
        self.say(match region {
            ClearType::All => "\x1b[2J",
            ClearType::AfterCursor => "\x1b[J",
            ClearType::BeforeCursor => "\x1b[1J",
            ClearType::CurrentLine => "\x1b[2K",
            ClearType::UntilNewLine => "\x1b[K",
        });
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        if let Some(size) = self.fixed {
            return Ok(size);
        }
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        let pixels = Size { width: 0, height: 0 };
        Ok(WindowSize { columns_rows: self.size()?, pixels })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
