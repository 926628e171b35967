//! `rapport user`: the first administrator is made here; everybody else can be made over the API.

use std::collections::BTreeSet;
use std::io::Read as _;

use serde::Serialize;

use super::{Context, Failure, Format, Outcome, output};
use crate::clock;
use crate::identity::password::{self, PasswordHash};
use crate::identity::users::{self, NewUser, User};
use crate::identity::{Actor, Email, Role, random_text};
use crate::store::Store;

/// What can be done with users.
#[derive(Debug, clap::Subcommand)]
pub enum UserCommand {
    /// Add somebody. The password is read from standard input, or made up and printed with --generate.
    #[command(
        after_help = "Examples:\n  rapport user add ann@dit.gov --name 'Ann Lee' --role admin --generate\n  \
        rapport user add bo@dot.gov --name Bo --role viewer:DOT < password.txt"
    )]
    Add(Add),
    /// Give somebody one more role, or with --only this role instead of all others.
    #[command(after_help = "Example:\n  rapport user role ann@dit.gov designer")]
    Role(GiveRole),
    /// Give somebody another password; their sessions end.
    #[command(after_help = "Example:\n  rapport user password ann@dit.gov --generate")]
    Password(NewPassword),
    /// Lock somebody out at once, or let them in again with --undo.
    #[command(after_help = "Example:\n  rapport user disable ann@dit.gov")]
    Disable(Disable),
    /// List everybody.
    #[command(after_help = "Example:\n  rapport user list --format json")]
    List(List),
}

/// Flags of `rapport user add`.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// The address by which they sign in.
    email: String,
    /// How pages greet them.
    #[arg(long)]
    name: String,
    /// admin, designer, approver, leadership, manager:AGENCY or viewer:AGENCY. May be given several times.
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    /// Make up a password and print it.
    #[arg(long)]
    generate: bool,
}

/// Flags of `rapport user role`.
#[derive(Debug, clap::Args)]
pub struct GiveRole {
    /// Whose.
    email: String,
    /// admin, designer, approver, leadership, manager:AGENCY or viewer:AGENCY.
    role: Role,
    /// Take all other roles away.
    #[arg(long)]
    only: bool,
}

/// Flags of `rapport user password`.
#[derive(Debug, clap::Args)]
pub struct NewPassword {
    /// Whose.
    email: String,
    /// Make up a password and print it.
    #[arg(long)]
    generate: bool,
}

/// Flags of `rapport user disable`.
#[derive(Debug, clap::Args)]
pub struct Disable {
    /// Whom.
    email: String,
    /// Let them in again.
    #[arg(long)]
    undo: bool,
}

/// Flags of `rapport user list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Runs a command about users.
///
/// # Errors
/// [`Failure`] with the remedy.
pub async fn run(context: &Context, command: UserCommand) -> Outcome {
    let store = context.store().await?;
    match command {
        UserCommand::Add(args) => add(&store, args).await,
        UserCommand::Role(args) => give_role(&store, args).await,
        UserCommand::Password(args) => new_password(&store, args).await,
        UserCommand::Disable(args) => disable(&store, args).await,
        UserCommand::List(args) => list(&store, &args).await,
    }
}

async fn add(store: &Store, args: Add) -> Outcome {
    let email: Email = args.email.parse()?;
    let new = NewUser {
        email,
        name: args.name,
        password: password_from(args.generate)?,
        roles: args.roles.into_iter().collect(),
    };
    let now = clock::now();
    let user = store
        .write(move |conn| users::add(conn, &Actor::operator(), &new, now))
        .await?;
    output::say!("added {} as {}", user.email, listed(&user.roles));
    Ok(())
}

async fn give_role(store: &Store, args: GiveRole) -> Outcome {
    let email: Email = args.email.parse()?;
    let now = clock::now();
    let user = store
        .write(move |conn| {
            let operator = Actor::operator();
            if args.only {
                let user = users::required_by_email(conn, &email)?;
                users::set_roles(conn, &operator, &user.id, &BTreeSet::from([args.role]), now)
            } else {
                users::set_role(conn, &operator, &email, args.role, now)
            }
        })
        .await?;
    output::say!("{} is {}", user.email, listed(&user.roles));
    Ok(())
}

async fn new_password(store: &Store, args: NewPassword) -> Outcome {
    let email: Email = args.email.parse()?;
    let password = password_from(args.generate)?;
    let now = clock::now();
    store
        .write(move |conn| {
            let user = users::required_by_email(conn, &email)?;
            users::set_password(conn, &Actor::operator(), &user.id, &password, now)
        })
        .await?;
    output::say!("the password is changed and all their sessions have ended");
    Ok(())
}

async fn disable(store: &Store, args: Disable) -> Outcome {
    let email: Email = args.email.parse()?;
    let now = clock::now();
    store
        .write(move |conn| {
            let user = users::required_by_email(conn, &email)?;
            users::disable(conn, &Actor::operator(), &user.id, !args.undo, now)
        })
        .await?;
    output::say!(
        "{}",
        if args.undo {
            "they can sign in again"
        } else {
            "they are locked out"
        }
    );
    Ok(())
}

#[derive(Debug, Serialize)]
struct Row {
    email: String,
    name: String,
    roles: BTreeSet<Role>,
    disabled: bool,
}

async fn list(store: &Store, args: &List) -> Outcome {
    let rows: Vec<Row> = store
        .read(users::list)
        .await?
        .into_iter()
        .map(Row::from)
        .collect();
    let cells = rows.iter().map(|row| {
        let state = if row.disabled { "disabled" } else { "" };
        vec![
            row.email.clone(),
            row.name.clone(),
            listed(&row.roles),
            state.to_owned(),
        ]
    });
    output::print(args.format, &rows, &["email", "name", "roles", "state"], cells)
}

impl From<User> for Row {
    fn from(user: User) -> Self {
        Self {
            email: user.email,
            name: user.name,
            roles: user.roles,
            disabled: user.disabled,
        }
    }
}

/// The first line of standard input, or a made-up password, which is printed.
fn password_from(generate: bool) -> Result<PasswordHash, Failure> {
    if generate {
        let made_up = random_text::<15>()?;
        let hash = password::hash(&made_up)?;
        output::say!("password: {made_up}");
        return Ok(hash);
    }
    let mut typed = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut typed)
        .map_err(|error| {
            Failure::Input(format!(
                "the password cannot be read from standard input: {error}"
            ))
        })?;
    Ok(password::hash(typed.lines().next().unwrap_or(""))?)
}

fn listed(roles: &BTreeSet<Role>) -> String {
    roles
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
