//! Pages that are sent from memory: the same as made anew, with everybody's own in its place, and without a question to the
//! database but the one about the invitation.

use std::io::Read as _;

use diesel::connection::SimpleConnection;
use flate2::read::GzDecoder;
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, IF_NONE_MATCH};

use crate::collect::world::{close, open_with_keys};
use crate::support::{Person, TestApp};

on_both_engines!(
    everybody_gets_their_own_page_from_memory,
    a_page_needs_nothing_of_the_database_but_the_invitation,
    the_whole_form_is_sent_once_and_then_only_confirmed,
);

/// The page, compressed by the server and unpacked here.
async fn zipped(person: &Person, path: &str) -> (String, usize) {
    let request = person.request(Method::GET, path).header(ACCEPT_ENCODING, "gzip");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()[CONTENT_ENCODING], "gzip");
    let bytes = answer.bytes().await.unwrap();
    let mut text = String::new();
    GzDecoder::new(bytes.as_ref()).read_to_string(&mut text).unwrap();
    (text, bytes.len())
}

/// The value of the hidden field of that name.
fn field(page: &str, name: &str) -> String {
    let at = page
        .find(&format!("name=\"{name}\" value=\""))
        .expect("the field");
    let value = page[at..].split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

async fn everybody_gets_their_own_page_from_memory(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 24), ("REV", 21)], 5).await;
    let person = app.anonymous();
    let mut keys = Vec::new();
    for (link, agency, invited) in [
        (&links[0], "DOT", "24"),
        (&links[1], "DOT", "24"),
        (&links[30], "REV", "21"),
    ] {
        let plain = person.page(&link.path()).await.text;
        let (unpacked, bytes) = zipped(&person, &link.path()).await;
        keys.extend([field(&plain, "key"), field(&unpacked, "key")]);
        let without_key = |page: &str| page.replace(&field(page, "key"), "");
        assert_eq!(without_key(&plain), without_key(&unpacked));
        assert!(bytes < plain.len() * 2 / 3, "{bytes} of {}", plain.len());

        let code = link.code.as_str();
        assert!(plain.contains(&format!("action=\"/i/{code}\"")), "{plain}");
        assert!(plain.contains(&format!("data-code=\"{code}\"")), "{plain}");
        assert!(plain.contains(agency) && plain.contains(invited), "{plain}");
        let other = if agency == "DOT" { "REV" } else { "DOT" };
        assert!(!plain.contains(other), "{plain}");
        let others = links.iter().filter(|other| other.code.as_str() != code);
        assert!(
            others
                .into_iter()
                .all(|other| !plain.contains(other.code.as_str()))
        );
        let seen = person.get(&format!("/api/v1/invitations/{code}")).await.json();
        let key_id = seen["unit"]["key_id"].as_str().unwrap();
        assert!(plain.contains(&format!("data-key-id=\"{key_id}\"")), "{plain}");
    }
    let visits = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), visits, "a key of its own for each visit");
    let spanish = person.page(&format!("{}?lang=es", links[0].path())).await.text;
    assert!(spanish.contains("<html lang=\"es\">"), "{spanish}");
}

async fn a_page_needs_nothing_of_the_database_but_the_invitation(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 24)], 5).await;
    let person = app.anonymous();
    for path in [links[0].path(), "/s/r1".to_owned()] {
        assert_eq!(person.page(&path).await.status, 200);
    }
    let hide = "ALTER TABLE manifests RENAME TO hidden_manifests; ALTER TABLE survey_versions RENAME TO hidden_versions; \
                ALTER TABLE headcounts RENAME TO hidden_headcounts; ALTER TABLE credential_keys RENAME TO hidden_keys;";
    app.connection().batch_execute(hide).unwrap();
    for path in [links[0].path(), links[1].path(), "/s/r1".to_owned()] {
        let page = person.page(&path).await;
        assert_eq!(page.status, 200, "{path}: {page}");
    }
}

async fn the_whole_form_is_sent_once_and_then_only_confirmed(app: TestApp) {
    open_with_keys(&app, "r1", &[("DOT", 24)], 5).await;
    let person = app.anonymous();
    let first = person.request(Method::GET, "/s/r1").send().await.unwrap();
    assert_eq!(
        (first.status(), &first.headers()["cache-control"]),
        (200.try_into().unwrap(), &"no-cache".parse().unwrap())
    );
    let etag = first.headers()[ETAG].clone();
    let ask = |path: &'static str| {
        person
            .request(Method::GET, path)
            .header(IF_NONE_MATCH, etag.clone())
    };
    let again = ask("/s/r1").send().await.unwrap();
    assert_eq!((again.status().as_u16(), &again.headers()[ETAG]), (304, &etag));
    assert!(again.bytes().await.unwrap().is_empty());
    assert_eq!(
        ask("/s/r1?lang=es").send().await.unwrap().status(),
        200,
        "another page"
    );

    // What is in memory does not outlive the round.
    close(&app).await;
    assert_eq!(ask("/s/r1").send().await.unwrap().status(), 410);
}
