//! Items, the index, quantiles, correlations.

use rapport::measure::descriptives::{Moments, describe};
use rapport::measure::numeric::real;
use rapport::measure::proportion::Share;
use rapport::measure::published::percentage;
use rapport::measure::quantile::{Definition, Sorted};
use rapport::measure::scoring::{mean_of_answered, needed_of_share, rescaled};
use rapport::measure::{Confidence, correlation};
use serde_json::{Value, json};

use super::super::case::Case;
use super::super::table::{Tables, same};
use super::{interval, says};

pub fn item_descriptives(case: &Case, tables: &Tables) -> Result<Value, String> {
    let all = tables.of(case)?.numbers(&case.column(0)?)?;
    let (min, max) = (case.number("scale_min")?, case.number("scale_max")?);
    let score = |value: f64| match (case.flag("rescale_0_100"), case.flag("reverse")) {
        (true, reverse) => rescaled(value, min, max, reverse),
        (false, true) => Some(min + max - value),
        (false, false) => Some(value),
    };
    let values: Vec<f64> = all.iter().flatten().filter_map(|value| score(*value)).collect();
    let d = describe(&values, case.confidence()?).map_err(says)?;
    Ok(json!({
        "n": d.n, "n_missing": all.len() - values.len(), "mean": d.mean, "sd": d.sd, "se": d.se,
        "df": d.df, "ci": interval(d.interval), "median": d.median, "min": d.min, "max": d.max,
    }))
}

pub fn favourability(case: &Case, tables: &Tables) -> Result<Value, String> {
    let answers = tables.of(case)?.text(&case.column(0)?)?;
    let given: Vec<&String> = answers.iter().flatten().collect();
    let counted = |group: &str| {
        let values = case.list(group);
        u64::try_from(given.iter().filter(|a| values.iter().any(|v| same(v, a))).count()).unwrap()
    };
    let n = u64::try_from(given.len()).unwrap();
    let (good, middle, bad) = (counted("favourable"), counted("neutral"), counted("unfavourable"));
    let share = |part| percentage(part, n).map_err(says);
    let wilson = Share::new(good, n).map_err(says)?.wilson(case.confidence()?);
    Ok(json!({
        "n": n, "n_missing": answers.len() - given.len(),
        "count_favourable": good, "count_neutral": middle, "count_unfavourable": bad,
        "pct_favourable": share(good)?, "pct_neutral": share(middle)?,
        "pct_unfavourable": share(bad)?, "net": share(good)? - share(bad)?,
        "wilson_favourable_pct": interval(wilson.scaled(100.0)),
    }))
}

pub fn composite_index(case: &Case, tables: &Tables) -> Result<Value, String> {
    let table = tables.of(case)?;
    let (min, max) = (case.number("scale_min")?, case.number("scale_max")?);
    let keys = case.list("keys");
    let mut items: Vec<Vec<Option<f64>>> = Vec::new();
    for (at, column) in case.columns().iter().enumerate() {
        let reverse = keys.get(at).and_then(Value::as_f64).is_some_and(|key| key < 0.0);
        let values = table.numbers(column)?;
        items.push(
            values
                .iter()
                .map(|v| v.and_then(|v| rescaled(v, min, max, reverse)))
                .collect(),
        );
    }
    let k = items.len();
    let needed = needed_of_share(case.number("min_answered_fraction")?, k);
    let scores: Vec<Option<f64>> = (0..table.len())
        .map(|row| mean_of_answered(items.iter().map(|item| item[row]), k, needed))
        .collect();
    let mut histogram = vec![0_u64; k + 1];
    for row in 0..table.len() {
        histogram[items.iter().filter(|item| item[row].is_some()).count()] += 1;
    }
    let valid: Vec<f64> = scores.iter().flatten().copied().collect();
    let means: Result<Vec<f64>, _> = items
        .iter()
        .map(|item| Moments::of(&present(item)).map(|moments| moments.mean))
        .collect();
    let mut actual = json!({
        "n_rows": table.len(), "k": k, "min_answered": needed,
        "n_excluded": table.len() - valid.len(), "answered_histogram": histogram,
        "sum": valid.iter().sum::<f64>(), "sum_of_squares": valid.iter().map(|s| s * s).sum::<f64>(),
        "first_scores": scores.iter().take(60).collect::<Vec<_>>(),
        "mean_of_item_means": means.map_err(says)?.iter().sum::<f64>() / real(k),
    });
    merge(&mut actual, summary(&valid, case.confidence()?)?);
    if let Some(group) = case.text("group") {
        let codes = table.codes(group)?;
        let mut groups = Vec::new();
        for (code, level) in table.levels(group)?.into_iter().enumerate() {
            let inside = || scores.iter().zip(&codes).filter(|(_, own)| **own == code);
            let valid: Vec<f64> = inside().filter_map(|(score, _)| *score).collect();
            let mut one = json!({"level": level, "n_rows": inside().count()});
            merge(&mut one, summary(&valid, case.confidence()?)?);
            groups.push(one);
        }
        actual["groups"] = Value::from(groups);
    }
    Ok(actual)
}

fn present(values: &[Option<f64>]) -> Vec<f64> {
    values.iter().flatten().copied().collect()
}

/// What can be said of a group of any size, nulls for the rest.
fn summary(values: &[f64], confidence: Confidence) -> Result<Value, String> {
    Ok(match (describe(values, confidence), Moments::of(values)) {
        (Ok(d), _) => {
            json!({"n": d.n, "mean": d.mean, "sd": d.sd, "se": d.se, "ci": interval(d.interval)})
        }
        (Err(_), moments) => {
            let mean = moments.ok().map(|moments| moments.mean);
            json!({"n": values.len(), "mean": mean, "sd": null, "se": null, "ci": {"low": null, "high": null}})
        }
    })
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

pub fn quantile(case: &Case, tables: &Tables) -> Result<Value, String> {
    let values = tables.of(case)?.head(case).present(&case.column(0)?)?;
    let sorted = Sorted::of(&values).map_err(says)?;
    let at = |definition| -> Vec<f64> {
        case.list("probs")
            .iter()
            .filter_map(Value::as_f64)
            .map(|p| sorted.quantile(p, definition))
            .collect()
    };
    Ok(json!({
        "n": values.len(), "type7": at(Definition::Seven), "type6": at(Definition::Six),
        "iqr_type7": sorted.interquartile_range(), "mad": sorted.median_absolute_deviation(),
    }))
}

pub fn correlation(case: &Case, tables: &Tables) -> Result<Value, String> {
    let (first, second) = (case.column(0)?, case.column(1)?);
    let table = tables.of(case)?.with_value(&first)?.with_value(&second)?;
    let (x, y) = (table.complete(&first)?, table.complete(&second)?);
    let pearson = correlation::pearson(&x, &y).map_err(says)?;
    let fisher = correlation::fisher_interval(pearson.coefficient, x.len(), case.confidence()?);
    let spearman = correlation::spearman(&x, &y).map_err(says)?;
    let kendall = correlation::kendall(&x, &y).map_err(says)?;
    Ok(json!({
        "n": x.len(),
        "pearson": {
            "r": pearson.coefficient, "t": pearson.statistic, "df": real(x.len()) - 2.0,
            "p": pearson.p, "ci_fisher": fisher.map(interval).map_err(says)?,
        },
        "spearman": {"rho": spearman.coefficient, "p_t": spearman.p},
        "kendall": {"tau_b": kendall.coefficient, "z": kendall.statistic, "p": kendall.p},
    }))
}
