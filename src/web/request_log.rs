//! One line for each request, or a count by the day where a line would tell when somebody answered.
//!
//! What a line contains, and what it never does, is said in [`telemetry`](crate::telemetry).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::{App, answering};
use crate::clock;

/// Logs or counts each request.
///
/// # Errors
/// Those of the service inside.
pub async fn tell<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let method = request.method().clone();
    let private = answering::is_private(request.path());
    let started = tokio::time::Instant::now();
    let response = next.call(request).await?;
    let status = response.status().as_u16();
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "(no route)".to_owned());
    let (private, took) = (private || answering::is_private(&route), started.elapsed());
    if let Some(app) = response.request().app_data::<web::Data<App>>() {
        app.metrics.request(&method, &route, status, took, private);
        if private {
            app.tally.count(method.as_str(), &route, status, clock::now());
        }
    }
    if !private {
        let milliseconds = (took.as_secs_f64() * 1000.0).round();
        tracing::info!(target: "rapport::request", %method, route, status, milliseconds, "request");
    }
    Ok(response)
}
