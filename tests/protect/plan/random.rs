//! Random trees and tables.

use proptest::prelude::*;

use rapport::measure::numeric::count;

use super::attacker::Attack;
use super::world::{EVERYBODY, INDEX, Person, World};

/// What a world is drawn from: up to nine units in a tree, segments of two to five options, k.
type Seed = (usize, Vec<usize>, u64, u64);

fn seeds() -> impl Strategy<Value = Seed> {
    (
        2..=9_usize,
        prop::collection::vec(2..=5_usize, 1..=2),
        any::<u64>(),
        5..=12_u64,
    )
}

/// Three items of which some are not answered; some units answer alike.
fn world((units, segments, seed, k): &Seed) -> World {
    let mut state = *seed | 1;
    let mut draw = move |below: usize| {
        // Xorshift: any even spread does.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    let parents: Vec<Option<usize>> = (0..*units)
        .map(|unit| (unit > 0).then(|| if draw(3) == 0 { draw(unit) } else { 0 }))
        .collect();
    let mut world = World {
        parents,
        segments: segments.clone(),
        items: 3,
        people: Vec::new(),
        k: *k,
    };
    for unit in world.smallest() {
        let size = [4, 12, 25, 45, 90][draw(5)] + draw(6);
        let alike = draw(8) == 0;
        let favourite: Vec<usize> = world.segments.iter().map(|options| draw(*options) + 1).collect();
        for _ in 0..size {
            let options = world
                .segments
                .iter()
                .zip(&favourite)
                .map(|(options, favourite)| match draw(10) {
                    0 => 0,
                    1..=4 => *favourite,
                    _ => draw(*options) + 1,
                });
            let options: Vec<usize> = options.collect();
            let mood = draw(3);
            let scores = (0..3).map(|_| match draw(12) {
                0 => None,
                _ if alike => Some(75.0),
                _ => Some([0.0, 25.0, 50.0, 75.0, 100.0][(mood + draw(3)).min(4)]),
            });
            let scores = scores.collect();
            world.people.push(Person {
                unit,
                options,
                scores,
            });
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn algebra_on_everything_shown_recovers_nothing_that_is_hidden(seed in seeds()) {
        let world = world(&seed);
        let plan = world.plan();
        for segment in 1..=world.segments.len() {
            for subject in world.subjects() {
                let attack = Attack::on(&world, &plan, segment, subject);
                prop_assert_eq!(attack.recovered(), Vec::<Vec<_>>::new(), "segment {} subject {}", segment, subject);
                prop_assert!(attack.remainders().is_empty());
            }
        }
    }

    #[test]
    fn every_withheld_mean_keeps_an_interval_of_twenty_points(seed in seeds()) {
        let world = world(&seed);
        let plan = world.plan();
        // One subject of one segment is enough for a case: linear programmes take their time.
        let attack = Attack::on(&world, &plan, 1, seed.0 % 4);
        // Units that are shown only as one group with others have no cell of their own in the plan.
        let shown = |unit: usize| plan.shows(&unit, &EVERYBODY, &(seed.0 % 4));
        let width = |attack: &Attack<'_>, atom| {
            let (low, high) = attack.interval(atom);
            high - low + 1e-6
        };
        let wholes = attack.without_cuts();
        let narrow: Vec<_> = attack
            .sensitive()
            .into_iter()
            .filter(|atom| shown(atom.0))
            .map(|atom| (atom, attack.n(atom), width(&attack, atom)))
            .filter(|(_, _, width)| *width < 20.0)
            // What the figure of the whole unit tells is told without any cut.
            .filter(|(atom, _, found)| *found < width(&wholes, *atom) - 0.1)
            .collect();
        prop_assert!(count(narrow.len()) <= plan.summary().narrow, "{narrow:?} of {:?}", plan.summary());
    }

    #[test]
    fn the_same_people_in_any_order_give_the_same_plan(seed in seeds(), turn in 0..200_usize) {
        let world = world(&seed);
        let mut turned = world.clone();
        let turn = turn % turned.people.len();
        turned.people.rotate_left(turn);
        let (one, other) = (world.plan(), turned.plan());
        for unit in 0..world.parents.len() {
            for cut in world.cuts() {
                for subject in world.subjects() {
                    prop_assert_eq!(one.shows(&unit, &cut, &subject), other.shows(&unit, &cut, &subject));
                }
            }
        }
        prop_assert_eq!(one.summary(), other.summary());
    }

    #[test]
    fn a_higher_k_never_shows_a_whole_unit_more_nor_a_cell_below_it(seed in seeds()) {
        let world = world(&seed);
        let stricter = World { k: world.k + 5, ..world.clone() };
        let (plan, strict) = (world.plan(), stricter.plan());
        for unit in world.smallest() {
            for subject in world.subjects() {
                prop_assert!(plan.shows(&unit, &EVERYBODY, &subject) || !strict.shows(&unit, &EVERYBODY, &subject)
                    || subject == INDEX);
                for cut in world.cuts().into_iter().filter(|cut| *cut != EVERYBODY) {
                    let n = world.scores(unit, cut.0, Some(cut.1), subject).len();
                    prop_assert!(!strict.shows(&unit, &cut, &subject) || n >= usize::try_from(stricter.k).unwrap());
                }
            }
        }
    }

    #[test]
    fn a_withheld_unit_is_in_no_figure_beside_one_that_is_shown(seed in seeds()) {
        let world = world(&seed);
        let plan = world.plan();
        for unit in 0..world.parents.len() {
            for subject in world.subjects() {
                let parts: Vec<usize> = plan.parts(&unit, &EVERYBODY, &subject).into_iter().flatten().collect();
                let shown = parts.iter().filter(|part| plan.shows(part, &EVERYBODY, &subject)).count();
                prop_assert!(shown == 0 || shown == parts.len() || plan.parts(&unit, &EVERYBODY, &subject).len() > 1);
            }
        }
    }
}
