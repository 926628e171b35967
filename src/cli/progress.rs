//! A progress bar on the terminal, on standard error; nothing where that is no terminal.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::desk::Told;
use crate::report::seal::{Phase, Progress};

/// The bar of a seal.
#[derive(Debug, Clone)]
pub struct Shown {
    bar: ProgressBar,
    phase: Arc<Mutex<Option<Phase>>>,
}

impl Shown {
    /// A bar, where standard error is a terminal.
    #[must_use]
    pub fn on_terminal() -> Self {
        let bar = if std::io::stderr().is_terminal() {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style =
            ProgressStyle::with_template("{msg:20} {wide_bar} {human_pos} of {human_len}, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            phase: Arc::default(),
        }
    }

    /// What moves the bar.
    #[must_use]
    pub fn told(&self) -> Told {
        let shown = self.clone();
        Arc::new(move |progress| shown.show(progress))
    }

    fn show(&self, progress: Progress) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        if *phase != Some(progress.phase) {
            *phase = Some(progress.phase);
            self.bar.reset();
            self.bar.set_message(progress.phase.words());
        }
        self.bar.set_length(progress.total);
        self.bar.set_position(progress.done);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}
