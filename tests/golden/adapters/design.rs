//! Sampling designs.

use rapport::measure::design::{
    DesignEstimate, Lonely, Plan, PlanInput, ProportionIntervals, contrast, mean, total,
};
use rapport::measure::numeric::real;
use rapport::measure::weights::Kish;
use serde_json::{Value, json};

use super::super::case::{Case, as_list};
use super::super::table::{Table, Tables};
use super::{interval, r_profile, says};

/// The design of a case on the rows of a table.
pub fn plan(case: &Case, table: &Table) -> Result<Plan, String> {
    let design = case.param("design").ok_or("no design")?;
    let names = |key: &str| -> Vec<String> {
        let list = design.get(key).map(as_list).unwrap_or_default();
        list.iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    let code = |name: Option<&String>| name.map(|name| table.codes(name)).transpose();
    let number = |name: Option<&String>| name.map(|name| table.complete(name)).transpose();
    let (ids, fpc) = (names("ids"), names("fpc"));
    let strata = code(names("strata").first())?;
    let (clusters, second) = (code(ids.first())?, code(ids.get(1))?);
    let weights = number(names("weights").first())?;
    let (population, second_population) = (number(fpc.first())?, number(fpc.get(1))?);
    Plan::new(PlanInput {
        rows: table.len(),
        strata: strata.as_deref(),
        clusters: clusters.as_deref(),
        second: second.as_deref(),
        weights: weights.as_deref(),
        population: population.as_deref(),
        second_population: second_population.as_deref(),
    })
    .map_err(says)
}

fn domain(case: &Case, table: &Table) -> Result<Vec<bool>, String> {
    let mut inside = vec![true; table.len()];
    if let Some(Value::Object(domain)) = case.param("domain") {
        for (column, values) in domain {
            let matches = table.matches(column, &as_list(values))?;
            inside = inside.iter().zip(matches).map(|(a, b)| *a && b).collect();
        }
    }
    Ok(inside)
}

fn lonely(case: &Case) -> Result<Lonely, String> {
    Ok(match case.text("lonely_psu").unwrap_or("fail") {
        "fail" => Lonely::Fail,
        "remove" | "certainty" => Lonely::Certainty,
        "adjust" => Lonely::Adjust,
        "average" => Lonely::Average,
        other => return Err(format!("unknown lonely_psu `{other}`")),
    })
}

type Estimator = fn(
    &Plan,
    &[Option<f64>],
    &[bool],
    Lonely,
    rapport::measure::Confidence,
) -> Result<DesignEstimate, rapport::measure::Undefined>;

pub fn design_mean(case: &Case, tables: &Tables) -> Result<Value, String> {
    estimate(case, tables, mean)
}

pub fn design_total(case: &Case, tables: &Tables) -> Result<Value, String> {
    estimate(case, tables, total)
}

fn estimate(case: &Case, tables: &Tables, by: Estimator) -> Result<Value, String> {
    let table = tables.of(case)?;
    let values = table.numbers(&case.column(0)?)?;
    let (plan, domain) = (plan(case, &table)?, domain(case, &table)?);
    let e = by(&plan, &values, &domain, lonely(case)?, case.confidence()?).map_err(says)?;
    Ok(json!({
        "estimate": e.estimate, "se": e.se, "variance": e.variance, "cv": e.cv, "df": e.df,
        "ci_normal": interval(e.interval_normal), "ci_t": e.interval_t.map(interval),
        "deff": e.deff, "deff_srs_with_replacement": e.deff_with_replacement,
        "n": e.n, "n_missing": e.missing, "kish": kish(&e.kish),
    }))
}

pub fn kish(kish: &Kish) -> Value {
    json!({
        "sum": kish.sum, "sum_sq": kish.sum_of_squares, "ess": kish.effective_n, "deff": kish.deff,
    })
}

pub fn design_mean_by(case: &Case, tables: &Tables) -> Result<Value, String> {
    by_level(case, tables, mean)
}

pub fn design_total_by(case: &Case, tables: &Tables) -> Result<Value, String> {
    by_level(case, tables, total)
}

fn by_level(case: &Case, tables: &Tables, by: Estimator) -> Result<Value, String> {
    let table = tables.of(case)?;
    let values = table.numbers(&case.column(0)?)?;
    let plan = plan(case, &table)?;
    let column = case.text("by").ok_or("no `by`")?;
    let (codes, level) = (table.codes(column)?, case.confidence()?);
    let full = plan.degrees_of_freedom(&vec![true; table.len()]);
    let mut groups = Vec::new();
    for (code, name) in table.levels(column)?.into_iter().enumerate() {
        let domain: Vec<bool> = codes.iter().map(|own| *own == code).collect();
        let e = by(&plan, &values, &domain, lonely(case)?, level).map_err(says)?;
        let t = rapport::measure::Interval::around(e.estimate, level.t(full) * e.se);
        groups.push(json!({
            "level": name, "n": e.n, "estimate": e.estimate, "se": e.se,
            "ci_normal": interval(e.interval_normal), "df_domain": e.df, "ci_t_full_df": interval(t),
        }));
    }
    Ok(json!({"df_full": full, "groups": groups}))
}

pub fn design_proportion_ci(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let column = case.column(0)?;
    let hits = table.matches(&column, &case.list("value"))?;
    let values: Vec<Option<f64>> = table
        .text(&column)?
        .iter()
        .zip(hits)
        .map(|(cell, hit)| cell.as_ref().map(|_| if hit { 1.0 } else { 0.0 }))
        .collect();
    let (plan, domain, level) = (plan(case, &table)?, domain(case, &table)?, case.confidence()?);
    let e = mean(&plan, &values, &domain, lonely(case)?, level).map_err(says)?;
    let n = usize::try_from(e.n).unwrap();
    let all = ProportionIntervals::new(e.estimate, e.se, e.df, n, level).map_err(says)?;
    Ok(json!({
        "estimate": e.estimate, "se": e.se, "df": e.df, "n": e.n,
        "logit": interval(all.logit()), "xlogit": interval(all.logit()),
        "likelihood": interval(r_profile::likelihood(&all, e.estimate, e.se, real(n))), "asin": interval(all.arcsine()),
        "beta": interval(all.korn_graubard()), "mean": interval(all.plain()),
    }))
}

pub fn design_difference(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let values = table.numbers(&case.column(0)?)?;
    let (column, plan) = (case.column(1)?, plan(case, &table)?);
    let (codes, levels) = (table.codes(&column)?, table.levels(&column)?);
    let group = |code: usize| codes.iter().map(|own| *own == code).collect::<Vec<bool>>();
    let c = contrast(&plan, &values, &group(0), &group(1)).map_err(says)?;
    Ok(json!({
        "levels": levels, "means": [c.first, c.second], "difference": c.difference, "se": c.se,
        "t": c.t, "df": c.df, "p": c.p,
    }))
}
