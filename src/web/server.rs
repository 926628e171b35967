//! The server: one pure builder, used by the binary and by the tests.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{Error, HttpServer, web};

use super::{App, cookies, limits, problem, request_log, routes, security};

const HEAD_TIME: Duration = Duration::from_secs(5);
const IDLE_TIME: Duration = Duration::from_secs(75);
const CONNECTIONS: usize = 10_000;

/// How long running requests may take to finish once the process is told to stop, in seconds.
const SHUTDOWN_SECONDS: u64 = 30;

/// The application: every middleware and every route. The first `wrap` is the innermost.
pub fn build(
    app: App,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .app_data(web::Data::new(app))
        .configure(security::extractors)
        .configure(routes::configure)
        .wrap(from_fn(security::timely_body))
        .wrap(from_fn(security::same_site))
        .wrap(from_fn(security::head_is_get))
        .wrap(from_fn(limits::guard))
        .wrap(from_fn(problem::present))
        .wrap(from_fn(cookies::attach::<BoxBody>))
        .wrap(from_fn(security::headers))
        .wrap(Compress::default())
        .wrap(from_fn(request_log::tell))
}

/// A server that is ready to run.
pub struct Running {
    /// Resolves when the server has stopped.
    pub server: Server,
    /// Stops it.
    pub handle: ServerHandle,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Serves on a bound listener with so many threads. The returned [`Running::server`] must be awaited.
///
/// # Errors
/// When the listener cannot be used.
pub fn serve(listener: TcpListener, app: App, workers: usize) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let server = HttpServer::new(move || build(app.clone()))
        .workers(workers.max(1))
        .client_request_timeout(HEAD_TIME)
        .keep_alive(IDLE_TIME)
        .max_connections(CONNECTIONS)
        // Else the end of a page in several pieces waits 40 ms for the client's acknowledgement of its beginning.
        .tcp_nodelay(true)
        .shutdown_timeout(SHUTDOWN_SECONDS)
        .listen(listener)?
        .run();
    Ok(Running {
        handle: server.handle(),
        server,
        address,
    })
}
