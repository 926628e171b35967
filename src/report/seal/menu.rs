//! The fixed menu of cuts: each segment item of the survey version, one at a time.
//!
//! A segment item is a single choice that bears the name of a segment. Nothing of the roster is attached to a response, so
//! the segment of a respondent is what they chose. The roster's own segments serve as headcounts where its values are
//! the ids of the options.

use crate::collect::packed::{Layout, Slot};
use crate::report::model::Cut;
use crate::survey::definition::{AnswerKind, Definition, Item, OptionId, SegmentId};

/// A segment by which results are cut.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Menu {
    pub segment: SegmentId,
    pub options: Vec<OptionId>,
    /// Where the answer stands in a record.
    pub column: usize,
    /// The position of its first option among all cuts.
    pub first_cut: usize,
}

impl Menu {
    /// The cut of each option, in the order of the form.
    pub(super) fn cuts(&self) -> impl Iterator<Item = Cut> {
        self.options.iter().map(|option| Cut::Segment {
            segment: self.segment.clone(),
            option: option.clone(),
        })
    }

    /// Positions of its options among all cuts.
    pub(super) fn positions(&self) -> std::ops::Range<usize> {
        self.first_cut..self.first_cut + self.options.len()
    }
}

/// The menu of a version. Where two items bear one segment, the first counts.
pub(super) fn menus(definition: &Definition, layout: &Layout) -> Vec<Menu> {
    let mut menus: Vec<Menu> = Vec::new();
    let mut next = 1;
    for (segment, item) in definition
        .items()
        .filter_map(|item| Some((item.segment.clone()?, item)))
    {
        if menus.iter().any(|menu| menu.segment == segment) {
            continue;
        }
        if let Some(menu) = menu(segment, item, layout, next) {
            next += menu.options.len();
            menus.push(menu);
        }
    }
    menus
}

fn menu(segment: SegmentId, item: &Item, layout: &Layout, first_cut: usize) -> Option<Menu> {
    let column = layout.column(&item.id)?;
    match (&item.answer, column.slot) {
        (AnswerKind::SingleChoice { options }, Slot::Single { .. }) => Some(Menu {
            segment,
            options: options.iter().map(|option| option.id.clone()).collect(),
            column: column.offset,
            first_cut,
        }),
        _ => None,
    }
}
