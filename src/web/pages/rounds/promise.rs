//! The promise to an audience, as its respondents read it: before the round opens as it will be, afterwards as it was frozen.

use serde::Serialize;

use crate::round::progress::AudienceProgress;
use crate::round::units::LEAST_INVITED;
use crate::round::{Mode, Progress, Round};
use crate::store::Conn;
use crate::survey::definition::{AnswerKind, Definition};
use crate::survey::publish;
use crate::web::problem::Problem;

/// What `rounds/promise` shows.
#[derive(Serialize)]
pub(super) struct PromiseView {
    name: String,
    title: String,
    is_anonymous: bool,
    /// Whether its people can answer with a credential.
    is_unlinkable: bool,
    has_texts: bool,
    k: u32,
}

/// The promises of a round, in the order of its progress. `signs`: whether a round that opens here gets signing keys.
pub(super) fn promises(
    conn: &mut Conn,
    round: &Round,
    progress: &Progress,
    signs: bool,
) -> Result<Vec<PromiseView>, Problem> {
    let version = publish::find(conn, &round.survey, round.version)?;
    let has_texts = version.is_some_and(|version| has_texts(&version.definition));
    let promise = |line: &AudienceProgress| PromiseView {
        name: line.audience.to_string(),
        title: line.title.clone(),
        is_anonymous: line.mode == Mode::Anonymous,
        is_unlinkable: line.mode == Mode::Anonymous && is_unlinkable(round, line, signs),
        has_texts,
        k: round.thresholds.least_respondents,
    };
    Ok(progress.audiences.iter().map(promise).collect())
}

fn is_unlinkable(round: &Round, line: &AudienceProgress, signs: bool) -> bool {
    let (has_keys, invited) = match &round.promise {
        Some(frozen) => {
            let audience = frozen.promise.audiences.get(&line.audience);
            let invited = audience.map_or(0, |audience| audience.headcounts.values().sum());
            (frozen.promise.manifest_digest.is_some(), invited)
        }
        None => (signs, line.invited),
    };
    has_keys && invited >= LEAST_INVITED
}

fn has_texts(definition: &Definition) -> bool {
    let is_text =
        |kind: &AnswerKind| matches!(kind, AnswerKind::ShortText { .. } | AnswerKind::LongText { .. });
    definition.items().any(|item| is_text(&item.answer))
}
