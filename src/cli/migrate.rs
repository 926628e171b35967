//! `rapport migrate`.

use super::{Context, Outcome, output};

/// Flags of `rapport migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only say what would be applied.
    #[arg(long)]
    dry_run: bool,
}

/// Applies what is pending, or says what is.
///
/// # Errors
/// [`super::Failure`] when the database is away or a migration fails.
pub async fn run(context: &Context, args: &Args) -> Outcome {
    let store = context.store_as_it_is()?;
    let names = store.pending_migrations().await?;
    if !args.dry_run {
        store.migrate().await?;
    }
    let verb = if args.dry_run { "would apply" } else { "applied" };
    if names.is_empty() {
        output::say!("the schema is up to date");
    }
    for name in names {
        output::say!("{verb} {name}");
    }
    Ok(())
}
