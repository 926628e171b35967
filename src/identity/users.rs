//! Adding, listing, changing and disabling the people who sign in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::password::PasswordHash;
use super::{Actor, Email, IdentityError, Role, audit, random_id};
use crate::store::users::{self as rows, RoleRow, UserRow};
use crate::store::{Conn, StoreError, sessions};

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Random, stable.
    pub id: String,
    /// How they sign in.
    pub email: String,
    /// How pages greet them.
    pub name: String,
    /// Whether they are locked out.
    pub disabled: bool,
    /// When they were added.
    pub created_at: Timestamp,
    /// What they were given.
    pub roles: BTreeSet<Role>,
}

/// What is needed to add somebody. The password was hashed before, outside of any transaction.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// How they will sign in.
    pub email: Email,
    /// How pages will greet them: 1 to 200 characters.
    pub name: String,
    /// See [`super::password::hash`].
    pub password: PasswordHash,
    /// What they are given, at least one.
    pub roles: BTreeSet<Role>,
}

/// Adds somebody.
///
/// # Errors
/// [`IdentityError::EmailTaken`], [`IdentityError::NoSuchAgency`] for a viewer of an unknown agency, or
/// [`IdentityError::Invalid`] for a name or a set of roles that is empty.
pub fn add(conn: &mut Conn, actor: &Actor, new: &NewUser, now: Timestamp) -> Result<User, IdentityError> {
    let name = checked_name(&new.name)?;
    check_roles(conn, &new.roles)?;
    let row = UserRow {
        id: random_id()?,
        email: new.email.as_str().to_owned(),
        name,
        password_hash: new.password.as_str().to_owned(),
        disabled: false,
        created_at: now.as_millisecond(),
    };
    rows::insert(conn, &row).map_err(|error| match error {
        StoreError::Duplicate(_) => IdentityError::EmailTaken(new.email.to_string()),
        other => IdentityError::Store(other),
    })?;
    rows::replace_roles(conn, &row.id, &role_rows(&row.id, &new.roles))?;
    audit::record(conn, actor, "user.add", &row.email, &listed(&new.roles), now)?;
    user_from(row, new.roles.clone())
}

/// Replaces the roles of the user with this id.
///
/// # Errors
/// [`IdentityError::NoSuchUser`], [`IdentityError::NoSuchAgency`], [`IdentityError::LastAdmin`] when nobody could
/// manage users any more, or [`IdentityError::Invalid`] when the set is empty.
pub fn set_roles(
    conn: &mut Conn,
    actor: &Actor,
    id: &str,
    roles: &BTreeSet<Role>,
    now: Timestamp,
) -> Result<User, IdentityError> {
    let user = required(conn, id)?;
    check_roles(conn, roles)?;
    if !roles.contains(&Role::Admin) {
        keep_an_admin(conn, &user)?;
    }
    rows::replace_roles(conn, id, &role_rows(id, roles))?;
    audit::record(conn, actor, "user.roles", &user.email, &listed(roles), now)?;
    user_from(user, roles.clone())
}

/// Gives one more role to the user with this address.
///
/// # Errors
/// As [`set_roles`].
pub fn set_role(
    conn: &mut Conn,
    actor: &Actor,
    email: &Email,
    role: Role,
    now: Timestamp,
) -> Result<User, IdentityError> {
    let user = required_by_email(conn, email)?;
    let mut roles = user.roles;
    roles.insert(role);
    set_roles(conn, actor, &user.id, &roles, now)
}

/// Locks somebody out, at once, or lets them in again. Locking out ends all their sessions.
///
/// # Errors
/// [`IdentityError::NoSuchUser`] or [`IdentityError::LastAdmin`].
pub fn disable(
    conn: &mut Conn,
    actor: &Actor,
    id: &str,
    disabled: bool,
    now: Timestamp,
) -> Result<(), IdentityError> {
    let user = required(conn, id)?;
    if disabled {
        keep_an_admin(conn, &user)?;
        sessions::revoke_all_of(conn, id)?;
    }
    rows::set_disabled(conn, id, disabled)?;
    let action = if disabled { "user.disable" } else { "user.enable" };
    audit::record(conn, actor, action, &user.email, "", now)
}

/// Gives somebody another password and ends all their sessions.
///
/// # Errors
/// [`IdentityError::NoSuchUser`].
pub fn set_password(
    conn: &mut Conn,
    actor: &Actor,
    id: &str,
    password: &PasswordHash,
    now: Timestamp,
) -> Result<(), IdentityError> {
    let user = required(conn, id)?;
    rows::set_password_hash(conn, id, password.as_str())?;
    sessions::revoke_all_of(conn, id)?;
    audit::record(conn, actor, "user.password", &user.email, "", now)
}

/// Everybody, by address.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails or holds a role nobody knows.
pub fn list(conn: &mut Conn) -> Result<Vec<User>, IdentityError> {
    let mut roles: BTreeMap<String, BTreeSet<Role>> = BTreeMap::new();
    for row in rows::all_roles(conn)? {
        roles
            .entry(row.user_id.clone())
            .or_default()
            .insert(role_from(&row)?);
    }
    rows::all(conn)?
        .into_iter()
        .map(|user| {
            let given = roles.remove(&user.id).unwrap_or_default();
            user_from(user, given)
        })
        .collect()
}

/// The user with this address.
///
/// # Errors
/// [`IdentityError::Store`] when the database fails.
pub fn by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>, IdentityError> {
    let Some(row) = rows::by_email(conn, email.as_str())? else {
        return Ok(None);
    };
    let roles = roles_of(conn, &row.id)?;
    user_from(row, roles).map(Some)
}

/// The user with this address.
///
/// # Errors
/// [`IdentityError::NoSuchUser`] when there is none.
pub fn required_by_email(conn: &mut Conn, email: &Email) -> Result<User, IdentityError> {
    by_email(conn, email)?.ok_or_else(|| IdentityError::NoSuchUser(email.to_string()))
}

/// The roles of the user with this id.
pub(super) fn roles_of(conn: &mut Conn, id: &str) -> Result<BTreeSet<Role>, IdentityError> {
    rows::roles_of(conn, id)?.iter().map(role_from).collect()
}

fn required(conn: &mut Conn, id: &str) -> Result<UserRow, IdentityError> {
    rows::by_id(conn, id)?.ok_or_else(|| IdentityError::NoSuchUser(id.chars().take(80).collect()))
}

fn keep_an_admin(conn: &mut Conn, user: &UserRow) -> Result<(), IdentityError> {
    let is_admin = roles_of(conn, &user.id)?.contains(&Role::Admin) && !user.disabled;
    if is_admin && rows::other_admins(conn, &user.id)? == 0 {
        return Err(IdentityError::LastAdmin(user.email.clone()));
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String, IdentityError> {
    let name = name.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(IdentityError::Invalid {
        field: "name",
        problem: format!("give 1 to {LONGEST_NAME} characters on one line"),
    })
}

fn check_roles(conn: &mut Conn, roles: &BTreeSet<Role>) -> Result<(), IdentityError> {
    if roles.is_empty() {
        return Err(IdentityError::Invalid {
            field: "roles",
            problem:
                "give at least one: admin, designer, approver, leadership, manager:AGENCY or viewer:AGENCY"
                    .to_owned(),
        });
    }
    let wanted: Vec<&str> = roles
        .iter()
        .filter_map(|role| match role {
            Role::Manager(agency) | Role::Viewer(agency) => Some(agency.as_str()),
            _ => None,
        })
        .collect();
    let known = rows::known_agencies(conn, &wanted)?;
    match wanted.iter().find(|code| !known.iter().any(|k| k == *code)) {
        Some(unknown) => Err(IdentityError::NoSuchAgency((*unknown).to_owned())),
        None => Ok(()),
    }
}

/// Whether somebody who can sign in has the role of an approver.
///
/// # Errors
/// [`IdentityError`] of the store.
pub fn has_approver(conn: &mut Conn) -> Result<bool, IdentityError> {
    Ok(rows::anybody_is(conn, "approver")?)
}

fn role_rows(user: &str, roles: &BTreeSet<Role>) -> Vec<RoleRow> {
    let row = |role: &str, agency: &str| RoleRow {
        user_id: user.to_owned(),
        role: role.to_owned(),
        agency: agency.to_owned(),
    };
    roles
        .iter()
        .map(|role| match role {
            Role::Admin => row("admin", ""),
            Role::Designer => row("designer", ""),
            Role::Approver => row("approver", ""),
            Role::Leadership => row("leadership", ""),
            Role::Manager(agency) => row("manager", agency.as_str()),
            Role::Viewer(agency) => row("viewer", agency.as_str()),
        })
        .collect()
}

fn role_from(row: &RoleRow) -> Result<Role, IdentityError> {
    let text = if row.agency.is_empty() {
        row.role.clone()
    } else {
        format!("{}:{}", row.role, row.agency)
    };
    text.parse().map_err(|bad: super::BadRole| {
        IdentityError::Store(StoreError::Corrupt {
            what: "role",
            problem: bad.to_string(),
        })
    })
}

fn user_from(row: UserRow, roles: BTreeSet<Role>) -> Result<User, IdentityError> {
    let created_at = Timestamp::from_millisecond(row.created_at).map_err(|error| StoreError::Corrupt {
        what: "time",
        problem: error.to_string(),
    })?;
    Ok(User {
        id: row.id,
        email: row.email,
        name: row.name,
        disabled: row.disabled,
        created_at,
        roles,
    })
}

fn listed(roles: &BTreeSet<Role>) -> String {
    roles
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
