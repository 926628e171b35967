//! The test harness: a real server on a free port with a database of its own, and people as objects.
//!
//! ```ignore
//! async fn a_designer_creates_a_round(app: TestApp) {
//!     let designer = app.designer().await;
//!     let made = designer.post("/api/v1/rounds", json!({ "id": "r1" })).await;
//!     assert_eq!(made.status, 201, "{made}");
//!     let page = designer.page("/rounds/r1").await;
//!     assert!(page.text.contains("r1"));
//! }
//! on_both_engines!(a_designer_creates_a_round);
//! ```
//!
//! [`on_both_engines!`] makes two tests of one function: `..::on_sqlite` and `..::on_postgres`. PostgreSQL is found by
//! `RAPPORT_TEST_POSTGRES`, e.g. `postgres://me@127.0.0.1:54329/postgres`; without it these tests **fail** and say
//! what to do: a test that is skipped in silence proves nothing. Each test gets an empty, migrated database, removed
//! when the [`TestApp`] is dropped.
//!
//! | call | gives |
//! | --- | --- |
//! | `app.admin()`, `.designer()`, `.leadership()`, `.viewer("DOT")` | somebody signed in over the API and on the pages |
//! | `app.anonymous()` | nobody |
//! | `.get(path)`, `.post(path, json)`, `.put(..)`, `.delete(..)` | the API, with their bearer token |
//! | `.page(path)`, `.submit(path, &[(name, value)])` | the pages, with their cookies, as a browser |
//! | `.request(method, path)` | a `reqwest` request to dress as you like: no token, no cookies |
//! | `app.store` | the database, for use cases of stages; prefer the public API |
//!
//! Redirects are not followed.

pub mod database;
pub mod person;

use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use rapport::clock;
use rapport::identity::password::{self, PasswordHash};
use rapport::identity::users::{self, NewUser};
use rapport::identity::{Actor, IdentityError, Role};
use rapport::post::smtp::Relay;
use rapport::round::Keyring;
use rapport::store::{Conn, DatabaseUrl, Store};
use rapport::web::app::{Interface, PublicUrl};
use rapport::web::{self, App};

pub use database::TestDatabase;
pub use person::{Answer, Person, method_of};

/// The password of every test user.
pub const PASSWORD: &str = "correct horse battery staple";

/// Its hash: made once per run, since hashing is slow on purpose.
static PASSWORD_HASH: LazyLock<PasswordHash> = LazyLock::new(|| password::hash(PASSWORD).expect("a hash"));

/// The secret of test servers.
pub const SECRET: &[u8; 32] = b"a secret that only tests know...";

/// A running server with a database of its own.
pub struct TestApp {
    /// The database.
    pub store: Store,
    /// The state of the server, e.g. to sign tokens of other times.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    // Last: the database is removed after everything else is gone.
    database: TestDatabase,
}

impl TestApp {
    /// A server on an empty SQLite file.
    pub async fn sqlite() -> Self {
        Self::start(TestDatabase::sqlite(), None, None).await
    }

    /// A server on an empty SQLite file that hands its mail to that mail server.
    pub async fn that_mails(relay: Relay) -> Self {
        Self::start(TestDatabase::sqlite(), None, Some(relay)).await
    }

    /// A server on an empty PostgreSQL database.
    pub async fn postgres() -> Self {
        Self::start(TestDatabase::postgres(), None, None).await
    }

    /// A server that believes people reach it at `public_url`.
    pub async fn behind(public_url: &str) -> Self {
        Self::start(TestDatabase::sqlite(), Some(public_url), None).await
    }

    /// A server on a database that was made before.
    pub async fn on(database: TestDatabase) -> Self {
        Self::start(database, None, None).await
    }

    async fn start(database: TestDatabase, public_url: Option<&str>, mail: Option<Relay>) -> Self {
        let store = Store::open(&database.url).expect("the test database opens");
        store.migrate().await.expect("the test database migrates");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let public_url = match public_url {
            Some(url) => url.parse().expect("a public URL"),
            None => PublicUrl::of_listener(address),
        };
        // Parsing a hundred templates takes an unoptimised binary longer than most tests.
        static INTERFACE: LazyLock<Interface> =
            LazyLock::new(|| Interface::load().expect("templates and texts"));
        let app = App::new(store.clone(), SECRET, public_url, INTERFACE.clone());
        let app = app.with_keyring(Some(Keyring::new(SECRET))).with_post(mail, &[]);
        let (handle, thread) = run(listener, app.clone());
        Self {
            store,
            app,
            address,
            handle,
            thread: Some(thread),
            database,
        }
    }

    /// The folder of a SQLite database: the file, its write-ahead log.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.database.folder.as_ref().map(tempfile::TempDir::path)
    }

    /// Where its database is, with a password if there is one.
    pub fn database_url(&self) -> String {
        address_of(&self.database.url)
    }

    /// A connection to its database that does not go through its store.
    pub fn connection(&self) -> rapport::store::Conn {
        self.database.connection()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Nobody.
    pub fn anonymous(&self) -> Person {
        Person::nobody(self)
    }

    /// An administrator.
    pub async fn admin(&self) -> Person {
        self.somebody("admin@test.gov", &["admin"]).await
    }

    /// A designer.
    pub async fn designer(&self) -> Person {
        self.somebody("designer@test.gov", &["designer"]).await
    }

    /// Somebody of leadership: the results of all agencies.
    pub async fn leadership(&self) -> Person {
        self.somebody("leadership@test.gov", &["leadership"]).await
    }

    /// A viewer of one agency, which is made when it does not exist.
    pub async fn viewer(&self, agency: &str) -> Person {
        let email = format!("viewer-{}@test.gov", agency.to_lowercase());
        self.somebody(&email, &[&format!("viewer:{agency}")]).await
    }

    /// The relationship manager of one agency, which is made when it does not exist.
    pub async fn manager(&self, agency: &str) -> Person {
        let email = format!("manager-{}@test.gov", agency.to_lowercase());
        self.somebody(&email, &[&format!("manager:{agency}")]).await
    }

    /// Somebody with these roles, signed in. The second call for the same address signs in again.
    pub async fn somebody(&self, email: &str, roles: &[&str]) -> Person {
        self.add_user(email, roles).await;
        Person::signed_in(self, email).await
    }

    /// Adds a user with [`PASSWORD`], unless there is one of that address; returns the id.
    pub async fn add_user(&self, email: &str, roles: &[&str]) -> String {
        let new = NewUser {
            email: email.parse().expect("an address"),
            name: email.split('@').next().unwrap_or(email).to_owned(),
            password: PASSWORD_HASH.clone(),
            roles: roles.iter().map(|role| role.parse().expect("a role")).collect(),
        };
        self.write(move |conn| {
            if let Some(known) = users::by_email(conn, &new.email)? {
                return Ok(known.id);
            }
            for role in &new.roles {
                if let Role::Manager(agency) | Role::Viewer(agency) = role {
                    database::ensure_agency(conn, agency.as_str());
                }
            }
            Ok(users::add(conn, &Actor::operator(), &new, clock::now())?.id)
        })
        .await
    }

    /// Runs a use case of `identity` in a transaction.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, IdentityError> + Send + 'static,
    ) -> T {
        self.store.write(work).await.expect("the use case succeeds")
    }

    /// Runs a reading use case of `identity`.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, IdentityError> + Send + 'static,
    ) -> T {
        self.store.read(work).await.expect("the use case succeeds")
    }
}

/// A database's address as the binary takes it, with a password if there is one.
pub fn address_of(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        DatabaseUrl::Postgres(address) => address.clone(),
    }
}

/// The server gets a thread and a runtime of its own, as in the binary.
fn run(listener: TcpListener, app: App) -> (ServerHandle, JoinHandle<()>) {
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = web::serve(listener, app, 1).expect("the server starts");
            tell.send(running.handle.clone()).expect("the test waits");
            running.server.await.expect("the server ends well");
        });
    });
    (told.recv().expect("the server starts"), thread)
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // `stop` sends its command at once; the future only waits for the end, which the thread's end tells as well.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Makes two tests of `async fn name(app: TestApp)`: one on each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test]
            async fn on_sqlite() {
                super::$name($crate::support::TestApp::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name($crate::support::TestApp::postgres().await).await;
            }
        })+
    };
}
