//! Trends over rounds.

use rapport::measure::trend::regression::{self, Regression};
use rapport::measure::trend::{
    TrendPoint, known_error_trend, mann_kendall as mann_kendall_of, theil_sen as theil_sen_of,
};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::{Table, Tables};
use super::{interval, says};

pub fn mann_kendall(case: &Case, tables: &Tables) -> Result<Value, String> {
    let column = case.column(0)?;
    let values = tables
        .of(case)?
        .with_value(&column)?
        .head(case)
        .complete(&column)?;
    let m = mann_kendall_of(&values).map_err(says)?;
    Ok(json!({
        "n": m.n, "S": m.s, "var_S": m.variance, "z": m.z, "p": m.p_normal,
        "tau_a": m.tau_a, "tau_b": m.tau_b, "ties": m.ties, "p_exact": m.p_exact,
    }))
}

/// The rows with an outcome, then the first of them where asked.
fn rows(case: &Case, tables: &Tables) -> Result<(Table, Vec<f64>, Vec<f64>), String> {
    let (x, y) = (case.text("x").ok_or("no x")?, case.text("y").ok_or("no y")?);
    let table = tables.of(case)?.with_value(y)?.head(case);
    let (x, y) = (table.complete(x)?, table.complete(y)?);
    Ok((table, x, y))
}

pub fn theil_sen(case: &Case, tables: &Tables) -> Result<Value, String> {
    let (_, x, y) = rows(case, tables)?;
    let line = theil_sen_of(&x, &y, case.confidence()?).map_err(says)?;
    Ok(json!({
        "n": line.n, "n_slopes": line.slopes, "slope": line.slope,
        "intercept_separate": line.intercept, "intercept_joint": line.intercept_joint,
        "var_S": line.variance, "C": line.reach, "ci": interval(line.interval),
    }))
}

pub fn linear_trend(case: &Case, tables: &Tables) -> Result<Value, String> {
    let (table, x, y) = rows(case, tables)?;
    let level = case.confidence()?;
    let ols = regression::ordinary(&x, &y, level).map_err(says)?;
    let mut actual = json!({"n": x.len(), "ols": form(&ols)});
    if let Some(column) = case.text("weights") {
        let weights = table.complete(column)?;
        let line = regression::weighted(&x, &y, &weights, level).map_err(says)?;
        actual["wls_weights"] = form(&line);
    }
    if let Some(column) = case.text("se") {
        let se = table.complete(column)?;
        let weights: Vec<f64> = se.iter().map(|se| 1.0 / (se * se)).collect();
        let line = regression::weighted(&x, &y, &weights, level).map_err(says)?;
        actual["wls_inverse_variance"] = form(&line);
        let points: Vec<TrendPoint> = x
            .iter()
            .zip(&y)
            .zip(&se)
            .map(|((time, value), se)| TrendPoint {
                time: *time,
                value: *value,
                se: *se,
            })
            .collect();
        let trend = known_error_trend(&points, level).map_err(says)?;
        let (z, p, slope) = trend.unwidened(level);
        actual["known_variance_fixed"] = json!({
            "slope": trend.slope, "slope_se": trend.se_known, "z": z, "p": p,
            "slope_ci": interval(slope), "intercept": trend.intercept,
            "intercept_se": trend.intercept_se_known, "QE": trend.q, "QE_p": trend.q_p,
        });
    }
    Ok(actual)
}

fn form(line: &Regression) -> Value {
    json!({
        "slope": line.slope, "slope_se": line.slope_se, "t": line.t, "p": line.p,
        "slope_ci": interval(line.slope_interval), "intercept": line.intercept,
        "intercept_se": line.intercept_se, "intercept_ci": interval(line.intercept_interval),
        "df": line.df, "sigma": line.sigma, "r_squared": line.r_squared,
    })
}
