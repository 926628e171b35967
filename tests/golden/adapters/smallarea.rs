//! Small areas.

use rapport::measure::smallarea::{Stabilised, fay_herriot as fay_herriot_of, random_effects};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::{interval, says};

pub fn random_effects_shrinkage(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?.head(case);
    let (y, v) = (
        table.complete(&case.column(0)?)?,
        table.complete(&case.column(1)?)?,
    );
    let model = random_effects(&y, &v, case.confidence()?).map_err(says)?;
    let each = |at: &Stabilised, f: fn(&rapport::measure::smallarea::shrinkage::Shrunk) -> f64| {
        at.estimates.iter().map(f).collect::<Vec<f64>>()
    };
    let dl = &model.dersimonian_laird;
    let knapp = dl.hartung_knapp;
    Ok(json!({
        "k": model.areas, "Q": model.q, "Q_df": model.areas - 1, "Q_p": model.q_p,
        "fixed": {"mu": model.fixed.0, "se": model.fixed.1},
        "dl": {
            "tau2": dl.between, "mu": dl.mean, "se": dl.se, "ci": interval(dl.interval),
            "I2": dl.i_squared, "H2": dl.h_squared,
            "shrinkage_gamma": each(dl, |area| area.own_share),
            "estimates": each(dl, |area| area.value),
            "estimates_se": each(dl, |area| area.mse.sqrt()),
            "mse": each(dl, |area| area.mse),
            "prediction_interval": interval(dl.prediction),
            "hartung_knapp": {
                "se": knapp.se, "low": knapp.interval.low, "high": knapp.interval.high, "p": knapp.p,
            },
        },
        "reml": {
            "tau2": model.reml.between, "mu": model.reml.mean, "se": model.reml.se,
            "estimates": each(&model.reml, |area| area.value),
            "estimates_se": each(&model.reml, |area| area.mse.sqrt()),
        },
        "pm": {
            "tau2": model.paule_mandel.between, "mu": model.paule_mandel.mean,
            "se": model.paule_mandel.se,
        },
    }))
}

pub fn fay_herriot(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?.head(case);
    let column = |name: &str| case.text(name).ok_or(format!("no `{name}`"));
    let direct = table.complete(column("direct")?)?;
    let mut variance = table.complete(column("sampling_variance")?)?;
    if case.flag("variance_column_is_se") {
        variance.iter_mut().for_each(|se| *se *= *se);
    }
    let mut names = vec!["intercept".to_owned()];
    let mut covariates = Vec::new();
    for name in case.names("covariates") {
        covariates.push(table.complete(&name)?);
        names.push(name);
    }
    if let Some(dummy) = case.text("dummy_covariate") {
        let codes = table.codes(dummy)?;
        for (code, level) in table.levels(dummy)?.iter().enumerate().skip(1) {
            covariates.push(
                codes
                    .iter()
                    .map(|own| if *own == code { 1.0 } else { 0.0 })
                    .collect(),
            );
            names.push(format!("{dummy}{level}"));
        }
    }
    let model = fay_herriot_of(&direct, &variance, &covariates).map_err(says)?;
    let each = |f: fn(&rapport::measure::smallarea::fay_herriot::AreaEstimate) -> f64| {
        model.estimates.iter().map(f).collect::<Vec<f64>>()
    };
    Ok(json!({
        "m": model.areas, "sigma2_u": model.between, "coefficient_names": names,
        "beta": model.coefficients, "beta_se": model.coefficient_se,
        "gamma": each(|a| a.own_share), "eblup": each(|a| a.value),
        "g1": each(|a| a.g1), "g2": each(|a| a.g2), "g3": each(|a| a.g3), "mse": each(|a| a.mse),
        "cv_pct": each(|a| 100.0 * a.mse.sqrt() / a.value),
    }))
}
