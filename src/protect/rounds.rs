//! Rounds one after the other: the remainder rule between the answers of one round and those of an earlier one.
//!
//! When an agency is asked again and nothing changed but that one person joined, the difference of the two results is what
//! that person said. Anonymous rounds are not linked, but whole responses can be compared without knowing whose they are: where
//! all responses of one round are found again in the other and only a few are left over, these few are what subtraction would
//! give. Then the later round's figures of the unit are withheld (R2). Where as many answers changed as somebody would need to hide
//! behind, subtraction gives sums over both those who came and those who changed.

use super::thresholds::Thresholds;

/// Whether subtracting one round from the other leaves fewer than k people: the responses of one, as sorted marks of what was
/// answered, are all among those of the other, and there is at least one and fewer than k more of them. Nobody is left over where
/// both are the same. Each round was shown by its own thresholds; who is left over is hidden by the stricter of both, since
/// either promise may have been theirs.
#[must_use]
pub fn leaves_few(before: &[u64], then: &Thresholds, now: &[u64], rule: &Thresholds) -> bool {
    let is_shown = |marks: &[u64], rule: &Thresholds| {
        u64::try_from(marks.len()).is_ok_and(|n| n >= rule.least_respondents())
    };
    if !is_shown(before, then) || !is_shown(now, rule) {
        // There is nothing to subtract from, or with.
        return false;
    }
    let (came, went) = apart(before, now);
    let stricter = then.least_respondents().max(rule.least_respondents());
    let few = |left: u64| left > 0 && left < stricter;
    (went == 0 && few(came)) || (came == 0 && few(went))
}

/// How many stand in the second list only, and in the first only.
fn apart(before: &[u64], now: &[u64]) -> (u64, u64) {
    let (mut came, mut went) = (0, 0);
    let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
    loop {
        match (before.peek(), now.peek()) {
            (None, None) => return (came, went),
            (Some(_), None) => {
                before.next();
                went += 1;
            }
            (None, Some(_)) => {
                now.next();
                came += 1;
            }
            (Some(one), Some(other)) if one == other => {
                before.next();
                now.next();
            }
            (Some(one), Some(other)) if one < other => {
                before.next();
                went += 1;
            }
            (Some(_), Some(_)) => {
                now.next();
                came += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves_few(before: &[u64], now: &[u64], rule: &Thresholds) -> bool {
        super::leaves_few(before, rule, now, rule)
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
        assert!(super::leaves_few(&same[..8], &five, &same, &ten));
        // Twelve were shown; six of them are not among the six of later, who were promised less.
        assert!(super::leaves_few(&same, &ten, &same[..6], &five));
        assert!(
            !super::leaves_few(&same, &five, &same[..6], &five),
            "six are enough for both"
        );
    }
}
