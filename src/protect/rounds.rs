//! Rounds one after the other: the remainder rule between the answers of one round and those of an earlier one.
//!
//! When an agency is asked again and nothing changed but that one person joined, the difference of the two results is what
//! that person said. Anonymous rounds are not linked, but whole responses can be compared without knowing whose they are: where
//! all responses of one round are found again in the other and only a few are left over, these few are what subtraction would
//! give. Then the later round's figures of the unit are withheld (R2). Where as many answers changed as somebody would need to hide
//! behind, subtraction gives sums over both those who came and those who changed.

use std::collections::BTreeSet;

use super::thresholds::Thresholds;

/// A group in two rounds, as sorted marks of whole responses tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Apart {
    /// Responses that are found in both.
    pub same: u64,
    /// Those of the later round only.
    pub came: u64,
    /// Those of the earlier round only.
    pub went: u64,
}

impl Apart {
    fn before(&self) -> u64 {
        self.same + self.went
    }

    fn now(&self) -> u64 {
        self.same + self.came
    }

    /// Of the marks of a group in the earlier and in the later round, each in ascending order.
    #[must_use]
    pub fn of(before: &[u64], now: &[u64]) -> Self {
        let mut apart = Self::default();
        let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
        loop {
            match (before.peek(), now.peek()) {
                (None, None) => return apart,
                (Some(one), Some(other)) if one == other => {
                    before.next();
                    now.next();
                    apart.same += 1;
                }
                (Some(one), other) if other.is_none_or(|other| one < other) => {
                    before.next();
                    apart.went += 1;
                }
                _ => {
                    now.next();
                    apart.came += 1;
                }
            }
        }
    }
}

/// Whether subtracting one round from the other leaves fewer than k people: the responses of one are all among those of the
/// other, and there is at least one and fewer than k more of them. Nobody is left over where
/// both are the same. Each round was shown by its own thresholds; who is left over is hidden by the stricter of both, since
/// either promise may have been theirs.
#[must_use]
pub fn leaves_few(unit: Apart, then: &Thresholds, rule: &Thresholds) -> bool {
    if unit.same + unit.went < then.least_respondents() || unit.same + unit.came < rule.least_respondents() {
        // There is nothing to subtract from, or with.
        return false;
    }
    let few = |left: u64| left > 0 && left < stricter(then, rule);
    (unit.went == 0 && few(unit.came)) || (unit.came == 0 && few(unit.went))
}

/// Whether figures by one segment leave fewer than k people beside those of an earlier round, given the options of that segment
/// in a unit, those who did not say included.
///
/// What a round publishes of a unit is its whole and some options, each of at least k people; the others together, the rest, have none or at
/// least k. So what can be had by adding and subtracting within a round gives each option of its own any weight, and
/// all of the rest one weight; an option of fewer than k people is always of the rest. Two rounds leave people alone where their weights
/// add up to 1 for these and to 0 for everybody else: for those found in both rounds the sum of both weights, for the others their
/// own round's. All weights that do so are tried, option by option; only how many people are left, and how many stand in either
/// rest, matters on the way.
#[must_use]
pub fn cuts_leave_few(options: &[Apart], then: &Thresholds, rule: &Thresholds) -> bool {
    Weighing { options, then, rule }.leaves_few(false)
}

/// Whether the figure of the whole unit alone leaves fewer than k people beside the earlier round's figures by a segment: as
/// [`cuts_leave_few`], where all options of the later round have one weight. An option that nobody chose any more is taken off the
/// earlier whole, for instance, and all others but few are found again.
#[must_use]
pub fn whole_leaves_few(options: &[Apart], then: &Thresholds, rule: &Thresholds) -> bool {
    Weighing { options, then, rule }.leaves_few(true)
}

/// The weights that an option may have in what two rounds are added up to.
struct Weighing<'a> {
    options: &'a [Apart],
    then: &'a Thresholds,
    rule: &'a Thresholds,
}

/// What weights of some options come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Way {
    /// How many people are left.
    left: u64,
    /// How many stand in the rest of the earlier and of the later round, up to k.
    rest: (u64, u64),
    /// Whether anything of the earlier and of the later round is in it: what one round alone tells is that round's own plan.
    used: (bool, bool),
}

impl Weighing<'_> {
    fn leaves_few(&self, is_whole: bool) -> bool {
        let is_found_again = |option: &Apart| option.same > 0 && (option.came == 0 || option.went == 0);
        // Whoever is taken off is found in both rounds, and everybody with them.
        if !self.options.iter().any(is_found_again) {
            return false;
        }
        let of_rest = || -2..=2_i8;
        of_rest().any(|then| of_rest().any(|now| self.leaves_few_with((then, now), is_whole)))
    }

    /// With these weights of the rest of the earlier and of the later round.
    fn leaves_few_with(&self, rest: (i8, i8), is_whole: bool) -> bool {
        let (k_then, k_now) = (self.then.least_respondents(), self.rule.least_respondents());
        let few = stricter(self.then, self.rule);
        let mut ways = BTreeSet::from([Way::default()]);
        for option in self.options {
            let mut next = BTreeSet::new();
            for (then, now) in self.weights(option, rest, is_whole) {
                let of_then = if then == rest.0 { option.before() } else { 0 };
                let of_now = if now == rest.1 { option.now() } else { 0 };
                next.extend(ways.iter().map(|way| Way {
                    left: way.left + left_with(option, (then, now)),
                    rest: (k_then.min(way.rest.0 + of_then), k_now.min(way.rest.1 + of_now)),
                    used: (way.used.0 || then != 0, way.used.1 || now != 0),
                }));
            }
            next.retain(|way| way.left < few);
            ways = next;
        }
        let is_small = |people: u64, least: u64| people > 0 && people < least;
        let has_rest_then = self
            .options
            .iter()
            .any(|option| is_small(option.before(), k_then));
        let has_rest_now = is_whole || self.options.iter().any(|option| is_small(option.now(), k_now));
        ways.into_iter().any(|way| {
            way.left > 0
                && way.used == (true, true)
                && (!has_rest_then || way.rest.0 >= k_then)
                && (!has_rest_now || way.rest.1 >= k_now)
        })
    }

    /// The weights of an option in the earlier and in the later round with which each of its people is left or is not.
    fn weights(
        &self,
        option: &Apart,
        rest: (i8, i8),
        is_whole: bool,
    ) -> impl Iterator<Item = (i8, i8)> + use<> {
        let fixed = |people: u64, least: u64, rest: i8| match people {
            0 => Some(0),
            few if few < least => Some(rest),
            _ => None,
        };
        let then = fixed(option.before(), self.then.least_respondents(), rest.0);
        let now = fixed(option.now(), self.rule.least_respondents(), rest.1).or(is_whole.then_some(rest.1));
        let (then, now) = (
            then.map_or(-2..=2, |one| one..=one),
            now.map_or(-2..=2, |one| one..=one),
        );
        let option = *option;
        let is_possible = move |(then, now): &(i8, i8)| {
            let fits = |people: u64, weight: i8| people == 0 || weight == 0 || weight == 1;
            fits(option.went, *then) && fits(option.came, *now) && fits(option.same, then + now)
        };
        then.flat_map(move |then| now.clone().map(move |now| (then, now)))
            .filter(is_possible)
    }
}

fn left_with(option: &Apart, (then, now): (i8, i8)) -> u64 {
    let of = |people: u64, weight: i8| if weight == 1 { people } else { 0 };
    of(option.went, then) + of(option.came, now) + of(option.same, then + now)
}

fn stricter(then: &Thresholds, rule: &Thresholds) -> u64 {
    then.least_respondents().max(rule.least_respondents())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves_few(before: &[u64], now: &[u64], rule: &Thresholds) -> bool {
        super::leaves_few(Apart::of(before, now), rule, rule)
    }

    fn cut(same: u64, came: u64, went: u64) -> Apart {
        Apart { same, came, went }
    }

    #[test]
    fn a_few_who_came_or_went_beside_the_same_others_are_left_over() {
        let rule = Thresholds::default();
        let same: Vec<u64> = (0..12).collect();
        let with = |more: std::ops::Range<u64>| same.iter().copied().chain(more).collect::<Vec<_>>();
        assert!(leaves_few(&same, &with(40..41), &rule), "one came");
        assert!(leaves_few(&same, &with(40..49), &rule), "nine came");
        assert!(leaves_few(&with(40..41), &same, &rule), "one went");
        assert!(
            leaves_few(&same, &with(3..4), &rule),
            "one came who answers like another"
        );
        assert!(!leaves_few(&same, &same, &rule), "nobody came");
        assert!(!leaves_few(&same, &with(40..50), &rule), "ten came");
        assert!(!leaves_few(&same[..9], &same, &rule), "nothing was shown of nine");
        assert!(leaves_few(&same[..10], &same, &rule), "of ten there was");
        let mut changed = with(40..41);
        changed[0] = 99;
        changed.sort_unstable();
        assert!(!leaves_few(&same, &changed, &rule), "somebody else changed");
    }

    #[test]
    fn who_is_left_over_is_hidden_by_the_stricter_of_two_promises() {
        let (five, ten) = (Thresholds::new(5, 10, 20).unwrap(), Thresholds::default());
        let same: Vec<u64> = (0..12).collect();
        // Eight were shown where five are enough; four came who were promised ten.
        assert!(super::leaves_few(Apart::of(&same[..8], &same), &five, &ten));
        // Twelve were shown; six of them are not among the six of later, who were promised less.
        assert!(super::leaves_few(Apart::of(&same, &same[..6]), &ten, &five));
        assert!(
            !super::leaves_few(Apart::of(&same, &same[..6]), &five, &five),
            "six are enough for both"
        );
    }

    #[test]
    fn a_segment_with_an_option_that_hardly_changed_leaves_few() {
        let ten = Thresholds::default();
        let leaves = |options: &[Apart]| cuts_leave_few(options, &ten, &ten);
        let new = cut(0, 20, 22);
        for (hardly, why) in [(cut(12, 1, 0), "one came"), (cut(12, 0, 9), "nine went")] {
            assert!(leaves(&[new, hardly]), "{why}");
        }
        for (option, why) in [
            (cut(12, 1, 1), "somebody else changed"),
            (cut(12, 10, 0), "ten came"),
            (cut(9, 0, 0), "nine have no sum of their own"),
            (cut(12, 0, 0), "nobody came or went"),
        ] {
            assert!(!leaves(&[new, option]), "{why}");
        }
        assert!(
            leaves(&[new, cut(6, 1, 0), cut(5, 0, 0)]),
            "eleven of two options that are known together"
        );
        assert!(
            !leaves(&[new, cut(6, 1, 0), cut(5, 0, 1)]),
            "came and went are two"
        );
        assert!(
            leaves(&[cut(12, 30, 0), cut(11, 0, 3)]),
            "three went of the second"
        );
    }

    #[test]
    fn a_whole_leaves_few_beside_the_options_that_are_left_of_it() {
        let ten = Thresholds::default();
        let leaves = |options: &[Apart]| whole_leaves_few(options, &ten, &ten);
        let gone = cut(0, 0, 20);
        assert!(leaves(&[gone, cut(30, 2, 0)]), "two came to those who are left");
        assert!(
            leaves(&[gone, cut(30, 0, 0), cut(3, 0, 0)]),
            "three who were withheld then"
        );
        assert!(
            leaves(&[gone, cut(30, 0, 0), cut(1, 2, 6)]),
            "three of an option that changed"
        );
        assert!(
            leaves(&[gone, cut(30, 0, 1), cut(11, 0, 2)]),
            "three went of those who are left"
        );
        assert!(
            !leaves(&[gone, cut(30, 0, 6), cut(11, 0, 6)]),
            "twelve went of them"
        );
        assert!(
            leaves(&[cut(0, 0, 4), cut(30, 0, 2)]),
            "all four of an option went, and two of another"
        );
        assert!(!leaves(&[gone, cut(30, 10, 0)]), "ten came");
        assert!(!leaves(&[gone, cut(30, 2, 1)]), "came and went are two");
        assert!(
            !leaves(&[cut(0, 0, 9), cut(30, 2, 0)]),
            "nine could not be taken off"
        );
        assert!(!leaves(&[gone, cut(9, 2, 0)]), "nine could not be had");
        assert!(
            !leaves(&[cut(30, 0, 0), cut(3, 0, 0)]),
            "nobody went, so nothing was taken off"
        );
        assert!(!leaves(&[gone, cut(5, 30, 8), cut(30, 0, 0)]), "many are left");
    }

    #[test]
    fn segments_are_compared_by_what_each_round_shows_and_hide_by_the_stricter_promise() {
        let (five, ten) = (Thresholds::new(5, 10, 20).unwrap(), Thresholds::default());
        let (new, seven) = (cut(0, 20, 22), cut(7, 2, 0));
        assert!(
            cuts_leave_few(&[new, cut(7, 3, 0)], &five, &ten),
            "five were enough then"
        );
        assert!(
            !cuts_leave_few(&[new, seven], &five, &ten),
            "nine have no sum now, and no whole beside the others"
        );
        assert!(!cuts_leave_few(&[new, cut(7, 1, 1)], &five, &ten));
        assert!(
            !cuts_leave_few(&[new, seven], &ten, &five),
            "ten were needed then"
        );
        assert!(
            cuts_leave_few(&[new, cut(7, 0, 7)], &ten, &five),
            "seven who were promised ten went"
        );
    }
}
