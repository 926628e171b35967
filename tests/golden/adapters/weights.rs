//! Weights.

use rapport::measure::design::calibrated;
use rapport::measure::design::{Lonely, mean};
use rapport::measure::weights::trim::trim_spreading;
use rapport::measure::weights::{Kish, Margin, RakeRule, describe_weighted, poststratify, rake};
use serde_json::{Map, Value, json};

use super::super::case::Case;
use super::super::table::{Table, Tables};
use super::design::{kish, plan};
use super::says;

/// A margin from `{level: people}`, in the order given.
fn margin(table: &Table, column: &str, people: &Map<String, Value>) -> Result<Margin, String> {
    let levels: Vec<&String> = people.keys().collect();
    let mut category = Vec::new();
    for cell in table.text(column)? {
        let at = cell.and_then(|cell| levels.iter().position(|level| **level == cell));
        category.push(at.ok_or(format!("a value of `{column}` has no population"))?);
    }
    let population = people.values().filter_map(Value::as_f64).collect();
    Ok(Margin { category, population })
}

fn object<'a>(case: &'a Case, name: &str) -> Result<&'a Map<String, Value>, String> {
    case.param(name)
        .and_then(Value::as_object)
        .ok_or(format!("no `{name}`"))
}

pub fn post_stratification(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let plan = plan(case, &table)?;
    let people = object(case, "population")?;
    let cells = margin(&table, case.text("strata").ok_or("no strata")?, people)?;
    let (factors, weights) =
        poststratify(plan.weights(), &cells.category, &cells.population).map_err(says)?;
    let factors: Map<String, Value> = people
        .keys()
        .cloned()
        .zip(factors.into_iter().map(Value::from))
        .collect();
    let mut estimates = Vec::new();
    for column in case.columns().iter().skip(1) {
        let values = table.complete(column)?;
        let own = calibrated::poststratified(&plan, &weights, &cells.category, &values).map_err(says)?;
        let given: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        let all = vec![true; table.len()];
        let before = mean(&plan, &given, &all, Lonely::Fail, case.confidence()?).map_err(says)?;
        estimates.push(json!({
            "variable": column, "mean": own.mean, "mean_se": own.mean_se,
            "total": own.total, "total_se": own.total_se,
            "unadjusted_mean": before.estimate, "unadjusted_se": before.se,
            "naive_weights_se": calibrated::naive_se(&weights, &values).map_err(says)?,
        }));
    }
    let summary = Kish::of(&weights).map_err(says)?;
    Ok(json!({
        "cell_factor": factors, "weights": weights, "kish": kish(&summary), "estimates": estimates,
    }))
}

pub fn raking(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let plan = plan(case, &table)?;
    let mut margins = Vec::new();
    // The columns name the margins in the order in which they are raked, then the variables.
    let given = object(case, "margins")?;
    for column in case.columns().iter().take(given.len()) {
        let people = given.get(column).and_then(Value::as_object);
        margins.push(margin(
            &table,
            column,
            people.ok_or(format!("no margin `{column}`"))?,
        )?);
    }
    // The cases are run to convergence, far beyond what a page needs.
    let rule = RakeRule {
        tolerance: 2e-14,
        passes: 20_000,
    };
    let weights = rake(plan.weights(), &margins, rule).map_err(says)?.weights;
    let mut estimates = Vec::new();
    for column in case.columns().iter().skip(margins.len()) {
        let values = table.complete(column)?;
        let swept = calibrated::raked_by_sweeps(&plan, &weights, &margins, &values).map_err(says)?;
        let own = calibrated::raked(&plan, &weights, &margins, &values).map_err(says)?;
        estimates.push(json!({
            "variable": column, "mean": own.mean, "mean_se": swept.mean_se,
            "total": own.total, "total_se": swept.total_se, "mean_se_calibrate": own.mean_se,
            "naive_weights_se": calibrated::naive_se(&weights, &values).map_err(says)?,
        }));
    }
    let summary = Kish::of(&weights).map_err(says)?;
    let mut actual = json!({
        "weight_min": weights.iter().copied().fold(f64::INFINITY, f64::min),
        "weight_max": weights.iter().copied().fold(0.0, f64::max),
        "kish": kish(&summary), "estimates": estimates,
    });
    if let Some(trim) = case.param("trim") {
        let limit = |name: &str| trim.get(name).and_then(Value::as_f64).ok_or("no limit");
        let trimmed = trim_spreading(&weights, limit("lower")?, limit("upper")?).map_err(says)?;
        actual["trimmed_kish"] = kish(&Kish::of(&trimmed).map_err(says)?);
        actual["trimmed_weights"] = Value::from(trimmed);
    }
    actual["weights"] = Value::from(weights);
    Ok(actual)
}

pub fn weighted_descriptives(case: &Case, tables: &Tables) -> Result<Value, String> {
    let column = case.column(0)?;
    let table = tables.of(case)?.with_value(&column)?;
    let values = table.complete(&column)?;
    let weights = table.complete(&case.column(1)?)?;
    let d = describe_weighted(&values, &weights).map_err(says)?;
    Ok(json!({
        "n": d.n, "sum_weights": d.kish.sum, "mean": d.mean,
        "variance_population": d.variance_population,
        "variance_frequency_weights": d.variance_frequency,
        "variance_reliability_weights": d.variance_reliability,
        "variance_normalised_weights": d.variance_normalised,
        "ess": d.kish.effective_n, "kish_deff": d.kish.deff,
        "se_frequency_weights": d.se_frequency, "se_kish": d.se_kish,
        "se_linearised_with_replacement": d.se_linearised,
    }))
}
