//! People who sign in, and their roles.

use diesel::prelude::*;

use super::schema::{agencies, user_roles, users};
use super::{Conn, StoreError};

/// A row of `users`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = users)]
pub struct UserRow {
    /// Random.
    pub id: String,
    /// Normalised; unique.
    pub email: String,
    /// As pages greet them.
    pub name: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// Cannot sign in, and running sessions are refused.
    pub disabled: bool,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// A row of `user_roles`: the role's kind, and its agency or an empty text.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = user_roles)]
pub struct RoleRow {
    /// Whose.
    pub user_id: String,
    /// `admin`, `designer`, `approver`, `leadership`, `manager` or `viewer`.
    pub role: String,
    /// For `manager` and `viewer`: of which agency. Else empty.
    pub agency: String,
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Duplicate`] when the address or the id is taken.
pub fn insert(conn: &mut Conn, user: &UserRow) -> Result<(), StoreError> {
    diesel::insert_into(users::table).values(user).execute(conn)?;
    Ok(())
}

/// The user with this normalised address.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<UserRow>, StoreError> {
    Ok(users::table
        .filter(users::email.eq(email))
        .select(UserRow::as_select())
        .first(conn)
        .optional()?)
}

/// The user with this id.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn by_id(conn: &mut Conn, id: &str) -> Result<Option<UserRow>, StoreError> {
    Ok(users::table
        .find(id)
        .select(UserRow::as_select())
        .first(conn)
        .optional()?)
}

/// Everybody, by address.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn all(conn: &mut Conn) -> Result<Vec<UserRow>, StoreError> {
    Ok(users::table
        .order(users::email)
        .select(UserRow::as_select())
        .load(conn)?)
}

/// The roles of one user.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn roles_of(conn: &mut Conn, user: &str) -> Result<Vec<RoleRow>, StoreError> {
    Ok(user_roles::table
        .filter(user_roles::user_id.eq(user))
        .select(RoleRow::as_select())
        .load(conn)?)
}

/// The roles of everybody.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn all_roles(conn: &mut Conn) -> Result<Vec<RoleRow>, StoreError> {
    Ok(user_roles::table.select(RoleRow::as_select()).load(conn)?)
}

/// Replaces all roles of a user.
///
/// # Errors
/// [`StoreError::Reference`] when there is no such user.
pub fn replace_roles(conn: &mut Conn, user: &str, roles: &[RoleRow]) -> Result<(), StoreError> {
    diesel::delete(user_roles::table.filter(user_roles::user_id.eq(user))).execute(conn)?;
    each!(conn, c => diesel::insert_into(user_roles::table).values(roles).execute(c))?;
    Ok(())
}

/// Disables or enables a user; returns whether there is one.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn set_disabled(conn: &mut Conn, user: &str, disabled: bool) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.find(user))
        .set(users::disabled.eq(disabled))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Gives a user another password; returns whether there is such a user.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn set_password_hash(conn: &mut Conn, user: &str, hash: &str) -> Result<bool, StoreError> {
    let changed = diesel::update(users::table.find(user))
        .set(users::password_hash.eq(hash))
        .execute(conn)?;
    Ok(changed == 1)
}

/// How many enabled users other than `user` are administrators.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn other_admins(conn: &mut Conn, user: &str) -> Result<i64, StoreError> {
    Ok(user_roles::table
        .inner_join(users::table.on(users::id.eq(user_roles::user_id)))
        .filter(user_roles::role.eq("admin"))
        .filter(users::disabled.eq(false))
        .filter(users::id.ne(user))
        .count()
        .get_result(conn)?)
}

/// Whether anybody who may sign in has a role of that kind.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn anybody_is(conn: &mut Conn, role: &str) -> Result<bool, StoreError> {
    let holders = user_roles::table
        .inner_join(users::table.on(users::id.eq(user_roles::user_id)))
        .filter(user_roles::role.eq(role))
        .filter(users::disabled.eq(false));
    Ok(diesel::select(diesel::dsl::exists(holders)).get_result(conn)?)
}

/// Which of these codes are agencies.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn known_agencies(conn: &mut Conn, codes: &[&str]) -> Result<Vec<String>, StoreError> {
    Ok(agencies::table
        .filter(agencies::code.eq_any(codes))
        .select(agencies::code)
        .load(conn)?)
}
