//! How much of everything a definition may have.
//!
//! The limits are far above what a respondent would bear; they keep a hostile or broken file from costing
//! the server more than it is worth. `surveys/README.md` states them for authors.

use crate::survey::definition::Definition;
use crate::survey::problem::{Pointer, Problem};

/// Pages of a form.
pub const PAGES: usize = 50;
/// Items over all pages.
pub const ITEMS: usize = 300;
/// Scales.
pub const SCALES: usize = 50;
/// Points of a scale, at least.
pub const LEAST_POINTS: usize = 2;
/// Points of a scale, at most.
pub const MOST_POINTS: usize = 11;
/// Languages.
pub const LANGUAGES: usize = 20;
/// Indices.
pub const INDICES: usize = 20;
/// Dimensions of an index.
pub const DIMENSIONS: usize = 20;
/// Themes.
pub const THEMES: usize = 50;
/// Characters of a text in one language.
pub const TEXT: usize = 2_000;
/// Characters of a wording mark.
pub const WORDING: usize = 64;
/// Options of a choice item, at least.
pub const LEAST_OPTIONS: usize = 2;
/// Options of a single choice item, at most: a list of agencies fits.
pub const SINGLE_OPTIONS: usize = 250;
/// Options of a multiple choice item, at most.
pub const MULTIPLE_OPTIONS: usize = 64;
/// Characters of a short text answer.
pub const SHORT_TEXT: u32 = 500;
/// Characters of a long text answer.
pub const LONG_TEXT: u32 = 10_000;
/// Digits after the decimal point of a number answer.
pub const DECIMALS: u32 = 6;
/// The largest number, either way, that a number item may accept: beyond it not every whole number is exact.
pub const NUMBER: f64 = 9_007_199_254_740_991.0;
/// The largest version number: what both database engines store.
pub const VERSION: u32 = 2_147_483_647;

/// Counts what has no better place to be counted.
pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    let root = Pointer::root();
    let items = definition.items().count();
    let counts = [
        ("pages", "pages", definition.pages.len(), PAGES),
        ("pages", "items", items, ITEMS),
        ("scales", "scales", definition.scales.len(), SCALES),
        ("languages", "languages", definition.languages.len(), LANGUAGES),
        ("indices", "indices", definition.indices.len(), INDICES),
        ("themes", "themes", definition.themes.len(), THEMES),
    ];
    for (field, what, count, most) in counts {
        if count > most {
            problems.push(root.at(field).problem(
                format!("there are {count} {what}, more than {most}"),
                format!("keep to {most} {what}"),
            ));
        }
    }
    if definition.version == 0 || definition.version > VERSION {
        problems.push(root.at("version").problem(
            format!("{} is not a version number", definition.version),
            "number versions 1, 2, 3 ...",
        ));
    }
    if definition.pages.is_empty() {
        problems.push(
            root.at("pages")
                .problem("there are no pages", "add a page with an item"),
        );
    } else if items == 0 {
        problems.push(
            root.at("pages")
                .problem("there are no items", "add an item to a page"),
        );
    }
}
