//! The binary: parses the command line and calls the library.

use std::process::ExitCode;

/// Records, pages and batches live for milliseconds and die on another thread than they were made on; this allocator is
/// made for that.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    rapport::cli::main()
}
