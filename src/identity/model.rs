//! Roles are given to people; rights are asked for by handlers. This file is the only place that joins them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::agency::AgencyCode;

/// What a person was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Runs the system: users, agencies, everything else.
    Admin,
    /// Designs surveys and runs rounds.
    Designer,
    /// Reads the results of all agencies.
    Leadership,
    /// Reads the results of one agency, its cluster and the state.
    Viewer(AgencyCode),
}

/// What a handler asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Manage users and their roles.
    ManageUsers,
    /// Change agencies and their lineage.
    ManageAgencies,
    /// See surveys, versions and drafts.
    ReadSurveys,
    /// Write drafts and publish versions.
    DesignSurveys,
    /// See rounds and their progress.
    ReadRounds,
    /// Create, open, close, seal and publish rounds; import rosters.
    RunRounds,
    /// See published results within one's [`Scope`].
    ReadResults,
}

/// Whose results a person may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every agency's.
    All,
    /// The state's and those of these agencies (and of their clusters).
    Agencies(BTreeSet<AgencyCode>),
}

/// A signed-in person, as every handler sees one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user's id.
    pub user: String,
    /// As pages greet them and the audit log names them.
    pub name: String,
    /// Their sign-in.
    pub email: String,
    /// The session that speaks, so that it can be ended.
    pub session: String,
    /// What they were given.
    pub roles: BTreeSet<Role>,
}

impl Role {
    /// Whether this role carries that right.
    #[must_use]
    pub fn grants(&self, right: Right) -> bool {
        match self {
            Self::Admin => true,
            Self::Designer => !matches!(right, Right::ManageUsers),
            Self::Leadership | Self::Viewer(_) => matches!(right, Right::ReadResults),
        }
    }
}

impl Actor {
    /// Whether any role of theirs carries that right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| role.grants(right))
    }

    /// Whose results they may see. Without [`Right::ReadResults`] the scope is empty.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let mut agencies = BTreeSet::new();
        for role in &self.roles {
            match role {
                Role::Viewer(agency) => {
                    agencies.insert(agency.clone());
                }
                _ => return Scope::All,
            }
        }
        Scope::Agencies(agencies)
    }
}

impl Scope {
    /// Whether results of this agency may be seen.
    #[must_use]
    pub fn covers(&self, agency: &AgencyCode) -> bool {
        match self {
            Self::All => true,
            Self::Agencies(agencies) => agencies.contains(agency),
        }
    }
}
