//! Rounds: what may be done when, what is frozen, and who is invited.

mod extend;
mod frozen;
mod http;
mod life;
mod look;
mod roster;

use jiff::Timestamp;
use rapport::agency;
use rapport::round::roster::Imported;
use rapport::round::{self, Audience, Mode, NewRound, Round, RoundError, RoundId, RoundThresholds};
use rapport::store::Store;
use rapport::survey::{parse, publish};

/// Three agencies, the pulse published, and a round `r` with an anonymous and an attributed audience.
pub async fn planned(store: &Store) -> RoundId {
    store
        .write(|conn| {
            agency::import(
                conn,
                b"code,name,cluster\nDOT,Transportation,\nDOC,Commerce,\nBB,Barbers,small\n",
                None,
            )
        })
        .await
        .unwrap();
    store.write(publish_pulse).await.unwrap();
    store
        .write(|conn| round::create(conn, plan("r")))
        .await
        .unwrap()
        .id
}

fn publish_pulse(conn: &mut rapport::store::Conn) -> Result<(), publish::PublishError> {
    let text = include_bytes!("../../surveys/quarterly-pulse.v1.json");
    let definition = parse::read(text).unwrap();
    publish::publish(conn, &definition, "tests", at("2026-01-01T00:00:00Z"))?;
    Ok(())
}

pub fn plan(id: &str) -> NewRound {
    let audience = |name: &str, mode| Audience {
        name: name.parse().unwrap(),
        title: name.to_owned(),
        mode,
    };
    NewRound {
        id: id.parse().unwrap(),
        title: "A pulse".to_owned(),
        survey: "quarterly-pulse".parse().unwrap(),
        version: 1,
        audiences: vec![
            audience("staff", Mode::Anonymous),
            audience("leaders", Mode::Attributed),
        ],
        thresholds: RoundThresholds::default(),
        opens_at: None,
        closes_at: None,
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The instant at which the tests' rounds open.
pub fn morning() -> Timestamp {
    at("2026-09-01T06:00:00Z")
}

pub const STAFF: &str = "agency,person,email,role\nDOT,p1,p1@x.gov,staff\nDOT,p2,p2@x.gov,lead\nBB,p3,,\n";
pub const LEADERS: &str = "agency,person,name,email\nDOT,d1,Ana Núñez,ana@x.gov\n";

pub async fn import(store: &Store, audience: &str, csv: &str) -> Result<Imported, RoundError> {
    let (audience, csv) = (audience.parse().unwrap(), csv.to_owned());
    store
        .write(move |conn| round::roster::import(conn, &"r".parse().unwrap(), &audience, csv.as_bytes()))
        .await
}

/// The round of [`planned`] with both rosters.
pub async fn invited(store: &Store) -> RoundId {
    let id = planned(store).await;
    import(store, "staff", STAFF).await.unwrap();
    import(store, "leaders", LEADERS).await.unwrap();
    id
}

/// The round of [`planned`], open.
pub async fn opened(store: &Store) -> Round {
    let id = invited(store).await;
    store
        .write(move |conn| round::open(conn, &id, morning()))
        .await
        .unwrap()
}
