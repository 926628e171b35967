//! Which earlier rounds an index is compared with, and on which items.
//!
//! A **line** runs back from the present round. Every earlier round of the same audience whose version is
//! comparable with the present one joins; so do rounds of another survey where one index is declared the short
//! form of the other. The first round of the *same* survey that is not comparable is a break: the stretch ends
//! there, and an older stretch starts from that round. All rounds of a stretch are computed on the items that
//! every one of them asked.
//!
//! The **round before**, for the change, is the last one of the same survey; where there is none, the last
//! comparable one of another. A pulse is thus compared with the pulse before and a yearly round with the
//! yearly round before, on as many items as they share.

use std::collections::{BTreeMap, BTreeSet};

use super::material::{Fielding, Material};
use crate::measure::scoring::IndexForm;
use crate::report::forms;
use crate::report::seal::score::rating_key;
use crate::round::{AudienceName, RoundId};
use crate::survey::compare::{Comparability, anchors};
use crate::survey::definition::{Index, IndexId, ItemId};

/// Rounds that are comparable with each other, oldest first.
#[derive(Debug, Clone)]
pub(super) struct Stretch<'a> {
    /// How many items all of them share.
    pub common: u32,
    /// The rounds, each with the form that scores it on these items.
    pub rounds: Vec<(&'a Fielding, IndexForm)>,
    /// Why the stretch does not reach further back; `None` for the oldest.
    pub break_before: Option<String>,
}

/// The round before, with the forms that score both on the common items.
#[derive(Debug, Clone)]
pub(super) struct Pair<'a> {
    pub before: &'a Fielding,
    pub comparability: Comparability,
    /// `None` at a break.
    pub forms: Option<(IndexForm, IndexForm)>,
}

/// An index of a round, seen from which others are judged.
struct Reference<'a> {
    round: &'a Fielding,
    index: &'a Index,
}

/// The stretches of an index, oldest first. The last one ends with the present round.
pub(super) fn line<'a>(material: &'a Material, audience: &AudienceName, index: &IndexId) -> Vec<Stretch<'a>> {
    let mut earlier: Vec<&Fielding> = candidates(material, audience);
    let mut stretches = Vec::new();
    let mut start = reference(&material.present, index);
    while let Some(from) = start {
        let (joined, gap) = join(material, &from, &mut earlier);
        let break_before = gap.as_ref().map(|(_, reason)| reason.clone());
        stretches.extend(stretch(&from, joined, break_before));
        start = gap.and_then(|(round, _)| reference(round, index));
    }
    stretches.reverse();
    stretches
}

/// The round before and how it compares; `None` when there is no such round.
pub(super) fn round_before<'a>(
    material: &'a Material,
    audience: &AudienceName,
    index: &IndexId,
) -> Option<Pair<'a>> {
    let present = reference(&material.present, index)?;
    let candidates = candidates(material, audience);
    let own = &present.round.definition.id;
    let same = candidates
        .iter()
        .rev()
        .find(|round| &round.definition.id == own && round.has_index(index))
        .map(|round| (*round, compare(material, round, &present)));
    let other = || {
        let mut judged = candidates
            .iter()
            .rev()
            .filter(|round| &round.definition.id != own)
            .map(|round| (*round, compare(material, round, &present)));
        judged.find(|(_, comparability)| !comparability.is_break())
    };
    let (before, comparability) = same.or_else(other)?;
    let forms = (!comparability.is_break())
        .then(|| {
            let items = comparability.items();
            let then = items
                .iter()
                .map(|anchor| (anchor.current.clone(), anchor.past.clone()))
                .collect();
            let now = items
                .iter()
                .map(|anchor| (anchor.current.clone(), anchor.current.clone()))
                .collect();
            Some((
                mapped(&present, &now, present.round)?,
                mapped(&present, &then, before)?,
            ))
        })
        .flatten();
    Some(Pair {
        before,
        comparability,
        forms,
    })
}

/// The forms on which each round and audience is scored for changes and trends.
pub(super) type SharedForms = BTreeMap<(RoundId, AudienceName), Vec<IndexForm>>;

/// All forms that [`line()`] and [`round_before`] will ask for. Answers need not be there yet.
pub(super) fn shared_forms(material: &Material) -> SharedForms {
    let mut forms = SharedForms::new();
    let mut want = |round: &Fielding, audience: &AudienceName, form: &IndexForm| {
        let of_round = forms.entry((round.round.clone(), audience.clone())).or_default();
        if !of_round.contains(form) {
            of_round.push(form.clone());
        }
    };
    for audience in material.present.audiences.keys() {
        for index in &material.present.definition.indices {
            for stretch in line(material, audience, &index.id) {
                for (round, form) in &stretch.rounds {
                    want(round, audience, form);
                }
            }
            let pair = round_before(material, audience, &index.id);
            if let Some((before, (now, then))) = pair.and_then(|pair| Some((pair.before, pair.forms?))) {
                want(&material.present, audience, &now);
                want(before, audience, &then);
            }
        }
    }
    forms
}

/// Earlier rounds that asked an audience of this name in the same mode. Another mode is another audience:
/// people answer differently under their name.
fn candidates<'a>(material: &'a Material, audience: &AudienceName) -> Vec<&'a Fielding> {
    let mode = material
        .present
        .audiences
        .get(audience)
        .map(|fielded| fielded.mode);
    let asked = |round: &&Fielding| round.audiences.get(audience).map(|fielded| fielded.mode) == mode;
    material.past.iter().filter(asked).collect()
}

fn reference<'a>(round: &'a Fielding, index: &IndexId) -> Option<Reference<'a>> {
    let index = round.definition.index(index)?;
    Some(Reference { round, index })
}

fn compare(material: &Material, past: &Fielding, from: &Reference<'_>) -> Comparability {
    anchors(
        &past.definition,
        &material.chain(),
        &from.round.definition,
        &from.index.id,
    )
}

type Joined<'a> = Vec<(&'a Fielding, BTreeMap<ItemId, ItemId>)>;

/// Takes rounds off the end of `earlier` until a break; returns those that join (newest first) with their item for
/// each common item, and the round at the break with its reason.
fn join<'a>(
    material: &Material,
    from: &Reference<'_>,
    earlier: &mut Vec<&'a Fielding>,
) -> (Joined<'a>, Option<(&'a Fielding, String)>) {
    let mut joined = Vec::new();
    while let Some(round) = earlier.pop() {
        match compare(material, round, from) {
            Comparability::Break { reason } => {
                if round.definition.id == from.round.definition.id {
                    return (joined, Some((round, reason)));
                }
            }
            comparable => {
                let items = comparable.items().iter();
                joined.push((
                    round,
                    items.map(|a| (a.current.clone(), a.past.clone())).collect(),
                ));
            }
        }
    }
    (joined, None)
}

fn stretch<'a>(
    from: &Reference<'a>,
    joined: Joined<'a>,
    break_before: Option<String>,
) -> Option<Stretch<'a>> {
    let mut common: BTreeSet<ItemId> = from.index.items().cloned().collect();
    for (_, items) in &joined {
        common.retain(|item| items.contains_key(item));
    }
    let own = common.iter().map(|item| (item.clone(), item.clone())).collect();
    let mut rounds = vec![(from.round, mapped(from, &own, from.round)?)];
    for (round, mut items) in joined {
        items.retain(|item, _| common.contains(item));
        rounds.extend(mapped(from, &items, round).map(|form| (round, form)));
    }
    rounds.reverse();
    Some(Stretch {
        common: super::material::as_count(common.len()),
        rounds,
        break_before,
    })
}

/// The index of `from`, scored in `round` on the items of `items` (item of `from` to item of `round`).
fn mapped(from: &Reference<'_>, items: &BTreeMap<ItemId, ItemId>, round: &Fielding) -> Option<IndexForm> {
    let key = |item: &ItemId| rating_key(&round.definition, &round.layout, items.get(item)?);
    forms::of_index(from.index, key).ok()
}
