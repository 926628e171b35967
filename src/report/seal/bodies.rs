//! Whether a unit is the same body in two rounds. A renaming changes nothing; a merger, a split or another
//! membership of a cluster does.

use super::material::{Fielded, Fielding, Material, Members};
use crate::agency::LineageKind;
use crate::report::model::Unit;
use crate::round::AudienceName;

/// Why figures of a unit from these two rounds must not be compared, if so. The state is always the state.
pub(super) fn reorganised(
    material: &Material,
    audience: &AudienceName,
    unit: &Unit,
    (before, now): (&Fielding, &Fielding),
) -> Option<String> {
    if unit.is_state() {
        return None;
    }
    let members = |round: &Fielding| {
        round
            .audiences
            .get(audience)
            .and_then(|fielded| members_of(fielded, unit))
    };
    let (then, present) = (members(before), members(now));
    if let (Some(then), Some(present)) = (&then, &present)
        && then != present
    {
        return Some("the cluster is made of other agencies".to_owned());
    }
    let members = present.or(then)?;
    event_between(material, &members, (&before.opened_on, &now.opened_on))
}

fn members_of(fielded: &Fielded, unit: &Unit) -> Option<Members> {
    fielded.units().remove(unit)
}

/// A merger or split that moved people into or out of these agencies after the one day and up to the other.
fn event_between(material: &Material, members: &Members, (after, until): (&str, &str)) -> Option<String> {
    let event = material.lineage.iter().find(|event| {
        let moved = members.contains(&event.predecessor) != members.contains(&event.successor);
        let then = after < event.date.as_str() && event.date.as_str() <= until;
        event.kind != LineageKind::Renamed && moved && then
    })?;
    let (from, to) = (material.name(&event.predecessor), material.name(&event.successor));
    Some(match event.kind {
        LineageKind::Merged => format!("{from} became part of {to}"),
        LineageKind::Split => format!("{to} was made out of a part of {from}"),
        LineageKind::Renamed => return None,
    })
}
