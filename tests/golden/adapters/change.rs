//! Differences between groups and rounds.

use rapport::measure::change::effect::{
    cohens_d, cohens_d_average, cohens_d_interval, hedges_g, small_sample_factor_approximate,
};
use rapport::measure::change::paired::{paired_change as paired, signed_rank};
use rapport::measure::change::ranks::{cliffs_delta_interval, mann_whitney};
use rapport::measure::change::{Adjustment, MeanDifference, Sample, adjust, student, welch};
use rapport::measure::scoring::rescaled;
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::{interval, says};

pub fn two_group_difference(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let group = |name: &str| -> Result<Vec<f64>, String> {
        let rows = table.filtered(&case.column(1)?, &case.list(name))?;
        let values = rows.present(&case.column(0)?)?;
        if !case.flag("rescale_0_100") {
            return Ok(values);
        }
        let (min, max) = (case.number("scale_min")?, case.number("scale_max")?);
        Ok(values
            .iter()
            .filter_map(|v| rescaled(*v, min, max, false))
            .collect())
    };
    let (x, y) = (group("group1")?, group("group2")?);
    let (first, second) = (Sample::of(&x).map_err(says)?, Sample::of(&y).map_err(says)?);
    let level = case.confidence()?;
    let test =
        |d: MeanDifference| json!({"t": d.t, "df": d.df, "p": d.p, "se": d.se, "ci": interval(d.interval)});
    let w = welch(first, second, level).map_err(says)?;
    let s = student(first, second, level).map_err(says)?;
    let d = cohens_d(first, second).map_err(says)?;
    let ranks = mann_whitney(&x, &y).map_err(says)?;
    Ok(json!({
        "n1": first.n, "n2": second.n, "mean1": first.mean, "mean2": second.mean,
        "sd1": first.sd, "sd2": second.sd, "difference": w.difference,
        "welch": test(w), "student": test(s),
        "cohens_d": d,
        "cohens_d_ci_noncentral_t": interval(cohens_d_interval(first, second, level).map_err(says)?),
        "hedges_g": hedges_g(first, second).map_err(says)?,
        "hedges_g_approx_J": d * small_sample_factor_approximate(s.df),
        "cohens_d_average_sd": cohens_d_average(first, second).map_err(says)?,
        "cliffs_delta": ranks.cliffs_delta,
        "cliffs_delta_ci_fisher_z": interval(cliffs_delta_interval(ranks.cliffs_delta, first.n, second.n, level)),
        "prob_superiority": ranks.superiority,
        "mann_whitney": {
            "U1": ranks.u_first, "U2": ranks.u_second, "var_U": ranks.variance,
            "z": ranks.z, "p": ranks.p, "z_cc": ranks.z_corrected, "p_cc": ranks.p_corrected,
        },
    }))
}

pub fn paired_change(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let (before, after) = (table.numbers(&case.column(0)?)?, table.numbers(&case.column(1)?)?);
    let c = paired(&before, &after, case.confidence()?).map_err(says)?;
    let changes: Vec<f64> = before
        .iter()
        .zip(&after)
        .filter_map(|(x, y)| x.zip(*y))
        .map(|(x, y)| y - x)
        .collect();
    let ranks = signed_rank(&changes).map_err(says)?;
    Ok(json!({
        "n_pairs": c.pairs, "n_incomplete": c.incomplete,
        "mean_before": c.mean_before, "mean_after": c.mean_after,
        "mean_change": c.change, "sd_change": c.sd_change, "se": c.se, "t": c.t, "df": c.df,
        "p": c.p, "ci": interval(c.interval), "r": c.correlation,
        "cohens_dz": c.cohens_dz, "cohens_dav": c.cohens_dav,
        "wilcoxon": {"V": ranks.v, "p": ranks.p, "p_cc": ranks.p_corrected, "n_zero": ranks.zeros},
    }))
}

pub fn p_adjust(case: &Case, _: &Tables) -> Result<Value, String> {
    let p: Vec<Option<f64>> = case.list("p").iter().map(Value::as_f64).collect();
    let by = |method| adjust(&p, method).map_err(says);
    Ok(json!({
        "holm": by(Adjustment::Holm)?,
        "BH": by(Adjustment::BenjaminiHochberg)?,
        "BY": by(Adjustment::BenjaminiYekutieli)?,
        "bonferroni": by(Adjustment::Bonferroni)?,
        "hochberg": by(Adjustment::Hochberg)?,
    }))
}
