//! Claiming and spending over HTTP: once each, whatever gets lost, and nothing of anybody else's.

use futures_util::future::join_all;
use rapport::clock;
use rapport::collect::Credential;
use rapport::collect::credential::PublicKey;
use rapport::collect::credential::client::{self, Blinded, Randomness};
use rapport::round::manifest::hex;
use rapport::store::StoreError;
use serde_json::{Value, json};

use super::world::{close, count, good, open_with_keys, seal, send};
use crate::support::{Answer, Person, TestApp};

on_both_engines!(
    somebody_claims_answers_and_finds_their_receipt,
    a_lost_reply_at_either_step_costs_and_doubles_nothing,
    nobody_elses_credential_opens_anything,
    eight_at_once_claim_one_and_spend_one,
    an_invitation_answers_either_way_and_never_both,
    small_agencies_are_filed_together_whichever_way_they_answer,
    at_the_seal_who_took_part_is_forgotten,
);

/// What somebody sees of their invitation.
pub async fn key_of(person: &Person, code: &str) -> (PublicKey, Value) {
    let seen = person.get(&format!("/api/v1/invitations/{code}")).await.json();
    let unit = seen["unit"].clone();
    let key = PublicKey::from_spki(&unhex(unit["spki"].as_str().expect("a unit with a key"))).unwrap();
    (key, unit)
}

pub fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub async fn send_claim(person: &Person, code: &str, key: &PublicKey, blinded: &[u8]) -> Answer {
    let body = json!({ "key_id": hex(&key.id()), "blinded_message": hex(blinded) });
    person
        .post(&format!("/api/v1/invitations/{code}/claim"), body)
        .await
}

/// Claims as a browser does.
pub async fn claim(person: &Person, code: &str) -> Credential {
    let (key, _) = key_of(person, code).await;
    let blinded = blind(&key);
    let answer = send_claim(person, code, &key, &blinded.message).await;
    assert_eq!(answer.status, 200, "{answer}");
    finish(&key, &blinded, &answer)
}

fn blind(key: &PublicKey) -> Blinded {
    client::blind(key, &Randomness::draw(key).unwrap()).unwrap()
}

fn finish(key: &PublicKey, blinded: &Blinded, answer: &Answer) -> Credential {
    let signature = unhex(answer.json()["blind_signature"].as_str().unwrap());
    blinded.finish(key, &signature).expect("a signature of this key")
}

pub fn told(credential: &Credential) -> Value {
    json!({ "key_id": hex(&credential.key_id), "token": hex(&credential.token), "prefix": hex(&credential.prefix),
            "signature": hex(&credential.signature) })
}

/// Spends as a browser does: no token of a session, no cookie.
pub async fn spend(person: &Person, round: &str, key: &str, credential: &Value, answers: Value) -> Answer {
    let path = format!("/api/v1/rounds/{round}/responses");
    let body = json!({ "credential": credential, "answers": answers });
    let request = person.request(reqwest::Method::POST, &path);
    Answer::of(request.header("Idempotency-Key", key).json(&body)).await
}

async fn stored(app: &TestApp) -> i64 {
    count(app, "intake").await + count(app, "responses").await
}

async fn somebody_claims_answers_and_finds_their_receipt(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 24)], 5).await;
    let person = app.anonymous();

    // The manifest is public, and its digest is promised.
    let manifest = person.page("/rounds/r1/manifest.json").await;
    assert_eq!(manifest.status, 200, "{manifest}");
    let seen = person
        .get(&format!("/api/v1/invitations/{}", links[0].code.as_str()))
        .await
        .json();
    let digest = rapport::survey::canonical::digest_of_text(&manifest.text);
    assert_eq!(seen["promise"]["manifest_digest"], digest);
    let readable = person.page("/rounds/r1/manifest").await;
    assert!(readable.text.contains(&digest), "{readable}");
    let promise = person.page(&links[0].path()).await;
    assert!(
        promise.text.contains(&digest) && promise.text.contains("Nobody, including the people"),
        "{promise}"
    );

    let mut tokens = Vec::new();
    for (n, link) in links.iter().take(12).enumerate() {
        let credential = told(&claim(&person, link.code.as_str()).await);
        let answer = spend(&person, "r1", "k", &credential, good()).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (201, r#"{"round":"r1","mode":"anonymous","stored":true}"#)
        );
        assert_eq!(stored(&app).await, i64::try_from(n + 1).unwrap());
        tokens.push(credential["token"].as_str().unwrap().to_owned());
    }
    assert_eq!(count(&app, "invitations WHERE used").await, 12);
    assert_eq!(count(&app, "claims").await, 12);
    assert_eq!(
        count(&app, "credential_keys WHERE private_key IS NOT NULL").await,
        1
    );
    assert_eq!(
        person.page("/rounds/r1/receipts.txt").await.status,
        404,
        "not before the close"
    );

    close(&app).await;
    let receipts = person.page("/rounds/r1/receipts.txt").await;
    tokens.sort();
    assert_eq!(receipts.text.lines().collect::<Vec<_>>(), tokens);
    let page = person.page("/rounds/r1/receipts").await;
    assert!(
        page.text.contains("Invited: 24. Claimed: 12. Received: 12."),
        "{page}"
    );
    assert!(
        page.text.contains("at least 10") && page.text.contains("fewer than 5"),
        "{page}"
    );

    assert_eq!(
        count(&app, "credential_keys WHERE private_key IS NOT NULL").await,
        0
    );
    assert_eq!(count(&app, "claims").await, 0);
    assert_eq!(
        count(
            &app,
            "audit_log WHERE action = 'round.destroy-keys' AND subject = 'r1'"
        )
        .await,
        1
    );
}

async fn a_lost_reply_at_either_step_costs_and_doubles_nothing(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 20)], 5).await;
    let (person, code) = (app.anonymous(), links[0].code.as_str());
    let (key, _) = key_of(&person, code).await;
    let blinded = blind(&key);
    let first = send_claim(&person, code, &key, &blinded.message).await;
    let again = send_claim(&app.anonymous(), code, &key, &blinded.message).await;
    assert_eq!((again.status, &again.text), (200, &first.text));
    let other = send_claim(&person, code, &key, &blind(&key).message).await;
    assert_eq!((other.status, other.code().as_str()), (409, "claimed-already"));

    let credential = told(&finish(&key, &blinded, &again));
    let sent = spend(&person, "r1", "key", &credential, good()).await;
    let repeated = spend(&app.anonymous(), "r1", "key", &credential, good()).await;
    assert_eq!((repeated.status, &repeated.text), (201, &sent.text));
    for (key, answers) in [("key", json!({ "delivers": 1 })), ("other", good())] {
        let refused = spend(&person, "r1", key, &credential, answers).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "credential-spent"),
            "{key}"
        );
    }
    assert_eq!(stored(&app).await, 1);

    // Mixed and closed, the same submission still gets its receipt, and no other.
    for link in &links[1..6] {
        let other = told(&claim(&person, link.code.as_str()).await);
        assert_eq!(spend(&person, "r1", "k", &other, good()).await.status, 201);
    }
    assert_eq!(spend(&person, "r1", "key", &credential, good()).await.status, 201);
    close(&app).await;
    assert_eq!(spend(&person, "r1", "key", &credential, good()).await.status, 201);
    let late = told(&Credential {
        token: [1; 32],
        ..credential_of(&credential)
    });
    assert_eq!(
        spend(&person, "r1", "k", &late, good()).await.code(),
        "credential-not-valid"
    );
    assert_eq!(stored(&app).await, 6);
}

fn credential_of(told: &Value) -> Credential {
    let bytes = |name: &str| unhex(told[name].as_str().unwrap());
    Credential {
        key_id: bytes("key_id").try_into().unwrap(),
        token: bytes("token").try_into().unwrap(),
        prefix: bytes("prefix").try_into().unwrap(),
        signature: bytes("signature"),
    }
}

async fn nobody_elses_credential_opens_anything(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 20), ("REV", 20)], 5).await;
    let others = open_with_keys(&app, "r2", &[("DOT", 20)], 5).await;
    let person = app.anonymous();
    let (dot, rev) = (links[0].code.as_str(), links[20].code.as_str());
    let good_one = claim(&person, dot).await;

    // A key of another unit, of another round, and of nobody.
    let (rev_key, _) = key_of(&person, rev).await;
    let (r2_key, _) = key_of(&person, others[0].code.as_str()).await;
    let mine = rapport::collect::credential::PrivateKey::generate([1; 32]);
    for key in [&rev_key, &r2_key, mine.public()] {
        let refused = send_claim(&person, links[1].code.as_str(), key, &blind(key).message).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (422, "invalid"),
            "{refused}"
        );
    }
    // What is no blinded message, and what is no hexadecimal text.
    let (key, _) = key_of(&person, links[1].code.as_str()).await;
    for bad in [vec![0xff; 256], vec![1; 255], vec![]] {
        let refused = send_claim(&person, links[1].code.as_str(), &key, &bad).await;
        assert_eq!(refused.status, 422, "{refused}");
    }
    assert_eq!(count(&app, "claims").await, 1);

    // The credential in another round, under another key, tampered with, signed by somebody else.
    let good_told = told(&good_one);
    let refused = spend(&person, "r2", "k", &good_told, good()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "credential-not-valid")
    );
    let with = |field: &str, value: String| {
        let mut changed = good_told.clone();
        changed[field] = json!(value);
        changed
    };
    let mut signature = good_one.signature.clone();
    signature[100] ^= 1;
    let own = blind(mine.public());
    let forged = own
        .finish(mine.public(), &mine.sign_raw(&own.message).unwrap())
        .unwrap();
    let attempts = [
        with("key_id", hex(&rev_key.id())),
        with("key_id", hex(&mine.public().id())),
        with("token", "00".repeat(32)),
        with("prefix", "00".repeat(32)),
        with("signature", hex(&signature)),
        with("signature", "00".repeat(256)),
        with("signature", "ff".repeat(256)),
        told(&forged),
        with("signature", "ab".to_owned()),
    ];
    for attempt in attempts {
        let refused = spend(&person, "r1", "k", &attempt, good()).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "credential-not-valid"),
            "{attempt}"
        );
    }
    for malformed in [
        with("token", "xyz".to_owned()),
        with("token", "0".repeat(62)),
        with("signature", "a".repeat(9999)),
    ] {
        assert_eq!(spend(&person, "r1", "k", &malformed, good()).await.status, 422);
    }
    // Both at once would say who answered.
    let both = json!({ "credential": good_told, "invitation": rev, "answers": good() });
    let request = person
        .request(reqwest::Method::POST, "/api/v1/rounds/r1/responses")
        .header("Idempotency-Key", "k");
    assert_eq!(Answer::of(request.json(&both)).await.status, 422);
    assert_eq!(stored(&app).await, 0, "nothing of all this was stored");
    assert_eq!(count(&app, "spent_tokens").await, 0);
    // A refused answer costs nothing either.
    assert_eq!(
        spend(&person, "r1", "k", &good_told, json!({ "nothing": 1 }))
            .await
            .status,
        422
    );
    assert_eq!(spend(&person, "r1", "k", &good_told, good()).await.status, 201);
}

async fn eight_at_once_claim_one_and_spend_one(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 20)], 5).await;
    for (round, link) in links.iter().take(6).enumerate() {
        let people: Vec<_> = (0..8).map(|_| app.anonymous()).collect();
        let (key, _) = key_of(&people[0], link.code.as_str()).await;
        let blinded: Vec<_> = (0..8).map(|_| blind(&key)).collect();
        let tries = people
            .iter()
            .zip(&blinded)
            .map(|(person, blinded)| send_claim(person, link.code.as_str(), &key, &blinded.message));
        let answers = join_all(tries).await;
        let won: Vec<_> = answers
            .iter()
            .zip(&blinded)
            .filter(|(answer, _)| answer.status == 200)
            .collect();
        assert_eq!(won.len(), 1);
        assert!(answers.iter().filter(|answer| answer.status == 409).count() == 7);
        let credential = told(&finish(&key, won[0].1, won[0].0));
        let tries = people.iter().enumerate().map(|(n, person)| {
            let credential = &credential;
            async move {
                spend(
                    person,
                    "r1",
                    &format!("k{n}"),
                    credential,
                    json!({ "delivers": 1 + n % 5 }),
                )
                .await
            }
        });
        let statuses: Vec<u16> = join_all(tries).await.iter().map(|answer| answer.status).collect();
        assert_eq!(
            statuses.iter().filter(|status| **status == 201).count(),
            1,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == 409).count(),
            7,
            "{statuses:?}"
        );
        assert_eq!(stored(&app).await, i64::try_from(round + 1).unwrap());
        assert_eq!(
            count(&app, "spent_tokens").await,
            i64::try_from(round + 1).unwrap()
        );
    }
}

async fn an_invitation_answers_either_way_and_never_both(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 20)], 5).await;
    let person = app.anonymous();
    let (answered, claimed) = (links[0].code.as_str(), links[1].code.as_str());
    assert_eq!(send(&person, answered, "k", good()).await.status, 201);
    let (key, _) = key_of(&person, answered).await;
    let refused = send_claim(&person, answered, &key, &blind(&key).message).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "invitation-used")
    );

    let credential = told(&claim(&person, claimed).await);
    let refused = send(&person, claimed, "k", good()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "invitation-used")
    );
    let page = person.page(&links[1].path()).await;
    assert!(
        page.status == 200 && page.text.contains("This invitation was taken up"),
        "{page}"
    );
    assert_eq!(stored(&app).await, 1);
    assert_eq!(spend(&person, "r1", "k", &credential, good()).await.status, 201);

    // The attributed audience has no credentials: its answers bear the name.
    let leaders = super::world::open_round_named(&app, "r3", 1, 1, 5).await;
    let leader = leaders["leaders"][0].code.as_str();
    let refused = send_claim(&person, leader, &key, &blind(&key).message).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "no-credentials"));
}

async fn small_agencies_are_filed_together_whichever_way_they_answer(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("ART", 8), ("ARC", 22), ("DOT", 30)], 5).await;
    let person = app.anonymous();
    let seen = person
        .get(&format!("/api/v1/invitations/{}", links[0].code.as_str()))
        .await
        .json();
    assert_eq!(seen["unit"]["agencies"], json!(["ARC", "ART"]));
    assert_eq!(seen["unit"]["invited"], 30);
    assert_eq!(
        seen["promise"]["audiences"]["staff"]["clusters"],
        json!({ "ARC": "ARC-and-others", "ART": "ARC-and-others" })
    );
    let promise = person.page(&links[0].path()).await;
    assert!(promise.text.contains("ARC, ART, 30 invited people"), "{promise}");
    // Two of the small one, with and without a credential; and one of each other agency.
    assert_eq!(
        send(&person, links[0].code.as_str(), "k", good()).await.status,
        201
    );
    for place in [1, 8, 30] {
        let credential = told(&claim(&person, links[place].code.as_str()).await);
        assert_eq!(spend(&person, "r1", "k", &credential, good()).await.status, 201);
    }
    assert_eq!(count(&app, "intake WHERE agency = 'ARC'").await, 3);
    assert_eq!(count(&app, "intake WHERE agency = 'DOT'").await, 1);
    let designer = app.designer().await;
    let progress = designer.get("/api/v1/rounds/r1/progress").await.json();
    let lines = &progress["audiences"][0]["agencies"];
    assert_eq!(
        (&lines[0]["agency"], &lines[0]["with"], &lines[0]["invited"]),
        (&json!("ARC"), &json!(["ART"]), &json!(30))
    );
}

async fn at_the_seal_who_took_part_is_forgotten(app: TestApp) {
    let links = open_with_keys(&app, "r1", &[("DOT", 30)], 5).await;
    let person = app.anonymous();
    for (n, link) in links.iter().take(16).enumerate() {
        if n % 2 == 0 {
            assert_eq!(send(&person, link.code.as_str(), "k", good()).await.status, 201);
        } else {
            let credential = told(&claim(&person, link.code.as_str()).await);
            assert_eq!(spend(&person, "r1", "k", &credential, good()).await.status, 201);
        }
    }
    close(&app).await;
    assert_eq!(count(&app, "invitations WHERE used").await, 16);
    seal(&app.store).await;
    assert_eq!(
        count(&app, "invitations WHERE used OR submission_key IS NOT NULL").await,
        0
    );
    assert_eq!(
        count(&app, "invitations").await,
        30,
        "the list of who was invited stays"
    );
    assert_eq!(
        count(&app, "spent_tokens WHERE mark IS NULL AND key_id IS NULL").await,
        8
    );
    assert_eq!(
        person.page("/rounds/r1/receipts.txt").await.text.lines().count(),
        8
    );
    let late = send(&person, links[0].code.as_str(), "k", good()).await;
    assert_eq!((late.status, late.code().as_str()), (410, "round-closed"));
    let designer = app.designer().await;
    let progress = designer.get("/api/v1/rounds/r1/progress").await.json();
    assert_eq!(progress["audiences"][0]["answered"], 15, "counts stay");
}

#[tokio::test]
async fn without_a_key_secret_no_round_with_credentials_opens_and_the_remedy_is_named() {
    let app = TestApp::sqlite().await;
    super::world::plan_with_keys(&app, "r1", &[("DOT", 20)], 5).await;
    let id = "r1".parse().unwrap();
    let refused = rapport::round::opening::keys_for(&app.store, None, &id, clock::now(), |_, _| ()).await;
    let told = refused.err().unwrap().to_string();
    assert!(
        told.contains("RAPPORT_KEY_SECRET") && told.contains("32 bytes"),
        "{told}"
    );
    let state = app
        .store
        .read(move |conn| -> Result<_, StoreError> { Ok(rapport::round::find(conn, &id).unwrap().state) });
    assert_eq!(state.await.unwrap(), rapport::round::RoundState::Draft);
}
