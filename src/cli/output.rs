//! What commands print: a table for people, JSON for machines.

use std::io::{ErrorKind, IsTerminal, Write};

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::{Failure, Outcome};

/// How to print data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For machines.
    Json,
}

/// Prints `value` as JSON, or as a table of these headings and rows.
///
/// # Errors
/// [`Failure::System`] when the value cannot be written as JSON.
pub fn print(
    format: Format,
    value: &impl Serialize,
    headings: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Outcome {
    match format {
        Format::Json => {
            let text =
                serde_json::to_string_pretty(value).map_err(|error| Failure::System(error.to_string()))?;
            write(&format!("{text}\n"))
        }
        Format::Table => {
            let mut table = Table::new();
            table
                .load_style(NOTHING)
                .set_header(headings.iter().map(|heading| heading.to_uppercase()));
            for row in rows {
                table.add_row(row);
            }
            write(&format!("{table}\n"))
        }
    }
}

/// Writes data to standard output. Who reads it may stop when they have enough, as `head` does.
///
/// # Errors
/// [`Failure::System`] when it cannot be written, to a full disk for instance.
pub fn write(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::System(format!("the output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a line to standard output, as `println!` does; but who reads it may stop when they have enough.
macro_rules! say {
    ($($told:tt)*) => {
        $crate::cli::output::line(format_args!($($told)*))
    };
}
pub(crate) use say;

/// A line on standard output. What nobody reads any more, or cannot be written, is no reason to stop the work.
pub fn line(told: std::fmt::Arguments<'_>) {
    drop(writeln!(std::io::stdout(), "{told}"));
}

/// A remark for people beside the data, on standard error.
pub fn note(told: &str) {
    drop(writeln!(std::io::stderr(), "note: {told}"));
}

/// A progress bar on the terminal; nothing where there is no terminal.
#[must_use]
pub fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A count as progress bars take it.
#[must_use]
pub fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
