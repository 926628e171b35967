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

/// Whether figures by one segment could leave fewer than k people, given the options of that segment in a unit, those who did not
/// say included.
///
/// What is published of a segment gives sums over several options where single ones are withheld, and which are withheld may
/// differ between the rounds. So it is not enough to ask of each option whether few are left over: an unchanged one
/// that was withheld with three others then, and is shown now, gives the three. A difference that tells of few people alone
/// takes off only responses that are found again, all those of an option; and what a round publishes a sum of has k people. So
/// where the options of which nobody (or nobody new) is missing but for few have fewer than k
/// responses in common, every difference tells of k people or of people who came and people who went together.
#[must_use]
pub fn cuts_leave_few(options: &[Apart], then: &Thresholds, rule: &Thresholds) -> bool {
    let stricter = stricter(then, rule);
    let in_common = |is_found: fn(&Apart) -> (u64, u64)| -> u64 {
        let found = options.iter().filter(|option| {
            let (missing, more) = is_found(option);
            missing == 0 && more < stricter
        });
        found.map(|option| option.same).sum()
    };
    in_common(|option| (option.went, option.came)) >= then.least_respondents()
        || in_common(|option| (option.came, option.went)) >= rule.least_respondents()
}

/// Whether the figure of the whole unit leaves fewer than k people beside options of the earlier round, given as above: an option
/// that nobody chose any more was taken off the earlier whole by subtraction, and all others but few are found again.
///
/// Each option of now stands in the difference with those who came, if all it had then is taken off, or else with everybody in it. What is
/// taken off has k people, and so has what is not: else the earlier round would have published neither.
#[must_use]
pub fn whole_leaves_few(options: &[Apart], then: &Thresholds, rule: &Thresholds) -> bool {
    let before: u64 = options.iter().map(|option| option.same + option.went).sum();
    // How many are left, and how many are taken off, for every choice of options.
    let mut ways = BTreeSet::from([(0, 0)]);
    for option in options {
        let mut next = BTreeSet::new();
        for (left, off) in ways {
            next.insert((left + option.same + option.came, off));
            if option.went == 0 {
                next.insert((left + option.came, off + option.same));
            }
        }
        next.retain(|(left, _)| *left < stricter(then, rule));
        ways = next;
    }
    let least = then.least_respondents();
    // Or the other way: nobody is new in any option of now, so that those who went from them are left.
    let of_now = options.iter().filter(|option| option.same + option.came > 0);
    let (went, off) = of_now.clone().fold((0, 0), |(went, off), option| {
        (went + option.went, off + option.same + option.went)
    });
    let is_nobody_new = of_now.clone().all(|option| option.came == 0);
    let few_went = is_nobody_new && went > 0 && went < stricter(then, rule);
    if few_went && off >= least && before.saturating_sub(off) >= least {
        return true;
    }
    ways.into_iter()
        .any(|(left, off)| left > 0 && off >= least && before.saturating_sub(off) >= least)
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
        for (hardly, why) in [
            (cut(12, 1, 0), "one came"),
            (cut(12, 0, 9), "nine went"),
            (
                cut(12, 0, 0),
                "nobody did, and others may have been withheld with it",
            ),
        ] {
            assert!(leaves(&[new, hardly]), "{why}");
        }
        for (option, why) in [
            (cut(12, 1, 1), "somebody else changed"),
            (cut(12, 10, 0), "ten came"),
            (cut(9, 0, 0), "nine have no sum of their own"),
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
            cuts_leave_few(&[new, seven], &five, &ten),
            "five were enough then"
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
