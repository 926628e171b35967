//! `rapport config` and `rapport routes`: what this binary would do, without doing it.

use serde::Serialize;

use super::{Context, Format, Outcome, output};
use crate::web::routes;

/// Prints the effective configuration.
///
/// # Errors
/// [`Failure::System`](super::Failure) when it cannot be written.
pub fn run(context: &Context) -> Outcome {
    output::write(&context.config.to_toml())
}

/// Flags of `rapport routes`.
#[derive(Debug, clap::Args)]
pub struct RoutesArgs {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Serialize)]
struct Row {
    method: String,
    pattern: &'static str,
    needs: String,
}

/// Prints the table of routes and rights.
///
/// # Errors
/// As [`output::print`].
pub fn routes(args: &RoutesArgs) -> Outcome {
    let rows: Vec<Row> = routes::table()
        .into_iter()
        .map(|endpoint| Row {
            method: endpoint.method.to_string(),
            pattern: endpoint.pattern,
            needs: endpoint.needs.to_string(),
        })
        .collect();
    let cells = rows
        .iter()
        .map(|row| vec![row.method.clone(), row.pattern.to_owned(), row.needs.clone()]);
    output::print(args.format, &rows, &["method", "path", "needs"], cells)
}
