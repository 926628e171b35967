//! The one table of problem codes. Clients may rely on a code; the words may change. The documentation page lists
//! this table, and tests walk it.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($name:ident $text:literal $status:ident $title:literal;)*) => {
        /// What went wrong, as clients can rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// As it stands in `code`.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The status of the response.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// As it stands in `title`.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }
        }
    };
}

codes! {
    // name            code                    status                  title
    Malformed          "malformed"             BAD_REQUEST             "The request cannot be read";
    SignInRequired     "sign-in-required"      UNAUTHORIZED            "Sign in first";
    WrongPassword      "wrong-password"        UNAUTHORIZED            "This address and password do not belong together";
    SessionEnded       "session-ended"         UNAUTHORIZED            "The session has ended";
    Forbidden          "forbidden"             FORBIDDEN               "You do not have the right to do this";
    CredentialForged   "credential-not-valid"  FORBIDDEN               "The credential is not valid here";
    CrossSite          "cross-site"            FORBIDDEN               "The request came from another site";
    NotFound           "not-found"             NOT_FOUND               "There is nothing here";
    MethodNotAllowed   "method-not-allowed"    METHOD_NOT_ALLOWED      "This address does not take that method";
    Timeout            "timeout"               REQUEST_TIMEOUT         "The request took too long to arrive";
    Conflict           "conflict"              CONFLICT                "This does not fit the present state";
    InvitationUsed     "invitation-used"       CONFLICT                "This invitation was used";
    ClaimedAlready     "claimed-already"       CONFLICT                "A credential was claimed with this invitation";
    NoCredentials      "no-credentials"        CONFLICT                "There are no credentials for this invitation";
    CredentialSpent    "credential-spent"      CONFLICT                "This credential was used";
    NotYetOpen         "not-yet-open"          CONFLICT                "This round has not opened yet";
    Gone               "gone"                  GONE                    "This is over";
    RoundClosed        "round-closed"          GONE                    "This round is closed";
    Overtaken          "overtaken"             PRECONDITION_FAILED     "Somebody has changed it since";
    TooLarge           "too-large"             PAYLOAD_TOO_LARGE       "The request is too large";
    UnsupportedMedia   "unsupported-media"     UNSUPPORTED_MEDIA_TYPE  "The content type is not accepted here";
    Invalid            "invalid"               UNPROCESSABLE_ENTITY    "The input is not valid";
    TooManyRequests    "too-many-requests"     TOO_MANY_REQUESTS       "Too many attempts";
    Internal           "internal"              INTERNAL_SERVER_ERROR   "Something failed on our side";
    Busy               "busy"                  SERVICE_UNAVAILABLE     "Too much is waiting; try again in a moment";
    Unavailable        "unavailable"           SERVICE_UNAVAILABLE     "The service is not available now";
}

impl Code {
    /// The code that tells most about a bare status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.status() == status)
            .unwrap_or(if status.is_server_error() {
                Self::Internal
            } else {
                Self::Malformed
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_an_error_with_a_name_of_its_own() {
        for (place, code) in Code::ALL.iter().enumerate() {
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(code.text().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert!(
                Code::ALL
                    .iter()
                    .skip(place + 1)
                    .all(|other| other.text() != code.text())
            );
        }
    }

    #[test]
    fn a_bare_status_gets_the_first_code_that_has_it() {
        assert_eq!(Code::of_status(StatusCode::NOT_FOUND), Code::NotFound);
        assert_eq!(Code::of_status(StatusCode::UNAUTHORIZED), Code::SignInRequired);
        assert_eq!(Code::of_status(StatusCode::BAD_GATEWAY), Code::Internal);
        assert_eq!(Code::of_status(StatusCode::IM_A_TEAPOT), Code::Malformed);
    }
}
