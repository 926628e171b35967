//! The walls of ARCHITECTURE.md, read off the source: dependencies run one way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a room may import of the crate. A room that is not listed here fails the test: new rooms get walls.
#[rustfmt::skip] // a table reads best as a table
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("slug", &[]),
    ("clock", &[]),
    ("meter", &[]),
    ("table", &[]),
    ("texts", &[]),
    // The pure rooms know the world only by what they are given.
    ("measure", &[]),
    ("protect", &["measure"]),
    // The stages, in the order of the flow.
    ("survey", &["slug", "store"]),
    ("agency", &["identity", "slug", "store", "survey", "table"]),
    ("round", &["agency", "collect", "identity", "protect", "slug", "store", "survey", "table"]),
    ("collect", &["agency", "round", "slug", "store", "survey"]),
    ("import", &["agency", "collect", "identity", "measure", "round", "slug", "store", "survey", "table"]),
    ("report", &["agency", "collect", "identity", "measure", "protect", "round", "slug", "store", "survey", "table"]),
    ("field", &["agency", "identity", "measure", "protect", "report", "round", "store"]),
    ("follow", &["agency", "collect", "identity", "measure", "report", "round", "slug", "store", "survey", "table"]),
    ("post", &["agency", "config", "follow", "identity", "round", "slug", "store", "texts"]),
    ("identity", &["agency", "slug", "store"]),
    // The store knows the types it stores, and none of those who use it.
    ("store", &["agency", "collect", "identity", "import", "meter", "report", "round", "slug", "survey"]),
    // The edges.
    ("config", &["identity", "slug", "store"]),
    ("telemetry", &["clock", "config"]),
    ("web", &["agency", "clock", "collect", "config", "field", "follow", "identity", "import", "meter", "post", "protect", "report", "round", "slug", "store", "survey", "table", "telemetry", "texts"]),
    ("demo", &["agency", "clock", "collect", "config", "follow", "identity", "import", "report", "round", "slug", "store", "survey"]),
    ("cli", &["agency", "clock", "collect", "config", "demo", "identity", "import", "measure", "post", "report", "round", "slug", "store", "survey", "table", "telemetry", "texts", "web"]),
];

/// Files and folders of an otherwise pure room that are its door to the store: a use case, kept beside what it is about.
const DOORS_OF_PURE_ROOMS: &[&str] = &["src/survey/publish"];

/// Words that have no business in a pure room: time, environment, files, network, database, randomness.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread::spawn", // scoped threads are arithmetic on more cores; detached ones are not
    "std::thread::sleep",
    "available_parallelism",
    "std::time",
    "tokio",
    "actix",
    "diesel",
    "getrandom",
    "crate::clock",
    "crate::store",
    "crate::web",
    "crate::cli",
    "crate::config",
    "Timestamp::now",
];

#[test]
fn rooms_import_only_what_the_walls_allow() {
    let mut broken = Vec::new();
    for file in sources("src") {
        let Some(room) = room_of(&file) else { continue };
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == room) else {
            broken.push(format!(
                "{}: room `{room}` has no walls; add it to MAY_KNOW",
                file.display()
            ));
            continue;
        };
        for known in imports(&code_of(&file)) {
            if known != room && !allowed.contains(&known.as_str()) {
                broken.push(format!("{}: `{room}` must not know `{known}`", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn pure_rooms_touch_no_clock_no_file_no_network_no_database() {
    let mut broken = Vec::new();
    for file in ["src/survey", "src/measure", "src/protect"]
        .into_iter()
        .flat_map(sources)
    {
        if DOORS_OF_PURE_ROOMS.iter().any(|door| file.starts_with(door)) {
            continue;
        }
        let code = code_of(&file);
        for word in IMPURE.iter().filter(|word| code.contains(**word)) {
            broken.push(format!("{}: mentions `{word}`", file.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The C library picks its variant of these by processor, and their last digits differ: a result could not be re-derived
/// to the last bit elsewhere. `libm` has them all.
#[test]
fn measure_takes_no_elementary_function_from_the_c_library() {
    const NAMES: &[&str] = &[
        "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "cbrt", "hypot", "sin",
        "cos", "tan", "asin", "acos", "atan", "atan2", "sin_cos", "sinh", "cosh", "tanh", "asinh", "acosh",
        "atanh", "gamma", "ln_gamma",
    ];
    let mut broken = Vec::new();
    for file in sources("src/measure") {
        let code = code_of(&file);
        for name in NAMES {
            let (method, path) = (format!(".{name}("), format!("f64::{name}"));
            if code.contains(&method) || code.contains(&path) {
                broken.push(format!("{}: `{name}`", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "not the same on every processor: {broken:?}");
}

#[test]
fn only_the_store_speaks_sql() {
    let broken: Vec<_> = sources("src")
        .into_iter()
        .filter(|file| !file.starts_with("src/store"))
        .filter(|file| {
            let code = code_of(file);
            code.contains("diesel") || code.contains("SELECT ") || code.contains("sql_query")
        })
        .collect();
    assert!(broken.is_empty(), "SQL outside the store: {broken:?}");
}

#[test]
fn the_environment_is_read_in_one_place() {
    let broken: Vec<_> = sources("src")
        .into_iter()
        .filter(|file| *file != Path::new("src/config.rs") && !file.starts_with("src/config"))
        .filter(|file| code_of(file).contains("env::var"))
        .collect();
    assert!(
        broken.is_empty(),
        "the environment is read outside the configuration: {broken:?}"
    );
}

#[test]
fn no_tracked_text_names_the_machine_it_was_written_on() {
    let places = [
        ["/wor", "k/"].concat(),
        ["/roo", "t/"].concat(),
        ["/hom", "e/"].concat(),
    ];
    let mut broken = Vec::new();
    for folder in [
        "src",
        "tests",
        "templates",
        "static",
        "docs",
        "surveys",
        "migrations",
        "locales",
        ".",
    ] {
        let files = if folder == "." {
            top_level()
        } else {
            files_below(Path::new(folder))
        };
        for file in files {
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            if places.iter().any(|place| text.contains(place.as_str())) {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "paths of a machine in {broken:?}");
}

/// The first folder (or file) below `src`; `main.rs` and `lib.rs` stand outside the rooms.
fn room_of(file: &Path) -> Option<String> {
    let first = file.strip_prefix("src").ok()?.components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (name != "main" && name != "lib").then_some(name)
}

/// Every room named after `crate::`, in `use` and in paths.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => after,
        };
        if after.starts_with('{') {
            found.extend(names.split(',').map(leading_word));
        } else {
            found.insert(leading_word(names));
        }
    }
    found.retain(|name| !name.is_empty() && !name.ends_with("_type"));
    found
}

fn leading_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

/// The file without comments and without its unit tests.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let files: Vec<_> = files_below(Path::new(folder))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    assert!(
        !files.is_empty(),
        "no sources below {folder}: is the test run from the package's folder?"
    );
    files
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn top_level() -> Vec<PathBuf> {
    fs::read_dir(".")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect()
}
