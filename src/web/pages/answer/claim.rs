//! What the promise page tells its script, and says of the way that nobody can link.

use serde::Serialize;
use serde_json::json;

use super::show::Shown;
use crate::round::Mode;

/// The way with a credential.
#[derive(Debug, Serialize)]
pub(super) struct Unlinkable {
    round: String,
    code: String,
    /// Of the manifest.
    digest: String,
    key_id: String,
    /// The agencies in which the answers are counted.
    unit: String,
    invited: String,
    /// Whether the invitation was used to claim a credential.
    claimed: bool,
    /// Where the form is, without the code.
    form: String,
    /// What the script says, as JSON.
    texts: String,
}

impl Shown<'_> {
    /// `None` where there is no key for this person.
    pub(super) fn unlinkable(&self, code: &str) -> Option<Unlinkable> {
        let door = &self.opened.door;
        let unit = self
            .opened
            .unit
            .as_ref()
            .filter(|_| door.mode == Mode::Anonymous)?;
        let frozen = self.opened.promise.as_ref()?;
        let agencies: Vec<&str> = unit.agencies.iter().map(|agency| agency.as_str()).collect();
        Some(Unlinkable {
            round: door.round.to_string(),
            code: code.to_owned(),
            digest: frozen.promise.manifest_digest.clone()?,
            key_id: unit.key_id.clone(),
            unit: agencies.join(", "),
            invited: unit.invited.to_string(),
            claimed: door.is_claimed(),
            form: format!("/s/{}?lang={}", door.round, self.lang.tag()),
            texts: self.texts(),
        })
    }

    fn texts(&self) -> String {
        let say = |key: &str| self.say(key, &[]);
        json!({
            "working": say("credential-working"),
            "offline": say("credential-offline"),
            "failed": say("credential-failed"),
            "distrust": say("credential-distrust"),
            "bad-file": say("credential-bad-file"),
            "clear-sure": say("credential-clear-sure"),
            "claimed-already": say("credential-claimed-what"),
            "invitation-used": say("answer-used-what"),
            "round-closed": say("answer-closed-what"),
        })
        .to_string()
    }
}
