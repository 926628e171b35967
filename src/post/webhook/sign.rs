//! The signature of Standard Webhooks (pure): `v1,` and the HMAC-SHA-256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::post::keys::keyed;

/// What stands in `webhook-signature`. `seconds` is what stands in `webhook-timestamp`: since 1970.
#[must_use]
pub fn signature(key: &[u8; 32], id: &str, seconds: i64, body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    format!("v1,{}", STANDARD.encode(keyed(key, signed.as_bytes())))
}

/// The key as receivers configure it: `whsec_...`.
#[must_use]
pub fn secret(key: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against a value computed outside of this program: `printf 'msg_1.1700000000.{}' | openssl dgst -sha256
    /// -mac HMAC -macopt hexkey:$(printf '07%.0s' $(seq 32)) -binary | base64`.
    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        assert_eq!(
            signature(&[7; 32], "msg_1", 1_700_000_000, "{}"),
            "v1,nuLLyheCKcS2N8JNOFt5stk98R+umYWr26/ZTfdtGM8="
        );
        assert_eq!(
            secret(&[7; 32]),
            "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
        );
    }
}
