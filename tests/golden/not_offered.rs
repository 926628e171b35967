//! What the engine does not offer, with the reason. Anything that is neither here nor computed fails.

/// Functions without a counterpart: none at present.
const FUNCTIONS: &[(&str, &str)] = &[];

/// Keys without a counterpart: function, path in `expected` (list positions left out), reason. None at
/// present.
const KEYS: &[(&str, &str, &str)] = &[];

/// Why a function is not offered.
pub fn function(name: &str) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .find(|(own, _)| *own == name)
        .map(|(_, reason)| *reason)
}

/// Why a key is not offered.
pub fn key(function: &str, path: &str) -> Option<&'static str> {
    let plain: String = {
        let mut inside = false;
        path.chars()
            .filter(|c| {
                inside = (inside || *c == '[') && *c != ']';
                !inside && *c != ']'
            })
            .collect()
    };
    KEYS.iter()
        .find(|(own, key, _)| *own == function && *key == plain)
        .map(|(_, _, reason)| *reason)
}
