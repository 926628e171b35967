//! The change of a single question since the last round of the same survey, with everything behind it.

use std::collections::BTreeSet;

use super::super::number::Source;
use super::super::say::Say;
use super::told::{Fact, Facts};
use crate::agency::AgencyCode;
use crate::identity::Scope;
use crate::report::model::{Cut, DocumentAudience, Subject, Unit};
use crate::report::read::{self, Results, Wanted};
use crate::report::since::{self, Compared, Side};
use crate::round::RoundId;
use crate::store::{Conn, StoreError};
use crate::survey::publish;
use crate::web::App;
use crate::web::problem::Problem;

/// Nothing for what is no question of everybody in an agency or cluster, and where there was no last time.
pub(super) async fn question(
    app: &App,
    scope: Scope,
    source: &Source<'_>,
    (cut, subject): (&Cut, &Subject),
) -> Result<Vec<Fact>, Problem> {
    let is_question = matches!(subject, Subject::Item(_) | Subject::Satisfaction(_));
    let agency = source.unit.agencies.iter().find(|agency| scope.covers(agency));
    let Some(agency) = agency.filter(|_| is_question && cut.is_everybody()).cloned() else {
        return Ok(Vec::new());
    };
    let (round, audience) = (source.results.document.round.clone(), source.audience.clone());
    let (unit, wanted) = (source.unit.unit.clone(), subject.clone());
    let found = app
        .store
        .read(move |conn| compared(conn, &round, &scope, (&audience, &unit, &agency), &wanted))
        .await?;
    Ok(found
        .map(|(title, one, count)| told(source.say, &title, &one, count))
        .unwrap_or_default())
}

/// The title of that round, the question now and then, and with how many it was judged together.
fn compared(
    conn: &mut Conn,
    round: &RoundId,
    scope: &Scope,
    (audience, unit, agency): (&DocumentAudience, &Unit, &AgencyCode),
    subject: &Subject,
) -> Result<Option<(String, Compared, usize)>, StoreError> {
    let wanted = Wanted {
        units: Some(BTreeSet::from([unit.clone()])),
        kinds: Some(since::KINDS.to_vec()),
        cut: Some(Cut::Everybody),
        ..Wanted::default()
    };
    let Some(results) = read::results_of(conn, round, scope, &wanted)? else {
        return Ok(None);
    };
    let version = publish::find(conn, &results.document.survey, results.document.version)?;
    let last = since::last_time(conn, &results, scope, agency)?;
    let (Some(version), Some((earlier, then))) = (version, last) else {
        return Ok(None);
    };
    let now = Side {
        results: &results,
        definition: &version.definition,
        audience,
        unit: audience.units.iter().find(|known| &known.unit == unit),
    };
    let Some(before) = now.earlier(&earlier, &then) else {
        return Ok(None);
    };
    let all = since::questions(&now, &before).unwrap_or_default();
    let together = all.iter().filter(|one| one.change.is_ok()).count();
    let one = all.into_iter().find(|one| &one.subject == subject);
    Ok(one.map(|one| (title(&earlier), one, together)))
}

fn title(results: &Results) -> String {
    results.document.title.clone()
}

fn told(say: Say<'_>, round: &str, one: &Compared, together: usize) -> Vec<Fact> {
    let mut facts = Facts {
        say,
        told: Vec::new(),
    };
    let label = say.text("r-since-heading", &[("round", round)]);
    match &one.change {
        Err(why) => facts.told.push(Fact {
            label,
            value: say.untold(*why),
        }),
        Ok(change) => {
            facts.told.push(Fact {
                label,
                value: say.verdict(change.verdict).1,
            });
            if let (Some(before), Some(now)) = (one.before, one.now) {
                let both = format!("{} \u{2192} {}", say.number(before, 3), say.number(now, 3));
                facts.add("r-fact-then-now", both);
            }
            let interval = say.precise(change.interval);
            facts.add(
                "r-fact-difference",
                format!("{} ({interval})", say.number(change.difference, 3)),
            );
            facts.add("r-fact-test", say.text("r-test-welch", &[]));
            let count = u32::try_from(together).unwrap_or(u32::MAX);
            let family = say.counted("r-since-compared", count);
            facts.add(
                "r-fact-adjusted-p",
                format!("{} ({family})", say.p_value(change.adjusted_p)),
            );
        }
    }
    facts.told
}
