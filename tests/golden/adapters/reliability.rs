//! Alpha and omega.

use rapport::measure::reliability::covariance::{complete_rows, correlation, covariance, keep_rows};
use rapport::measure::reliability::omega::{OneFactor, maximum_likelihood, minimum_residuals};
use rapport::measure::reliability::{Alpha, Missing, cronbach_alpha as alpha_of};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::Tables;
use super::{interval, says};

/// The items of a case, reversed where its keys say so.
pub fn items(case: &Case, tables: &Tables) -> Result<Vec<Vec<Option<f64>>>, String> {
    let table = tables.of(case)?;
    let keys = case.list("keys");
    let mut items = Vec::new();
    for (at, column) in case.columns().iter().enumerate() {
        let mut values = table.numbers(column)?;
        if keys.get(at).and_then(Value::as_f64).is_some_and(|key| key < 0.0) {
            let ends = case.number("scale_min")? + case.number("scale_max")?;
            values = values.into_iter().map(|v| v.map(|v| ends - v)).collect();
        }
        items.push(values);
    }
    Ok(items)
}

fn missing(case: &Case) -> Missing {
    if case.text("missing") == Some("listwise") {
        Missing::Listwise
    } else {
        Missing::Pairwise
    }
}

pub fn cronbach_alpha(case: &Case, tables: &Tables) -> Result<Value, String> {
    let a: Alpha = alpha_of(&items(case, tables)?, missing(case), case.confidence()?).map_err(says)?;
    let each = |f: fn(&rapport::measure::reliability::alpha::ItemReliability) -> Option<f64>| {
        a.per_item.iter().map(f).collect::<Vec<_>>()
    };
    // Alpha without an item exists from three items on.
    let dropped = |values: Vec<Option<f64>>| if a.items > 2 { json!(values) } else { Value::Null };
    Ok(json!({
        "k": a.items, "n_rows": a.rows, "n_complete": a.complete, "n_used": a.used,
        "raw_alpha": a.alpha, "std_alpha": a.standardised,
        "average_r": a.mean_r, "median_r": a.median_r,
        "alpha_se": a.se, "feldt_ci": interval(a.interval),
        "scale_mean": a.scale_mean, "scale_sd": a.scale_sd,
        "alpha_if_deleted_raw": dropped(each(|item| item.alpha_if_dropped)),
        "alpha_if_deleted_std": dropped(each(|item| item.standardised_if_dropped)),
        "item_rest_r": each(|item| item.item_rest_r),
        "item_total_r": each(|item| item.item_total_r),
        "item_n": a.per_item.iter().map(|item| item.n).collect::<Vec<_>>(),
        "item_mean": each(|item| Some(item.mean)), "item_sd": each(|item| item.sd),
    }))
}

pub fn omega_total(case: &Case, tables: &Tables) -> Result<Value, String> {
    let mut items = items(case, tables)?;
    if missing(case) == Missing::Listwise {
        items = keep_rows(&items, &complete_rows(&items));
    }
    let correlations = correlation(&items).map_err(says)?;
    let raw = maximum_likelihood(&covariance(&items).map_err(says)?).map_err(says)?;
    let standardised = maximum_likelihood(&correlations).map_err(says)?;
    let minres = minimum_residuals(&correlations).map_err(says)?;
    let form = |model: OneFactor| {
        json!({
            "omega_total": model.omega, "loadings": model.loadings,
            "uniquenesses": model.uniquenesses,
            "omega_total_observed_variance": model.omega_of_observed,
        })
    };
    Ok(json!({
        "n_used": items[0].len(), "k": items.len(),
        "ml_raw": form(raw), "ml_std": form(standardised), "minres_std": form(minres),
    }))
}
