//! More time for an open round: a later end, with a tick, since no end moves to an earlier time.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::show;
use crate::clock;
use crate::follow::Fault;
use crate::round::{Round, RoundError, RoundId, RoundState, desk};
use crate::web::App;
use crate::web::access::{Allowed, RunRounds};
use crate::web::pages::form::{Form, Typed, field, instant};
use crate::web::pages::see_other;
use crate::web::problem::PageProblem;

/// The form on the page of a round.
#[derive(Serialize)]
pub(super) struct ExtendView {
    form: Form,
}

impl ExtendView {
    fn new(typed: Typed, faults: &[Fault]) -> Self {
        Self {
            form: Form::new(&["closes_at"], typed, faults),
        }
    }

    /// The empty form, where there is an end that can move.
    pub(super) fn of(round: &Round) -> Option<Self> {
        let can = round.state == RoundState::Open && round.closes_at.is_some();
        can.then(|| Self::new(Typed::new(), &[]))
    }
}

/// Moves the end, or shows the page with what is wrong at the field.
pub(super) async fn save(
    who: Allowed<RunRounds>,
    id: web::Path<RoundId>,
    typed: web::Form<Typed>,
    app: web::Data<App>,
) -> Result<HttpResponse, PageProblem> {
    let (id, typed) = (id.into_inner(), typed.into_inner());
    let fault = |problem: String| {
        vec![Fault {
            field: "closes_at",
            problem,
        }]
    };
    let sure = field(&typed, "sure") == "yes";
    let faults = match instant(&field(&typed, "closes_at")) {
        Ok(Some(closes_at)) if sure => {
            let (by, which, now) = (who.actor.clone(), id.clone(), clock::now());
            let extended = app
                .store
                .write(move |conn| desk::extend(conn, &by, &which, closes_at, now))
                .await;
            match extended {
                Ok(round) => return Ok(see_other(&format!("/rounds/{}", round.id))),
                Err(RoundError::Invalid(problems)) => problems
                    .iter()
                    .flat_map(|problem| fault(format!("{}; {}", problem.problem, problem.remedy)))
                    .collect(),
                Err(other) => return show::refused(&app, &who, id, other).await,
            }
        }
        Ok(Some(_)) => fault("tick the box beside the button: an end never moves back".to_owned()),
        Ok(None) => fault("say until when people can answer, in UTC".to_owned()),
        Err(told) => fault(told),
    };
    let told = show::Told {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        refused: String::new(),
        extend: Some(ExtendView::new(typed, &faults)),
    };
    show::page(&app, &who, id, told).await
}
