//! The ink of each class where no stylesheet is at hand: SVG files, PNG, PDF. Pages have theirs in `static/app.css`.

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(
    /// 0 to 255.
    pub u8,
    /// 0 to 255.
    pub u8,
    /// 0 to 255.
    pub u8,
);

/// How something is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    /// The inside.
    pub fill: Option<Colour>,
    /// How opaque the inside is, 0 to 1.
    pub opacity: f64,
    /// The outline and its width in pixels.
    pub stroke: Option<(Colour, f64)>,
    /// Lengths of dash and gap.
    pub dash: Option<(f64, f64)>,
    /// Of text, in pixels.
    pub size: f64,
    /// Of text.
    pub bold: bool,
    /// Of text: whether it stands on a rim of paper, so that lines behind it do not run into its letters.
    pub rimmed: bool,
}

/// The colour of paper, and how wide its rim around letters is, in pixels.
pub const RIM: (Colour, f64) = (WHITE, 4.0);

const INK: Colour = Colour(0x1c, 0x24, 0x26);
const SOFT: Colour = Colour(0x4a, 0x56, 0x5c);
const EDGE: Colour = Colour(0x75, 0x82, 0x7f);
const LINE: Colour = Colour(0xd3, 0xd8, 0xd6);
const WHITE: Colour = Colour(0xff, 0xff, 0xff);
const SERIES: [Colour; 2] = [Colour(0x0b, 0x65, 0x72), Colour(0xa2, 0x4b, 0x12)];
/// From the most unfavourable to the most favourable; told apart by people who see red and green alike.
const DIVERGING: [Colour; 5] = [
    Colour(0xa6, 0x53, 0x1a),
    Colour(0xe2, 0xb8, 0x7d),
    Colour(0xd5, 0xd9, 0xd7),
    Colour(0x86, 0xc7, 0xc0),
    Colour(0x0b, 0x6f, 0x72),
];
/// From low to high.
const HEAT: [Colour; 7] = [
    Colour(0xf6, 0xe3, 0xcf),
    Colour(0xf3, 0xed, 0xe2),
    Colour(0xe3, 0xef, 0xee),
    Colour(0xc2, 0xe0, 0xdf),
    Colour(0x93, 0xc9, 0xc8),
    Colour(0x1f, 0x73, 0x77),
    Colour(0x0b, 0x58, 0x62),
];

const PLAIN: Ink = Ink {
    fill: Some(INK),
    opacity: 1.0,
    stroke: None,
    dash: None,
    size: 13.0,
    bold: false,
    rimmed: false,
};

/// Every class that charts use, each with its rule. Those of the second list exist once a series.
const CLASSES: [&str; 31] = [
    "paper", "gridline", "track", "zero", "break", "version", "half", "axis", "label", "note", "heading",
    "past", "on-dark", "d1", "d2", "d3", "d4", "d5", "h1", "h2", "h3", "h4", "h5", "h6", "h7", "none",
    "line", "band", "whisker", "point", "mark",
];
const BY_SERIES: [&str; 6] = ["line", "band", "whisker", "point", "mark", "name"];

/// The ink of an element with these classes.
#[must_use]
pub(super) fn ink(classes: &str) -> Ink {
    let series = if classes.split(' ').any(|class| class == "s2") {
        1
    } else {
        0
    };
    let series = SERIES.get(series).copied().unwrap_or(INK);
    let mut ink = PLAIN;
    for class in classes.split(' ') {
        ink = ruled(ink, class, series);
    }
    ink
}

fn ruled(ink: Ink, class: &str, series: Colour) -> Ink {
    let lined = |colour, width| Ink {
        fill: None,
        stroke: Some((colour, width)),
        ..ink
    };
    let filled = |colour| Ink {
        fill: Some(colour),
        stroke: None,
        ..ink
    };
    let text = |colour, size| Ink {
        fill: Some(colour),
        size,
        ..ink
    };
    match class {
        "paper" => filled(WHITE),
        "gridline" | "track" => lined(LINE, 1.0),
        "zero" => lined(EDGE, 1.0),
        "break" | "half" => Ink {
            dash: Some((3.0, 4.0)),
            ..lined(EDGE, 1.25)
        },
        "version" => lined(EDGE, 1.0),
        "label" => Ink { rimmed: true, ..ink },
        "axis" | "note" => text(SOFT, 12.0),
        "heading" => Ink {
            bold: true,
            ..text(INK, 16.0)
        },
        "past" => text(SOFT, 17.0),
        "on-dark" => text(WHITE, 12.0),
        "none" => filled(Colour(0xf1, 0xf2, 0xef)),
        "line" => lined(series, 2.25),
        "dashed" => Ink {
            dash: Some((7.0, 4.0)),
            ..ink
        },
        "span" => Ink {
            opacity: 0.32,
            ..filled(series)
        },
        "faint" => Ink {
            stroke: ink.stroke.map(|(colour, _)| (colour, 0.75)),
            ..ink
        },
        "band" => Ink {
            opacity: 0.14,
            ..filled(series)
        },
        "whisker" => lined(series, 1.5),
        "point" => Ink {
            fill: Some(WHITE),
            stroke: Some((series, 2.0)),
            ..ink
        },
        "mark" => filled(series),
        "name" => Ink {
            bold: true,
            ..text(series, 13.0)
        },
        other => one_of(other, 'd', &DIVERGING)
            .or_else(|| one_of(other, 'h', &HEAT))
            .map_or(ink, filled),
    }
}

/// `d1` is the first of its colours.
fn one_of(class: &str, letter: char, colours: &[Colour]) -> Option<Colour> {
    let place: usize = class.strip_prefix(letter)?.parse().ok()?;
    colours.get(place.checked_sub(1)?).copied()
}

/// All rules as a style sheet, for SVG files.
pub(super) fn sheet() -> String {
    let mut text = "text{fill:#1c2426;font-family:'DejaVu Sans Condensed','Segoe UI',Roboto,Arial,sans-serif;font-size:13px}".to_owned();
    for class in CLASSES {
        text.push_str(&rule(&format!(".{class}"), ink(class)));
    }
    for class in BY_SERIES {
        for series in ["s1", "s2"] {
            text.push_str(&rule(
                &format!(".{class}.{series}"),
                ink(&format!("{class} {series}")),
            ));
        }
    }
    text.push_str(
        ".dashed{stroke-dasharray:7 4}.line{vector-effect:non-scaling-stroke}.faint{stroke-width:.75}",
    );
    text
}

fn rule(selector: &str, ink: Ink) -> String {
    let hex = |Colour(red, green, blue)| format!("#{red:02x}{green:02x}{blue:02x}");
    let mut parts = vec![format!("fill:{}", ink.fill.map_or("none".to_owned(), hex))];
    if ink.opacity < 1.0 {
        parts.push(format!("fill-opacity:{}", ink.opacity));
    }
    if let Some((colour, width)) = ink.stroke {
        parts.push(format!("stroke:{};stroke-width:{width}", hex(colour)));
    }
    if let Some((dash, gap)) = ink.dash {
        parts.push(format!("stroke-dasharray:{dash} {gap}"));
    }
    if (ink.size - PLAIN.size).abs() > f64::EPSILON {
        parts.push(format!("font-size:{}px", ink.size));
    }
    if ink.rimmed {
        let (Colour(red, green, blue), width) = RIM;
        parts.push(format!(
            "paint-order:stroke;stroke:#{red:02x}{green:02x}{blue:02x};stroke-width:{width}"
        ));
    }
    if ink.bold {
        parts.push("font-weight:700".to_owned());
    }
    format!("{selector}{{{}}}", parts.join(";"))
}
