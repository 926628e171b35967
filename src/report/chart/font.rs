//! The one font of files: DejaVu Sans Condensed, regular and bold, inside the binary.

use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// A weight of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// For running text.
    Regular,
    /// For headings and names.
    Bold,
}

impl Face {
    /// The face of bold or other text.
    #[must_use]
    pub fn of(bold: bool) -> Self {
        if bold { Self::Bold } else { Self::Regular }
    }

    /// The font file.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => dejavu::sans_condensed::regular(),
            Self::Bold => dejavu::sans_condensed::bold(),
        }
    }

    /// The font, read.
    #[must_use]
    pub fn font(self) -> Option<FontRef<'static>> {
        FontRef::new(self.bytes()).ok()
    }

    /// The glyph of a letter; `None` where the font has none.
    #[must_use]
    pub fn glyph(self, letter: char) -> Option<GlyphId> {
        self.font()?.charmap().map(letter)
    }

    /// How wide a text is at a size, in the same unit.
    #[must_use]
    pub fn width(self, text: &str, size: f64) -> f64 {
        let Some(font) = self.font() else { return 0.0 };
        let (letters, metrics) = (
            font.charmap(),
            font.glyph_metrics(Size::unscaled(), LocationRef::default()),
        );
        let units = f64::from(
            font.metrics(Size::unscaled(), LocationRef::default())
                .units_per_em
                .max(1),
        );
        let advances = text.chars().map(|letter| {
            let glyph = letters.map(letter).unwrap_or_default();
            metrics.advance_width(glyph).map_or(0.0, f64::from)
        });
        advances.sum::<f64>() / units * size
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_that_files_use_has_a_glyph_and_bold_is_wider() {
        for letter in "aZ0áéíñ¿¡−–—…·▲▼◇△▵→↑‖≥≤√∑²%".chars() {
            assert!(Face::Regular.glyph(letter).is_some(), "{letter}");
            assert!(Face::Bold.glyph(letter).is_some(), "{letter} bold");
        }
        assert!(Face::Bold.width("Agencies", 10.0) > Face::Regular.width("Agencies", 10.0));
        assert!((Face::Regular.width("ab", 20.0) - 2.0 * Face::Regular.width("ab", 10.0)).abs() < 1e-9);
    }
}
