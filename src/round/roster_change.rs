//! What changes from one roster to the next: who joined, left, moved (pure).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::agency::{AgencyCode, LineageEvent, LineageKind};

/// What changes from one roster to the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
pub struct RosterChange {
    /// People of both, in the same agency.
    pub stayed: usize,
    /// People of the new one alone.
    pub joined: usize,
    /// People of the old one alone.
    pub left: usize,
    /// People who changed their agency, by where from and where to.
    pub moved: Vec<Moved>,
    /// Each agency with another number of people, by code.
    pub agencies: Vec<AgencyChange>,
}

/// People who changed their agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Moved {
    /// The agency before.
    #[schema(value_type = String)]
    pub from: AgencyCode,
    /// The agency after.
    #[schema(value_type = String)]
    pub to: AgencyCode,
    /// How many.
    pub people: usize,
    /// Whether the agencies were merged, so that nobody really moved.
    pub merged: bool,
}

/// How an agency's part of the roster changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AgencyChange {
    /// Which agency.
    #[schema(value_type = String)]
    pub agency: AgencyCode,
    /// People before.
    pub before: usize,
    /// People now.
    pub now: usize,
}

/// People by their id in lower case, with their agency.
pub type Members = BTreeMap<String, AgencyCode>;

/// What changes from `old` to `new`, given what happened to agencies.
#[must_use]
pub fn change(old: &Members, new: &Members, lineage: &[LineageEvent]) -> RosterChange {
    let mut told = RosterChange {
        joined: new.keys().filter(|person| !old.contains_key(*person)).count(),
        left: old.keys().filter(|person| !new.contains_key(*person)).count(),
        ..RosterChange::default()
    };
    let mut moved: BTreeMap<(AgencyCode, AgencyCode), usize> = BTreeMap::new();
    for (person, from) in old {
        match new.get(person) {
            Some(to) if to == from => told.stayed += 1,
            Some(to) => *moved.entry((from.clone(), to.clone())).or_default() += 1,
            None => {}
        }
    }
    let successors = successors(lineage);
    told.moved = moved
        .into_iter()
        .map(|((from, to), people)| Moved {
            merged: after(&from, &successors) == to,
            from,
            to,
            people,
        })
        .collect();
    let (before, now) = (counts(old), counts(new));
    let codes: BTreeSet<&AgencyCode> = before.keys().chain(now.keys()).copied().collect();
    let count =
        |counts: &BTreeMap<&AgencyCode, usize>, code: &AgencyCode| counts.get(code).copied().unwrap_or(0);
    told.agencies = codes
        .into_iter()
        .map(|code| AgencyChange {
            agency: code.clone(),
            before: count(&before, code),
            now: count(&now, code),
        })
        .filter(|change| change.before != change.now)
        .collect();
    told
}

/// Into which agency each merged one went, the last merger counting.
#[must_use]
pub fn successors(lineage: &[LineageEvent]) -> BTreeMap<AgencyCode, AgencyCode> {
    let merged = lineage.iter().filter(|event| event.kind == LineageKind::Merged);
    merged
        .map(|event| (event.predecessor.clone(), event.successor.clone()))
        .collect()
}

/// The agency that one is part of now. A circle of mergers ends where it began.
#[must_use]
pub fn after(agency: &AgencyCode, successors: &BTreeMap<AgencyCode, AgencyCode>) -> AgencyCode {
    let mut at = agency;
    for _ in 0..=successors.len() {
        match successors.get(at) {
            Some(next) if next != agency => at = next,
            _ => break,
        }
    }
    at.clone()
}

fn counts(members: &Members) -> BTreeMap<&AgencyCode, usize> {
    let mut counts = BTreeMap::new();
    for agency in members.values() {
        *counts.entry(agency).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(people: &[(&str, &str)]) -> Members {
        people
            .iter()
            .map(|(person, agency)| ((*person).to_owned(), agency.parse().unwrap()))
            .collect()
    }

    fn merger(from: &str, to: &str) -> LineageEvent {
        LineageEvent {
            date: "2026-07-01".to_owned(),
            kind: LineageKind::Merged,
            predecessor: from.parse().unwrap(),
            successor: to.parse().unwrap(),
            note: String::new(),
        }
    }

    #[test]
    fn everybody_is_counted_once_as_stayed_joined_left_or_moved() {
        let old = members(&[("a", "DOT"), ("b", "DOT"), ("c", "DOC"), ("d", "OLD")]);
        let new = members(&[("a", "DOT"), ("c", "DOT"), ("d", "DOC"), ("e", "DOC")]);
        let told = change(&old, &new, &[merger("OLD", "DOC")]);
        assert_eq!((told.stayed, told.joined, told.left), (1, 1, 1));
        let moved: Vec<(&str, &str, usize, bool)> = told
            .moved
            .iter()
            .map(|moved| (moved.from.as_str(), moved.to.as_str(), moved.people, moved.merged))
            .collect();
        assert_eq!(moved, [("DOC", "DOT", 1, false), ("OLD", "DOC", 1, true)]);
        let agencies: Vec<(&str, usize, usize)> = told
            .agencies
            .iter()
            .map(|change| (change.agency.as_str(), change.before, change.now))
            .collect();
        assert_eq!(agencies, [("DOC", 1, 2), ("OLD", 1, 0)]);
    }

    #[test]
    fn mergers_are_followed_to_their_end_and_circles_end() {
        let chain = successors(&[merger("A", "B"), merger("B", "C")]);
        assert_eq!(after(&"A".parse().unwrap(), &chain).as_str(), "C");
        let circle = successors(&[merger("A", "B"), merger("B", "A")]);
        assert_eq!(after(&"A".parse().unwrap(), &circle).as_str(), "B");
    }
}
