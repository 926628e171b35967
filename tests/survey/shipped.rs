//! The surveys that ship.

use rapport::survey::compare::{Class, diff};
use rapport::survey::definition::{AnswerKind, Definition};
use rapport::survey::{parse, schema};

pub fn shipped(name: &str) -> Definition {
    let path = format!("{}/surveys/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    parse::read(&bytes).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"))
}

#[test]
fn the_diff_of_the_yearly_versions_shows_same_flagged_and_new() {
    let (v1, v2) = (shipped("agency-partnership.v1"), shipped("agency-partnership.v2"));
    let diff = diff(&v1, &[], &v2);
    let trust = &diff.indices[0];
    let collaboration = &diff.indices[1];
    assert_eq!(trust.comparability.to_string(), "comparable on 8 anchor items");
    assert_eq!(collaboration.comparability.to_string(), "comparable");
    assert_eq!(diff.count(Class::Flagged), 1);
    assert_eq!(diff.count(Class::New), 2);
    assert_eq!(diff.dropped.len(), 2);
}
