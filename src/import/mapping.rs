//! Reading a mapping file: JSON, with every mistake told by where it stands.

use serde::de::DeserializeOwned;

/// Reads a mapping.
///
/// # Errors
/// The JSON pointer and what is wrong there.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mapping = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        format!("the mapping cannot be read at `{place}`: {}", error.into_inner())
    })?;
    reader
        .end()
        .map_err(|error| format!("the mapping goes on after its end: {error}"))?;
    Ok(mapping)
}
