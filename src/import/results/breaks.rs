//! Where a trend must not be drawn through: the question is another one, or the organisation is.

use super::mapping::{Mapping, Subject};
use super::read::{FileFigures, Placed};
use super::report::{Break, Report};
use crate::agency::{LineageEvent, LineageKind};
use crate::survey::definition::Link;

/// Sets the breaks of figures that stand sorted by agency and subject, in the order of time.
pub fn set(mapping: &Mapping, files: &[FileFigures], figures: &mut [Placed], report: &mut Report) {
    of_wording(mapping, figures, report);
    for event in mapping
        .lineage
        .iter()
        .filter(|event| event.kind != LineageKind::Renamed)
    {
        of_event(event, files, figures, report);
    }
}

/// Compares each figure with the one before it of the same agency and subject.
fn of_wording(mapping: &Mapping, figures: &mut [Placed], report: &mut Report) {
    let mut before: Option<Placed> = None;
    for placed in figures {
        if let Some(before) = before.as_ref().filter(|before| continues(before, placed)) {
            let subject = mapping
                .subjects
                .iter()
                .find(|subject| subject.subject == placed.figure.subject);
            if let Some(subject) = subject {
                compare(subject, before, placed, report);
            }
        }
        before = Some(placed.clone());
    }
}

fn continues(before: &Placed, after: &Placed) -> bool {
    before.figure.agency == after.figure.agency && before.figure.subject == after.figure.subject
}

fn compare(subject: &Subject, before: &Placed, after: &mut Placed, report: &mut Report) {
    let earlier = subject
        .headings
        .get(before.heading)
        .map_or("", |heading| heading.heading.as_str());
    match subject.between(before.heading, after.heading) {
        Link::Same => {}
        Link::Flagged => {
            let note = format!(
                "wording changed slightly in {} (before: {earlier})",
                after.figure.period
            );
            report.flagged.insert(format!("{}: {note}", subject.subject));
            after.figure.source = format!("{}; {note}", after.figure.source);
        }
        Link::New => break_at(
            after,
            &format!("the question is another one (before: {earlier})"),
            report,
        ),
    }
}

/// A merger makes the successor another body; a split does so with both.
fn of_event(event: &LineageEvent, files: &[FileFigures], figures: &mut [Placed], report: &mut Report) {
    let touched = match event.kind {
        LineageKind::Renamed => vec![],
        LineageKind::Merged => vec![&event.successor],
        LineageKind::Split => vec![&event.predecessor, &event.successor],
    };
    for agency in touched {
        // The first period of the agency on or after the day, whichever subjects it has then.
        let of_agency = files
            .iter()
            .filter(|file| file.rows.iter().any(|row| row.agency == *agency));
        let mut dates = of_agency.map(|file| file.period.date.as_str());
        let has_before = dates.clone().any(|date| date < event.date.as_str());
        let Some(first) = dates
            .find(|date| *date >= event.date.as_str())
            .filter(|_| has_before)
        else {
            continue;
        };
        let first = first.to_owned();
        let reason = format!("{} {}: {}", event.date, word(event.kind), event.note);
        let here = figures
            .iter_mut()
            .filter(|placed| placed.figure.agency == *agency && placed.figure.published_on == first);
        here.for_each(|placed| break_at(placed, &reason, report));
    }
}

fn word(kind: LineageKind) -> &'static str {
    match kind {
        LineageKind::Renamed => "renamed",
        LineageKind::Merged => "merger",
        LineageKind::Split => "split",
    }
}

fn break_at(placed: &mut Placed, reason: &str, report: &mut Report) {
    let figure = &mut placed.figure;
    figure.break_before = Some(match figure.break_before.take() {
        Some(before) => format!("{before}; {reason}"),
        None => reason.to_owned(),
    });
    report.breaks.insert(Break {
        agency: figure.agency.to_string(),
        period: figure.period.clone(),
        reason: reason.to_owned(),
    });
}
