//! The bootstrap of alpha.

use rapport::measure::Undefined;
use rapport::measure::bootstrap::{Bootstrap, jackknife_acceleration, regression_acceleration, resample};
use rapport::measure::quantile::Definition;
use rapport::measure::reliability::resampled_alpha;
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::reliability::items;
use super::{interval, says};

/// The items of complete persons.
fn complete(case: &Case, tables: &Tables) -> Result<Vec<Vec<f64>>, String> {
    let columns = items(case, tables)?;
    let whole: Option<Vec<Vec<f64>>> = columns
        .into_iter()
        .map(|column| column.into_iter().collect())
        .collect();
    whole.ok_or_else(|| "the bootstrap takes complete rows".to_owned())
}

/// Alpha with each person left out.
fn left_out(columns: &[Vec<f64>]) -> Result<Vec<f64>, Undefined> {
    let n = columns[0].len();
    (0..n)
        .map(|out| {
            let rows: Vec<usize> = (0..n).filter(|row| *row != out).collect();
            resampled_alpha(columns, &rows)
        })
        .collect()
}

pub fn bootstrap_alpha_ci(case: &Case, tables: &Tables) -> Result<Value, String> {
    let columns = complete(case, tables)?;
    let resamples = usize::try_from(case.count("B")?).unwrap();
    let level = case.confidence()?;
    let boot = resample(columns[0].len(), resamples, 20_240_511, |rows| {
        resampled_alpha(&columns, rows)
    })
    .map_err(says)?;
    let a = jackknife_acceleration(&left_out(&columns).map_err(says)?).map_err(says)?;
    let (low, high) = boot.bca_probabilities(a, level).map_err(says)?;
    Ok(json!({
        "t0": boot.observed, "boot_mean": boot.mean, "boot_sd": boot.sd,
        "percentile": interval(boot.percentile(level, Definition::Seven)),
        "bca": interval(boot.quantiles(low, high, Definition::Seven)),
        "z0": boot.bias().map_err(says)?, "a_jackknife": a,
    }))
}

pub fn given_resamples(case: &Case, tables: &Tables) -> Result<Value, String> {
    let columns = complete(case, tables)?;
    let draws = draws(case, tables)?;
    let level = case.confidence()?;
    let everyone: Vec<usize> = (0..columns[0].len()).collect();
    let observed = resampled_alpha(&columns, &everyone).map_err(says)?;
    let replicates: Result<Vec<f64>, Undefined> =
        draws.iter().map(|rows| resampled_alpha(&columns, rows)).collect();
    let boot = Bootstrap::of(observed, replicates.map_err(says)?).map_err(says)?;
    let a = jackknife_acceleration(&left_out(&columns).map_err(says)?).map_err(says)?;
    let by_regression = regression_acceleration(boot.replicates(), &draws, everyone.len()).map_err(says)?;
    let (low, high) = boot.bca_probabilities(a, level).map_err(says)?;
    let (low_reg, high_reg) = boot.bca_probabilities(by_regression, level).map_err(says)?;
    let tail = level.tail();
    Ok(json!({
        "t0": observed, "boot_mean": boot.mean, "boot_sd": boot.sd,
        "first_replicates": boot.replicates().iter().take(20).collect::<Vec<_>>(),
        "percentile_type7": interval(boot.percentile(level, Definition::Seven)),
        "percentile_type6": interval(boot.percentile(level, Definition::Six)),
        "percentile_boot_package": interval(boot.normal_interpolated(tail, 1.0 - tail)),
        "basic_type7": interval(boot.basic(level, Definition::Seven)),
        "normal": interval(boot.normal(level)),
        "z0": boot.bias().map_err(says)?, "a_jackknife": a, "bca_probs": [low, high],
        "bca_type7": interval(boot.quantiles(low, high, Definition::Seven)),
        "bca_norm_inter": interval(boot.normal_interpolated(low, high)),
        "a_boot_package_regression": by_regression,
        "bca_boot_package": interval(boot.normal_interpolated(low_reg, high_reg)),
    }))
}

/// The given resamples, as rows from 0.
fn draws(case: &Case, tables: &Tables) -> Result<Vec<Vec<usize>>, String> {
    let name = case.text("indices_dataset").ok_or("no indices_dataset")?;
    let base = case.count("indices_base").unwrap_or(0);
    tables
        .whole(name)?
        .rows()
        .map(|row| {
            row.iter()
                .map(|cell| {
                    let index: u64 = cell
                        .as_deref()
                        .and_then(|text| text.parse().ok())
                        .ok_or(format!("{name} has a cell that is no index"))?;
                    let from_zero = index.checked_sub(base).ok_or("an index below the base")?;
                    usize::try_from(from_zero).map_err(|e| e.to_string())
                })
                .collect()
        })
        .collect()
}
