//! The binary as operators see it.

mod config;
mod measure;
mod round;
mod serve;
mod user;

use std::path::Path;
use std::process::{Command, Output};

/// The binary, in a folder of its own and with nothing of this machine's environment.
pub fn rapport(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(args).current_dir(folder).env_clear();
    command
}

/// Exit code, standard output, standard error.
pub fn run(mut command: Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}
