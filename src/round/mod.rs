//! Rounds: audiences, the promise, the life cycle, rosters and invitations.

pub mod model;

pub use model::{
    Audience, AudienceName, FrozenPromise, Mode, Promise, PromisedAudience, Round, RoundId, RoundState,
    RoundThresholds,
};
