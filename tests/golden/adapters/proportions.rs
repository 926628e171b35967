//! Shares and differences of shares.

use rapport::measure::change::newcombe;
use rapport::measure::change::proportions::{
    agresti_caffo, cohens_h, pooled_z, pooled_z_corrected, unpooled_se, wald,
};
use rapport::measure::proportion::Share;
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::{interval, says};

pub fn proportion_ci(case: &Case, _: &Tables) -> Result<Value, String> {
    let share = share(case, "x", "n")?;
    let level = case.confidence()?;
    Ok(json!({
        "p": share.value(),
        "wilson": interval(share.wilson(level)),
        "wilson_cc": interval(share.wilson_corrected(level)),
        "clopper_pearson": interval(share.clopper_pearson(level)),
    }))
}

pub fn proportion_ci_more(case: &Case, _: &Tables) -> Result<Value, String> {
    let share = share(case, "x", "n")?;
    let level = case.confidence()?;
    Ok(json!({
        "p": share.value(),
        "agresti_coull_center": share.agresti_coull_centre(level),
        "agresti_coull_unclipped": interval(share.agresti_coull(level)),
        "agresti_coull_as_statsmodels": interval(share.agresti_coull(level).within(0.0, 1.0)),
        "wald_clipped": interval(share.wald(level)),
        "jeffreys": interval(share.jeffreys(level)),
    }))
}

pub fn two_proportion_z(case: &Case, _: &Tables) -> Result<Value, String> {
    let (first, second) = (share(case, "x1", "n1")?, share(case, "x2", "n2")?);
    let level = case.confidence()?;
    let plain = pooled_z(first, second, level);
    let corrected = pooled_z_corrected(first, second, level);
    let difference = first.value() - second.value();
    // Without variation there is no test, but there is still an (empty) interval.
    let unpooled = rapport::measure::Interval::around(difference, level.z() * unpooled_se(first, second));
    Ok(json!({
        "p1": first.value(), "p2": second.value(), "difference": difference,
        "z": plain.map(|c| c.z).ok(), "p": plain.map(|c| c.p).ok(),
        "ci_unpooled": interval(plain.map_or(unpooled, |c| c.interval)),
        "z_cc": corrected.map(|c| c.z).ok(), "p_cc": corrected.map(|c| c.p).ok(),
        "ci_unpooled_cc": interval(corrected.map_or(unpooled, |c| c.interval)),
        "cohens_h": cohens_h(first, second),
    }))
}

pub fn two_proportion_ci(case: &Case, _: &Tables) -> Result<Value, String> {
    let (first, second) = (share(case, "x1", "n1")?, share(case, "x2", "n2")?);
    let level = case.confidence()?;
    Ok(json!({
        "difference": first.value() - second.value(),
        "newcombe": interval(newcombe(first, second, level)),
        "agresti_caffo": interval(agresti_caffo(first, second, level)),
        "wald": interval(wald(first, second, level)),
    }))
}

fn share(case: &Case, x: &str, n: &str) -> Result<Share, String> {
    Share::new(case.count(x)?, case.count(n)?).map_err(says)
}
