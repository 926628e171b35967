//! Who answered, and how they see it, by one segment at a time.

use serde::Serialize;

use super::super::number::{Number, Source};
use crate::report::model::Subject;

/// Who answered, and how they see it, by one segment.
#[derive(Debug, Serialize)]
pub(in super::super) struct SegmentView {
    pub title: String,
    pub headings: Vec<String>,
    pub rows: Vec<SegmentRow>,
}

#[derive(Debug, Serialize)]
pub(in super::super) struct SegmentRow {
    pub title: String,
    pub responses: Number,
    pub cells: Vec<Number>,
}

/// Segments of which anything is shown.
pub(super) fn segments(source: &Source<'_>) -> Vec<SegmentView> {
    let say = source.say;
    let indices: Vec<Subject> = source
        .results
        .document
        .indices
        .iter()
        .map(|index| Subject::Index(index.id.clone()))
        .collect();
    let mut views: Vec<(&str, SegmentView)> = Vec::new();
    for cut in &source.audience.cuts {
        if views.last().is_none_or(|(segment, _)| *segment != cut.segment()) {
            views.push((
                cut.segment(),
                SegmentView {
                    title: say.segment(source.definition, cut.segment()),
                    headings: indices
                        .iter()
                        .map(|subject| say.subject(source.definition, subject))
                        .collect(),
                    rows: Vec::new(),
                },
            ));
        }
        if let Some((_, view)) = views.last_mut() {
            view.rows.push(SegmentRow {
                title: say.cut(source.definition, cut),
                responses: source.number_of(cut, &Subject::Responses),
                cells: indices
                    .iter()
                    .map(|subject| source.number_of(cut, subject))
                    .collect(),
            });
        }
    }
    views
        .into_iter()
        .map(|(_, view)| view)
        .filter(|view| view.rows.iter().any(|row| row.responses.shown))
        .collect()
}
