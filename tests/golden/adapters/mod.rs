//! From a case to the engine and back: one small function for each `function` of the cases, which
//! reads its parameters, calls the engine, and names the results as the case does.

mod bootstrap;
mod change;
mod design;
mod drivers;
mod items;
mod proportions;
mod r_profile;
mod reliability;
mod smallarea;
mod trend;
mod weights;

use rapport::measure::{Interval, Undefined};
use serde_json::{Value, json};

use super::case::Case;
use super::table::Tables;

pub type Adapter = fn(&Case, &Tables) -> Result<Value, String>;

/// The adapter of a function.
pub fn of(function: &str) -> Option<Adapter> {
    Some(match function {
        "item_descriptives" => items::item_descriptives,
        "favourability" => items::favourability,
        "composite_index" => items::composite_index,
        "quantile" => items::quantile,
        "correlation" => items::correlation,
        "proportion_ci" => proportions::proportion_ci,
        "proportion_ci_more" => proportions::proportion_ci_more,
        "two_proportion_z" => proportions::two_proportion_z,
        "two_proportion_ci" => proportions::two_proportion_ci,
        "cronbach_alpha" => reliability::cronbach_alpha,
        "omega_total" => reliability::omega_total,
        "two_group_difference" => change::two_group_difference,
        "paired_change" => change::paired_change,
        "p_adjust" => change::p_adjust,
        "mann_kendall" => trend::mann_kendall,
        "theil_sen" => trend::theil_sen,
        "linear_trend" => trend::linear_trend,
        "random_effects_shrinkage" => smallarea::random_effects_shrinkage,
        "fay_herriot" => smallarea::fay_herriot,
        "design_mean" => design::design_mean,
        "design_total" => design::design_total,
        "design_mean_by" => design::design_mean_by,
        "design_total_by" => design::design_total_by,
        "design_proportion_ci" => design::design_proportion_ci,
        "design_difference" => design::design_difference,
        "post_stratification" => weights::post_stratification,
        "raking" => weights::raking,
        "weighted_descriptives" => weights::weighted_descriptives,
        "key_drivers" => drivers::key_drivers,
        "bootstrap_alpha_ci" => bootstrap::bootstrap_alpha_ci,
        "bootstrap_alpha_ci_given_resamples" => bootstrap::given_resamples,
        _ => return None,
    })
}

fn interval(interval: Interval) -> Value {
    json!({"low": interval.low, "high": interval.high})
}

fn says(why: Undefined) -> String {
    why.to_string()
}
