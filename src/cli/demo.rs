//! `rapport demo`: a state with two years of history, made in seconds and then served.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Context, Failure, Outcome, serve};
use crate::clock;
use crate::config::{Config, Given, Secret};
use crate::demo::{self, DemoError, Guide, Size};
use crate::identity::random;

/// Makes a demonstration and serves it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make the state and stop, without serving it.
    #[arg(long)]
    pub only_build: bool,
    /// The password of the demo's sign-ins [default: a fresh random one].
    #[arg(long, value_name = "PASSWORD", env = "RAPPORT_DEMO_PASSWORD", hide_env_values = true)]
    pub password: Option<String>,
}

/// The demo lives in a folder of its own that is thrown away with it, unless somebody says where.
///
/// # Errors
/// [`Failure::System`] when there is no temporary folder or no randomness.
pub fn settle(given: &mut Given) -> Result<Option<Throwaway>, Failure> {
    if given.data_dir.is_some() || given.database_url.is_some() {
        return Ok(None);
    }
    let folder = Throwaway::new()?;
    given.data_dir = Some(folder.0.clone());
    Ok(Some(folder))
}

/// A temporary folder, removed when the demo ends in an orderly way.
#[derive(Debug)]
pub struct Throwaway(PathBuf);

impl Throwaway {
    fn new() -> Result<Self, Failure> {
        let name = random::text().map_err(|error| Failure::System(error.to_string()))?;
        let folder = std::env::temp_dir().join(format!("rapport-demo-{}", &name));
        std::fs::create_dir(&folder)
            .map_err(|error| Failure::System(format!("cannot create {}: {error}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning of temporary folders.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
