//! Where a trend must not be drawn through: the question is another one, or the organisation is.

use super::mapping::{Mapping, Subject};
use super::read::{FileFigures, Placed};
use super::report::{Break, Report};
use crate::agency::{AgencyCode, LineageEvent, LineageKind};
use crate::survey::definition::Link;

/// Sets the breaks of figures that stand sorted by agency and subject, in the order of time.
pub fn set(mapping: &Mapping, files: &[FileFigures], figures: &mut [Placed], report: &mut Report) {
    of_wording(mapping, figures, report);
    for event in mapping
        .lineage
        .iter()
        .filter(|event| event.kind != LineageKind::Renamed)
    {
        let reason = format!("{} {}: {}", event.date, word(event.kind), event.note);
        for agency in touched(event) {
            from_day(agency, &event.date, &reason, files, figures, report);
        }
    }
    for given in &mapping.breaks {
        from_day(&given.agency, &given.date, &given.reason, files, figures, report);
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
fn touched(event: &LineageEvent) -> Vec<&AgencyCode> {
    match event.kind {
        LineageKind::Renamed => vec![],
        LineageKind::Merged => vec![&event.successor],
        LineageKind::Split => vec![&event.predecessor, &event.successor],
    }
}

/// Breaks all trends of an agency at its first period on or after a day, where it has one before.
fn from_day(
    agency: &AgencyCode,
    day: &str,
    reason: &str,
    files: &[FileFigures],
    figures: &mut [Placed],
    report: &mut Report,
) {
    let of_agency = files
        .iter()
        .filter(|file| file.rows.iter().any(|row| row.agency == *agency));
    let mut dates = of_agency.map(|file| file.period.date.as_str());
    let has_before = dates.clone().any(|date| date < day);
    let Some(first) = dates.find(|date| *date >= day).filter(|_| has_before) else {
        return;
    };
    let here = figures.iter_mut().filter(|placed| {
        let figure = &placed.figure;
        figure.agency == *agency && figure.published_on == first
    });
    here.for_each(|placed| break_at(placed, reason, report));
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
