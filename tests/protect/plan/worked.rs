//! The table of METHOD.md, section 8.

use super::attacker::Attack;
use super::world::{EVERYBODY, INDEX, World, table};

const COUNTS: [[usize; 4]; 4] = [
    [14, 22, 11, 4],
    [9, 31, 12, 16],
    [12, 18, 25, 13],
    [3, 15, 19, 21],
];

fn world() -> World {
    // Answers of all kinds in every cell.
    table(&COUNTS, |row, option, person| {
        [0.0, 25.0, 50.0, 75.0, 100.0][(row + 2 * option + person) % 5]
    })
}

fn shown_by(hidden: &[(usize, usize)], unit: usize, cut: (usize, usize)) -> Option<Vec<usize>> {
    match unit {
        0 => Some(vec![1, 2, 3, 4]),
        _ if cut == EVERYBODY || !hidden.contains(&(unit - 1, cut.1 - 1)) => Some(vec![unit]),
        _ => None,
    }
}

#[test]
fn primary_suppression_alone_is_recovered_exactly() {
    let world = world();
    let attack = Attack::of(&world, 1, INDEX, |unit, cut| {
        shown_by(&[(0, 3), (1, 0), (3, 0)], unit, cut)
    });

    let found: Vec<u64> = attack
        .recovered()
        .iter()
        .filter(|group| group.len() == 1)
        .map(|group| attack.n(group[0]))
        .collect();
    assert_eq!(found, [4, 9, 3]);
}

#[test]
fn complements_that_hide_each_cell_still_tell_seven_people_of_two_cells() {
    let world = world();
    let hidden = [(0, 3), (1, 0), (3, 0), (0, 2), (1, 3), (3, 2)];
    let attack = Attack::of(&world, 1, INDEX, |unit, cut| shown_by(&hidden, unit, cut));

    // Row 1 and row 4 less column 3: the 4 people of one cell and the 3 of the other.
    assert_eq!(attack.recovered(), [vec![(1, 4), (4, 1)]]);
}

#[test]
fn the_plan_hides_the_cells_and_every_sum_of_few_people() {
    let world = world();
    let plan = world.plan();
    for subject in world.subjects() {
        let attack = Attack::on(&world, &plan, 1, subject);
        assert!(attack.recovered().is_empty(), "{:?}", attack.recovered());
        assert!(attack.remainders().is_empty());
        for atom in attack.sensitive() {
            let (low, high) = attack.interval(atom);
            assert!(high - low >= 20.0 - 1e-6, "{atom:?}: {low}..{high}");
        }
    }
    // The margins stay, and one complement more than for the cells alone.
    assert!((0..=4).all(|unit| plan.shows(&unit, &EVERYBODY, &INDEX)));
    assert!((1..=4).all(|option| plan.shows(&0, &(1, option), &INDEX)));
    let cells = (1..=4).flat_map(|unit| (1..=4).map(move |option| (unit, option)));
    let hidden = cells
        .filter(|(unit, option)| !plan.shows(unit, &(1, *option), &INDEX))
        .count();
    assert_eq!(hidden, 7);
}

#[test]
fn answers_at_the_ends_of_the_scale_alone_take_no_more_complements_than_others() {
    // Of answers 0 and 100 the squares tell what the sums tell: nothing more has to be hidden than people.
    for high in [2, 5, 9] {
        let world = table(&COUNTS, |row, option, person| {
            let at = (row + 3 * option + person) % 10;
            if at < high { 100.0 } else { 0.0 }
        });
        let plan = world.plan();
        assert_eq!(plan.summary().narrow, 0, "{high} of ten");
        let attack = Attack::on(&world, &plan, 1, INDEX);
        for atom in attack.sensitive() {
            let (low, high) = attack.interval(atom);
            assert!(high - low >= 20.0 - 1e-6, "{atom:?}: {low}..{high}");
        }
        let cells = (1..=4).flat_map(|unit| (1..=4).map(move |option| (unit, option)));
        let hidden = cells.filter(|(unit, option)| !plan.shows(unit, &(1, *option), &INDEX));
        println!("{high}: {} hidden, {:?}", hidden.count(), plan.summary());
    }
}
