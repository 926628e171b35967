//! The people who sign in, and their roles.

use std::collections::BTreeSet;

use actix_web::http::{Method, header};
use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::clock;
use crate::identity::users::{self, NewUser, User};
use crate::identity::{BadRole, Right, Role};
use crate::web::App;
use crate::web::access::{Allowed, ManageUsers};
use crate::web::input::Input;
use crate::web::problem::{Fault, Problem, ProblemBody};
use crate::web::routes::{Endpoint, Needs};
use crate::web::sign_in;

/// The documented handlers of this module.
#[derive(Debug, OpenApi)]
#[openapi(paths(list, add, set_roles))]
pub struct Doc;

const NEEDS: Needs = Needs::Right(Right::ManageUsers);

/// The routes of users.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/api/v1/users", NEEDS, web::get().to(list)),
        Endpoint::new(Method::POST, "/api/v1/users", NEEDS, web::post().to(add)),
        Endpoint::new(
            Method::PUT,
            "/api/v1/users/{id}/roles",
            NEEDS,
            web::put().to(set_roles),
        ),
    ]
}

/// Somebody who can sign in.
#[derive(Serialize, ToSchema)]
struct UserView {
    /// Stable.
    id: String,
    /// How they sign in.
    email: String,
    /// How pages greet them.
    name: String,
    /// Whether they are locked out.
    disabled: bool,
    /// RFC 3339.
    created_at: String,
    /// `admin`, `designer`, `leadership`, `viewer:AGENCY`.
    roles: Vec<String>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            disabled: user.disabled,
            created_at: user.created_at.to_string(),
            roles: user.roles.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Everybody who can sign in.
#[derive(Serialize, ToSchema)]
struct UserList {
    /// By address.
    users: Vec<UserView>,
}

/// Somebody to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddUser {
    /// How they will sign in.
    email: String,
    /// How pages will greet them.
    name: String,
    /// At least 12 characters. Tell them, and let them change it.
    password: String,
    /// At least one of `admin`, `designer`, `leadership`, `viewer:AGENCY`.
    roles: Vec<String>,
}

/// The roles somebody shall have instead of the present ones.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetRoles {
    /// At least one of `admin`, `designer`, `leadership`, `viewer:AGENCY`.
    roles: Vec<String>,
}

/// List the people who can sign in.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", security(("bearer" = [])),
    responses((status = 200, description = "Everybody, by address.", body = UserList))
)]
async fn list(_: Allowed<ManageUsers>, app: web::Data<App>) -> Result<impl Responder, Problem> {
    let users = app.store.read(users::list).await?;
    Ok(web::Json(UserList {
        users: users.into_iter().map(UserView::from).collect(),
    }))
}

/// Add somebody.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", security(("bearer" = [])), request_body = AddUser,
    responses(
        (status = 201, description = "Added.", body = UserView),
        (status = 409, description = "The address has an account already.", body = ProblemBody),
        (status = 422, description = "A field is wrong.", body = ProblemBody),
    )
)]
async fn add(
    who: Allowed<ManageUsers>,
    given: Input<AddUser>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let given = given.into_inner();
    let new = NewUser {
        email: given.email.parse()?,
        name: given.name,
        roles: roles(&given.roles)?,
        password: sign_in::hash_password(&app, &given.password).await?,
    };
    let now = clock::now();
    let user = app
        .store
        .write(move |conn| users::add(conn, &who, &new, now))
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, "/api/v1/users"))
        .json(UserView::from(user)))
}

/// Replace somebody's roles. It works from their next request on.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/roles", tag = "users", security(("bearer" = [])),
    params(("id" = String, Path, description = "The user's id.")), request_body = SetRoles,
    responses(
        (status = 200, description = "As it is now.", body = UserView),
        (status = 404, description = "No such user.", body = ProblemBody),
        (status = 409, description = "Nobody could manage users any more.", body = ProblemBody),
        (status = 422, description = "A role is wrong.", body = ProblemBody),
    )
)]
async fn set_roles(
    who: Allowed<ManageUsers>,
    id: web::Path<String>,
    given: Input<SetRoles>,
    app: web::Data<App>,
) -> Result<impl Responder, Problem> {
    let roles = roles(&given.roles)?;
    let now = clock::now();
    let user = app
        .store
        .write(move |conn| users::set_roles(conn, &who, &id, &roles, now))
        .await?;
    Ok(web::Json(UserView::from(user)))
}

/// Reads roles, with a fault for each that is none.
fn roles(given: &[String]) -> Result<BTreeSet<Role>, Problem> {
    let mut roles = BTreeSet::new();
    let mut faults = Vec::new();
    for (place, text) in given.iter().enumerate() {
        match text.parse::<Role>() {
            Ok(role) => {
                roles.insert(role);
            }
            Err(bad @ BadRole(_)) => faults.push(Fault::new(format!("/roles/{place}"), bad.to_string())),
        }
    }
    if faults.is_empty() {
        Ok(roles)
    } else {
        Err(Problem::invalid("some roles are not known", faults))
    }
}
