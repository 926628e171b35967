//! Answering back: follow-ups, commitments, meetings, service levels.

mod commitments;
mod follow_ups;
mod forms;
mod service_levels;
mod world;
