//! Roles are given to people; rights are asked for by handlers. This file is the only place that joins them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::agency::AgencyCode;

/// What a person was given. Written as `admin`, `designer`, `approver`, `leadership`, `manager:AGENCY` or `viewer:AGENCY` everywhere:
/// on the command line, in JSON and on pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Role {
    /// Runs the system: users, agencies, everything else.
    Admin,
    /// Designs surveys and runs rounds.
    Designer,
    /// Looks at drafts of surveys and approves them; writes none.
    Approver,
    /// Reads the results of all agencies.
    Leadership,
    /// Looks after one agency: its follow-ups, commitments and meetings, and everything a viewer of it sees.
    Manager(AgencyCode),
    /// Reads the results of one agency, its cluster and the state.
    Viewer(AgencyCode),
}

/// Why a text is no role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a role: use admin, designer, approver, leadership, manager:AGENCY or viewer:AGENCY, e.g. viewer:DOT"
)]
pub struct BadRole(
    /// What was given.
    pub String,
);

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
    /// Approve somebody else's draft.
    ApproveSurveys,
    /// See rounds and their progress.
    ReadRounds,
    /// Create, open, close, seal and publish rounds; import rosters.
    RunRounds,
    /// See published results within one's [`Scope`].
    ReadResults,
    /// Work on follow-ups, commitments and meetings of the agencies one looks after, named answers included.
    FollowUp,
    /// Read what the scrub left of anonymous comments, and release them.
    ReleaseComments,
    /// Say which other systems are told of events.
    ManageWebhooks,
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
            Self::Designer => !matches!(
                right,
                Right::ManageUsers | Right::ManageWebhooks | Right::ApproveSurveys
            ),
            Self::Approver => matches!(right, Right::ReadSurveys | Right::ApproveSurveys),
            Self::Manager(_) => matches!(right, Right::ReadResults | Right::FollowUp),
            Self::Leadership | Self::Viewer(_) => matches!(right, Right::ReadResults),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin => f.write_str("admin"),
            Self::Designer => f.write_str("designer"),
            Self::Approver => f.write_str("approver"),
            Self::Leadership => f.write_str("leadership"),
            Self::Manager(agency) => write!(f, "manager:{agency}"),
            Self::Viewer(agency) => write!(f, "viewer:{agency}"),
        }
    }
}

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(text: &str) -> Result<Self, BadRole> {
        let bad = || BadRole(text.chars().take(80).collect());
        match text.split_once(':') {
            None if text == "admin" => Ok(Self::Admin),
            None if text == "designer" => Ok(Self::Designer),
            None if text == "approver" => Ok(Self::Approver),
            None if text == "leadership" => Ok(Self::Leadership),
            Some(("manager", agency)) => agency.parse().map(Self::Manager).ok().ok_or_else(bad),
            Some(("viewer", agency)) => agency.parse().map(Self::Viewer).ok().ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Role {
    type Error = BadRole;

    fn try_from(text: String) -> Result<Self, BadRole> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.to_string()
    }
}

impl Actor {
    /// Whoever runs a command on the machine itself: may do everything, and is named so in the audit log.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            user: String::new(),
            name: "command line".to_owned(),
            email: String::new(),
            session: String::new(),
            roles: BTreeSet::from([Role::Admin]),
        }
    }

    /// Whether this is [`Actor::operator`].
    #[must_use]
    pub fn is_operator(&self) -> bool {
        self.user.is_empty()
    }

    /// How the audit log names them: by their sign-in, which is unique, or as the command line.
    #[must_use]
    pub fn signature(&self) -> &str {
        if self.email.is_empty() {
            &self.name
        } else {
            &self.email
        }
    }

    /// Whether any role of theirs carries that right.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        self.roles.iter().any(|role| role.grants(right))
    }

    /// Whose results they may see. Without [`Right::ReadResults`] the scope is empty.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope_of(Right::ReadResults)
    }

    /// The agencies for which they have a right: those of the roles that carry it. Without any the scope is empty.
    #[must_use]
    pub fn scope_of(&self, right: Right) -> Scope {
        let mut agencies = BTreeSet::new();
        for role in self.roles.iter().filter(|role| role.grants(right)) {
            match role {
                Role::Manager(agency) | Role::Viewer(agency) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_back_as_it_is_written() {
        for text in [
            "admin",
            "designer",
            "approver",
            "leadership",
            "manager:DOT",
            "viewer:DOT",
        ] {
            assert_eq!(text.parse::<Role>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Admin",
            "viewer",
            "viewer:",
            "viewer:a b",
            "admin:DOT",
            "root",
        ] {
            assert_eq!(text.parse::<Role>(), Err(BadRole(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_viewer_sees_their_agencies_and_nothing_else() {
        let dot: AgencyCode = "DOT".parse().unwrap();
        let doh: AgencyCode = "DOH".parse().unwrap();
        let mut actor = Actor::operator();
        actor.roles = BTreeSet::from([Role::Viewer(dot.clone())]);
        assert!(actor.scope().covers(&dot));
        assert!(!actor.scope().covers(&doh));
        assert!(actor.may(Right::ReadResults));
        assert!(!actor.may(Right::ReadRounds));
        actor.roles.insert(Role::Leadership);
        assert!(actor.scope().covers(&doh));
    }

    #[test]
    fn a_right_reaches_as_far_as_the_roles_that_carry_it() {
        let agencies =
            |codes: &[&str]| Scope::Agencies(codes.iter().map(|code| code.parse().unwrap()).collect());
        let mut actor = Actor::operator();
        actor.roles = ["leadership", "manager:DOT"]
            .map(|role| role.parse().unwrap())
            .into();
        assert_eq!(actor.scope_of(Right::ReadResults), Scope::All);
        assert_eq!(actor.scope_of(Right::FollowUp), agencies(&["DOT"]));
        actor.roles = ["viewer:LAB", "manager:DOT"]
            .map(|role| role.parse().unwrap())
            .into();
        assert_eq!(actor.scope(), agencies(&["DOT", "LAB"]));
        assert_eq!(actor.scope_of(Right::FollowUp), agencies(&["DOT"]));
        assert_eq!(actor.scope_of(Right::RunRounds), agencies(&[]));
    }

    #[test]
    fn somebody_without_a_role_sees_nothing() {
        let mut actor = Actor::operator();
        actor.roles.clear();
        assert_eq!(actor.scope(), Scope::Agencies(BTreeSet::new()));
        assert!(!actor.may(Right::ReadResults));
    }
}
