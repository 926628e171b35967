//! RFC 9474, appendix A, byte by byte: the server's side, the client in Rust, and the browser's own file. And an
//! independent implementation that finishes what our server signed, and signs what our clients blinded.

use rapport::collect::Form;
use rapport::collect::credential::client::{self, Randomness};
use rapport::collect::credential::{PrivateKey, PublicKey, pss, token};
use rapport::demo::answers::Respondent;
use rapport::demo::world::generator;
use rapport::round::manifest::hex;
use rapport::survey::definition::{AnswerKind, Definition};
use serde_json::{Value, json};

use super::node::node;
use super::world::definition;

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("rfc9474.json")).unwrap()
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    unhex(vector[name].as_str().unwrap())
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn key_of(vector: &Value) -> PrivateKey {
    PrivateKey::new(&bytes(vector, "p"), &bytes(vector, "q"), &bytes(vector, "e")).unwrap()
}

fn randomness(vector: &Value) -> Randomness {
    let mut random = Randomness {
        token: [0; 32],
        prefix: [0; 32],
        salt: [0; 48],
        blind: bytes(vector, "r"),
    };
    if !bytes(vector, "salt").is_empty() {
        random.salt.copy_from_slice(&bytes(vector, "salt"));
    }
    random
}

#[test]
fn the_server_signs_and_verifies_every_vector_byte_by_byte() {
    assert_eq!(vectors().len(), 4);
    for vector in vectors() {
        let key = key_of(&vector);
        assert_eq!(hex(&key.public().modulus()), vector["n"]);
        let signed = key.sign_raw(&bytes(&vector, "blinded_msg")).unwrap();
        assert_eq!(hex(&signed), vector["blind_sig"], "{}", vector["name"]);

        let (message, salt) = (bytes(&vector, "input_msg"), bytes(&vector, "salt"));
        let encoded = pss::encode(&message, &salt, key.public().bits()).unwrap();
        assert_eq!(key.public().raw(&bytes(&vector, "sig")).unwrap(), encoded);
        assert!(pss::verify(&message, &encoded, salt.len(), key.public().bits()));
        // One bit elsewhere, in message or signature, and it is none.
        let mut other = message.clone();
        other[0] ^= 1;
        assert!(!pss::verify(&other, &encoded, salt.len(), key.public().bits()));
        for at in [0, 100, encoded.len() - 60, encoded.len() - 1] {
            let mut other = encoded.clone();
            other[at] ^= 4;
            assert!(
                !pss::verify(&message, &other, salt.len(), key.public().bits()),
                "{at}"
            );
        }
    }
}

#[test]
fn the_client_in_rust_blinds_and_finishes_every_vector_byte_by_byte() {
    for vector in vectors() {
        let key = key_of(&vector);
        let encoded = pss::encode(
            &bytes(&vector, "input_msg"),
            &bytes(&vector, "salt"),
            key.public().bits(),
        );
        let blinded = client::blind_encoded(key.public(), &encoded.unwrap(), &randomness(&vector)).unwrap();
        assert_eq!(hex(&blinded.message), vector["blinded_msg"], "{}", vector["name"]);
        let finished = blinded
            .unblinded(key.public(), &bytes(&vector, "blind_sig"))
            .unwrap();
        assert_eq!(hex(&finished), vector["sig"], "{}", vector["name"]);
    }
}

#[test]
fn the_browsers_file_blinds_and_finishes_every_vector_byte_by_byte() {
    let found = node("vectors", json!(vectors()));
    for (vector, found) in vectors().iter().zip(found.as_array().unwrap()) {
        let name = &vector["name"];
        assert_eq!(found["blinded"], vector["blinded_msg"], "{name}");
        assert_eq!(found["inverse"], vector["inv"], "{name}");
        assert_eq!(found["signature"], vector["sig"], "{name}");
        if let Some(encoded) = vector.get("encoded_msg") {
            assert_eq!(found["encoded"], *encoded, "{name}");
        }
    }
}

#[test]
fn an_independent_client_finishes_what_our_server_signed() {
    let key = PrivateKey::generate([3; 32]);
    assert_eq!(key.public().bits(), 2048);
    let jwk = json!(key.public().jwk());
    let token = "5a".repeat(32);
    let theirs = node("theirBlind", json!({ "jwk": jwk, "message": token }));
    let signed = key.sign_raw(&bytes(&theirs, "blinded")).unwrap();
    let finish = json!({ "jwk": jwk, "prepared": theirs["prepared"], "inverse": theirs["inverse"], "signature": hex(&signed) });
    let signature = node("theirFinish", finish);
    let prepared = bytes(&theirs, "prepared");
    let credential = rapport::collect::Credential {
        key_id: key.public().id(),
        token: prepared[32..].try_into().unwrap(),
        prefix: prepared[..32].try_into().unwrap(),
        signature: unhex(signature.as_str().unwrap()),
    };
    assert!(credential.is_signed_by(key.public()));
    assert!(
        !credential.is_signed_by(PrivateKey::generate([4; 32]).public()),
        "another key"
    );
}

#[test]
fn our_client_finishes_what_an_independent_server_signed_and_they_take_it() {
    let vector = &vectors()[0];
    let public = PublicKey::new(&bytes(vector, "n"), &bytes(vector, "e")).unwrap();
    let blinded = client::blind(&public, &Randomness::draw(&public).unwrap()).unwrap();
    let signed = node(
        "theirSign",
        json!({ "vector": vector, "blinded": hex(&blinded.message) }),
    );
    let credential = blinded.finish(&public, &unhex(signed.as_str().unwrap())).unwrap();
    let message = hex(&token::message(&credential.prefix, &credential.token));
    let given = json!({ "jwk": public.jwk(), "message": message, "signature": hex(&credential.signature) });
    assert_eq!(node("theirVerify", given), json!(true));
}

#[test]
fn both_clients_refuse_a_signature_of_another_key_and_a_tampered_one() {
    let (key, other) = (PrivateKey::generate([5; 32]), PrivateKey::generate([6; 32]));
    let random = Randomness::draw(key.public()).unwrap();
    let blinded = client::blind(key.public(), &random).unwrap();
    let good = key.sign_raw(&blinded.message).unwrap();
    let mut tampered = good.clone();
    tampered[200] ^= 1;
    let mut message = blinded.message.clone();
    message[0] = 0; // below any modulus of this size
    let foreign = other.sign_raw(&message).unwrap();
    assert!(blinded.finish(key.public(), &good).is_some());
    for bad in [
        &tampered,
        &foreign,
        &vec![0; 256],
        &vec![0xff; 256],
        &vec![1; 255],
    ] {
        assert!(blinded.finish(key.public(), bad).is_none());
        let given = json!({ "jwk": key.public().jwk(), "message": "00".repeat(64), "inverse": hex(&random.blind),
                            "blindSignature": hex(bad) });
        assert_eq!(node("tampered", given), json!("not a signature of this key"));
    }
}

#[test]
fn a_public_key_has_one_spelling_and_one_id() {
    let key = PrivateKey::generate([8; 32]);
    let spki = key.public().spki();
    assert_eq!(PublicKey::from_spki(&spki).unwrap().id(), key.public().id());
    for cut in [0, 1, 20, spki.len() - 1] {
        assert!(PublicKey::from_spki(&spki[..cut]).is_err(), "{cut}");
    }
    let longer = [spki.as_slice(), &[0]].concat();
    assert!(PublicKey::from_spki(&longer).is_err());
    assert_ne!(PrivateKey::generate([9; 32]).public().id(), key.public().id());
}

/// The items of a survey as the page tells its script.
fn items(definition: &Definition) -> Value {
    let item = |item: &rapport::survey::definition::Item| {
        let (kind, decimals) = match &item.answer {
            AnswerKind::Rating { .. } => ("rating", 0),
            AnswerKind::ImportanceSatisfaction { .. } => ("pair", 0),
            AnswerKind::SingleChoice { .. } => ("single", 0),
            AnswerKind::MultipleChoice { .. } => ("multiple", 0),
            AnswerKind::Number { decimals, .. } => ("number", *decimals),
            _ => ("text", 0),
        };
        let mut told = json!({ "id": item.id, "kind": kind, "decimals": decimals });
        if let Some(rule) = &item.show_if {
            told["showIf"] = rule.clone();
        }
        told
    };
    definition.items().map(item).collect()
}

/// Which questions are shown is decided in the browser, and judged again on the server: they must agree.
#[test]
fn the_browser_and_the_server_show_the_same_questions() {
    let mut definitions = vec![definition()];
    for file in std::fs::read_dir("surveys").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "json") {
            definitions.extend(serde_json::from_slice::<Definition>(&std::fs::read(path).unwrap()).ok());
        }
    }
    definitions.push(odd_rules());
    assert!(definitions.len() > 4);
    let mut with_rules = 0;
    for definition in definitions {
        let form = Form::prepare(definition.clone()).unwrap();
        let mut random = generator(definition.id.as_str());
        let all: Vec<_> = (0..200)
            .map(|n| {
                let respondent = Respondent::draw(f64::from(n % 7) - 3.0, &mut random);
                respondent.answer(&definition, |_, _| n % 2 == 0, &mut random)
            })
            .collect();
        let told = node("shown", json!({ "items": items(&definition), "all": all }));
        for (answers, told) in all.iter().zip(told.as_array().unwrap()) {
            let mut shown: Vec<_> = form
                .visibility()
                .visible(answers)
                .iter()
                .map(ToString::to_string)
                .collect();
            shown.sort();
            assert_eq!(json!(shown), *told, "{}: {answers:?}", definition.id);
        }
        with_rules += usize::from(form.visibility().has_rules());
    }
    assert!(with_rules >= 3, "rules were tried");
}

/// One rule for each operator, over answers of every kind.
fn odd_rules() -> Definition {
    let mut value = serde_json::to_value(definition()).unwrap();
    value["id"] = json!("odd-rules");
    let rules = [
        json!({ "==": [{ "var": "role" }, "manager"] }),
        json!({ "!==": [{ "var": "delivers" }, 3] }),
        json!({ "===": [{ "var": "delivers" }, 3] }),
        json!({ "!=": [{ "var": "days" }, null] }),
        json!({ "in": ["a", { "var": "needs" }] }),
        json!({ "in": [{ "var": "role" }, ["manager", "other"]] }),
        json!({ "and": [{ ">": [{ "var": "delivers" }, 2] }, { "<": [{ "var": "reliable" }, 4] }] }),
        json!({ "or": [{ "!": [{ "var": "role" }] }, { ">=": [{ "var": "cost.importance" }, 4] }] }),
        json!({ "<=": [1, { "var": "cost.satisfaction" }, 3] }),
        json!({ "if": [{ "var": "days" }, { ">": [{ "var": "days" }, 30] }, { "!!": [{ "var": "needs" }] }] }),
        json!({ ">": [{ "+": [{ "var": ["days", 0] }, 3] }, { "*": [2, { "var": ["days", 1] }] }] }),
        json!({ "<": [{ "-": [{ "var": ["days", 5] }, 2] }, { "/": [{ "var": ["days", 9] }, 2] }] }),
        json!({ "==": [{ "max": [1, { "var": ["days", 0] }] }, { "min": [7, { "var": ["days", 7] }] }] }),
        json!({ "missing": ["role", "days"] }),
        json!({ "missing_some": [1, ["role", "days"]] }),
    ];
    let text = |n: usize| json!({ "id": format!("odd-{n}"), "text": { "en": "x", "es": "x" }, "answer": { "type": "short_text", "max_length": 20 } });
    let asked: Vec<Value> = rules
        .into_iter()
        .enumerate()
        .map(|(n, rule)| {
            let mut item = text(n);
            item["show_if"] = rule;
            item
        })
        .collect();
    value["pages"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "odd", "title": { "en": "Odd", "es": "Odd" }, "items": asked }));
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_browser_sends_what_was_filled_in_as_the_api_takes_it() {
    let fields = json!([
        ["a.delivers", "2"],
        ["a.reliable", "opt-out"],
        ["a.why", "Because & <b>"],
        ["a.cost/importance", "5"],
        ["a.role", "manager"],
        ["a.needs", "a"],
        ["a.needs", "c"],
        ["a.days", " 3,5 "],
        ["a.short", "  "],
        ["other", "1"],
    ]);
    let told = node("read", json!({ "items": items(&definition()), "fields": fields }));
    let expected = json!({ "delivers": 2, "reliable": "opt-out", "why": "Because & <b>", "cost": { "importance": 5 },
                           "role": "manager", "needs": ["a", "c"], "days": 3.5 });
    assert_eq!(told, expected);
    for (typed, sent) in [
        ("1,000", json!("1,000")),
        ("1e3", json!("1e3")),
        ("-3", json!(-3)),
        (".5", json!(".5")),
    ] {
        let told = node(
            "read",
            json!({ "items": items(&definition()), "fields": [["a.days", typed]] }),
        );
        assert_eq!(told["days"], sent, "{typed}");
    }
}
