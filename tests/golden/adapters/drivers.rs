//! Key drivers.

use rapport::measure::drivers::regression::Driver;
use rapport::measure::drivers::{DriverTable, driver_regression, lmg, relative_weights};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::says;

pub fn key_drivers(case: &Case, tables: &Tables) -> Result<Value, String> {
    let outcome = case.text("outcome").ok_or("no outcome")?;
    let predictors = case.names("predictors");
    let all = tables.of(case)?;
    let mut rows = all.with_value(outcome)?;
    for predictor in &predictors {
        rows = rows.with_value(predictor)?;
    }
    let x: Result<Vec<Vec<f64>>, String> = predictors.iter().map(|p| rows.complete(p)).collect();
    let table = DriverTable::new(&rows.complete(outcome)?, &x?).map_err(says)?;
    let model = driver_regression(&table).map_err(says)?;
    let each = |f: fn(&Driver) -> f64| model.drivers.iter().map(f).collect::<Vec<f64>>();
    let weights = relative_weights(&table).map_err(says)?;
    let shares = lmg(&table).map_err(says)?;
    let percent = |raw: &[f64]| -> Vec<f64> {
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|part| 100.0 * part / sum).collect()
    };
    let matrix: Vec<Vec<f64>> = table
        .correlations
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect();
    let inflation = each(|d| d.inflation);
    Ok(json!({
        "n_used": rows.len(), "n_dropped": all.len() - rows.len(),
        "r_squared": model.r_squared, "adj_r_squared": model.adjusted_r_squared,
        "f": model.f, "f_p": model.f_p, "sigma": model.sigma, "intercept": model.intercept,
        "b": each(|d| d.coefficient), "b_se": each(|d| d.se), "b_t": each(|d| d.t),
        "b_p": each(|d| d.p), "beta": each(|d| d.beta),
        "vif": if predictors.len() > 1 { json!(inflation) } else { Value::Null },
        "r_xy": table.with_outcome().iter().collect::<Vec<_>>(),
        "correlation_matrix": matrix,
        "relative_weights": {"raw": weights, "pct": percent(&weights)},
        "lmg": {
            "raw": shares.shares, "pct": percent(&shares.shares),
            "first": shares.first, "last": shares.last,
        },
    }))
}
