//! The units that sign with a key of their own, and that results are reported by (pure).
//!
//! Somebody's credential says from which unit it comes and no more, so a unit must be large enough to hide in: at
//! least [`LEAST_INVITED`] people. An agency that has them is a unit; agencies of one cluster are one. Whatever is still
//! too small is joined with the next larger unit, and then **reported with it** as well: a response could only be
//! counted for the smaller body if it named that body itself, and a body of eight people is what the credential is to
//! hide. So the joined agencies become one cluster of the round's promise, and the response is filed under the first of them.
//!
//! An audience of fewer than [`LEAST_INVITED`] people altogether gets no key: its people are told the weaker promise.

use std::collections::BTreeMap;

use super::{AudienceName, Mode, PromisedAudience};
use crate::agency::{AgencyCode, ClusterId};

/// No key signs for fewer invited people.
pub const LEAST_INVITED: u32 = 20;

/// Agencies that share a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The audience.
    pub audience: AudienceName,
    /// The agency's code, or the cluster's id.
    pub name: String,
    /// By code; responses are filed under the first.
    pub agencies: Vec<AgencyCode>,
    /// The cluster in which they are reported; `None` for an agency that stands alone.
    pub cluster: Option<ClusterId>,
    /// Invited people.
    pub invited: u32,
}

/// The units of an audience, by name. Empty for an attributed one, and for one that is too small.
#[must_use]
pub fn units(audience: &AudienceName, promised: &PromisedAudience) -> Vec<Unit> {
    let all: u32 = promised.headcounts.values().sum();
    if promised.mode == Mode::Attributed || all < LEAST_INVITED {
        return Vec::new();
    }
    let mut units = groups(audience, promised);
    // Each turn joins two, so it ends; the last one left has everybody and is large enough.
    while let Some(small) = smallest(&units, |unit| unit.invited < LEAST_INVITED) {
        let small = units.remove(small);
        let Some(next) = smallest(&units, |_| true) else {
            units.push(small);
            break;
        };
        let next = units.remove(next);
        units.push(joined(small, next));
    }
    units.sort_by(|one, other| one.name.cmp(&other.name));
    units
}

/// Writes into a promise in which cluster each agency of a joined unit is reported.
pub fn report_by(units: &[Unit], promised: &mut PromisedAudience) {
    for unit in units {
        if let Some(cluster) = &unit.cluster {
            let members = unit.agencies.iter().cloned();
            promised
                .clusters
                .extend(members.map(|agency| (agency, cluster.clone())));
        }
    }
}

/// Agencies that stand alone, and clusters.
fn groups(audience: &AudienceName, promised: &PromisedAudience) -> Vec<Unit> {
    let mut groups: BTreeMap<(Option<ClusterId>, String), Unit> = BTreeMap::new();
    for (agency, people) in &promised.headcounts {
        let cluster = promised.clusters.get(agency).cloned();
        let name = cluster
            .as_ref()
            .map_or_else(|| agency.to_string(), ToString::to_string);
        let group = groups
            .entry((cluster.clone(), name.clone()))
            .or_insert_with(|| Unit {
                audience: audience.clone(),
                name,
                agencies: Vec::new(),
                cluster,
                invited: 0,
            });
        group.agencies.push(agency.clone());
        group.invited += people;
    }
    groups.into_values().collect()
}

/// The place of the smallest unit of a kind; of equals the first by name.
fn smallest(units: &[Unit], which: impl Fn(&Unit) -> bool) -> Option<usize> {
    let fitting = units.iter().enumerate().filter(|(_, unit)| which(unit));
    fitting
        .min_by_key(|(_, unit)| (unit.invited, unit.name.clone()))
        .map(|(place, _)| place)
}

/// One unit of two. It bears the name of a cluster that it has already, else a new one after its first agency.
fn joined(small: Unit, next: Unit) -> Unit {
    let mut agencies = [small.agencies, next.agencies].concat();
    agencies.sort();
    let known = [small.cluster, next.cluster].into_iter().flatten().min();
    let cluster = known.or_else(|| {
        let first: String = agencies.first()?.as_str().chars().take(50).collect();
        format!("{first}-and-others").parse().ok()
    });
    Unit {
        audience: small.audience,
        name: cluster.as_ref().map(ToString::to_string).unwrap_or(small.name),
        agencies,
        cluster,
        invited: small.invited + next.invited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promised(people: &[(&str, u32, &str)]) -> PromisedAudience {
        let code = |text: &str| text.parse::<AgencyCode>().unwrap();
        PromisedAudience {
            mode: Mode::Anonymous,
            headcounts: people.iter().map(|(a, n, _)| (code(a), *n)).collect(),
            clusters: people
                .iter()
                .filter(|(_, _, cluster)| !cluster.is_empty())
                .map(|(a, _, cluster)| (code(a), cluster.parse().unwrap()))
                .collect(),
            segments: BTreeMap::new(),
            roster_digest: String::new(),
        }
    }

    fn told(people: &[(&str, u32, &str)]) -> Vec<String> {
        let units = units(&"staff".parse().unwrap(), &promised(people));
        let told = |unit: &Unit| {
            let agencies: Vec<_> = unit.agencies.iter().map(AgencyCode::as_str).collect();
            format!("{} {} {}", unit.name, agencies.join("+"), unit.invited)
        };
        units.iter().map(told).collect()
    }

    #[test]
    fn no_unit_has_fewer_than_twenty_people_and_nobody_is_left_out() {
        assert_eq!(told(&[("A", 20, ""), ("B", 30, "")]), ["A A 20", "B B 30"]);
        assert_eq!(
            told(&[("A", 12, "c"), ("B", 9, "c"), ("D", 30, "")]),
            ["D D 30", "c A+B 21"]
        );
        assert_eq!(
            told(&[
                ("ART", 8, "small"),
                ("ETH", 6, "small"),
                ("ARC", 22, ""),
                ("DOT", 400, "")
            ]),
            ["DOT DOT 400", "small ARC+ART+ETH 36"]
        );
        assert_eq!(
            told(&[("A", 3, ""), ("B", 4, ""), ("C", 5, ""), ("D", 90, "")]),
            ["A-and-others A+B+C+D 102"]
        );
        assert!(told(&[("A", 19, "")]).is_empty());
        let attributed = PromisedAudience {
            mode: Mode::Attributed,
            ..promised(&[("A", 90, "")])
        };
        assert!(units(&"leaders".parse().unwrap(), &attributed).is_empty());
    }

    #[test]
    fn joined_agencies_are_reported_together_and_nobody_else_is() {
        let mut promised = promised(&[("ART", 8, ""), ("ARC", 22, ""), ("DOT", 400, "")]);
        let units = units(&"staff".parse().unwrap(), &promised);
        report_by(&units, &mut promised);
        let clusters: Vec<_> = promised
            .clusters
            .iter()
            .map(|(agency, cluster)| format!("{agency} in {cluster}"))
            .collect();
        assert_eq!(clusters, ["ARC in ARC-and-others", "ART in ARC-and-others"]);
    }
}
