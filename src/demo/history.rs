//! Two years of the demo's state, lived through in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rust_embed::RustEmbed;
use thiserror::Error;

use super::answers::Respondent;
use super::calendar::{Fielding, fieldings, reorganisation};
use super::files;
use super::replies;
use super::world::{AGENCIES, DemoAgency, RoundKind, generator};
use crate::agency::{self, AgencyCode};
use crate::collect::credential::PublicKey;
use crate::collect::credential::client::{self, Randomness};
use crate::collect::{Claim, Form, IdempotencyKey, Intake, Receipt, Spending, Submission};
use crate::identity::users::{self, NewUser};
use crate::identity::{Actor, Email, Role, password};
use crate::report;
use crate::report::comments::review::{self, ReviewError, Verdict};
use crate::round::{
    self, Audience, AudienceName, InvitationLink, Keyring, Mode, NewRound, RoundId, RoundThresholds,
    manifest, opening,
};
use crate::slug::BadSlug;
use crate::store::comments::Decided;
use crate::store::{Conn, Store, StoreError};
use crate::survey::definition::{Definition, ItemId};
use crate::survey::{parse, publish};

/// The surveys that ship.
#[derive(RustEmbed)]
#[folder = "surveys"]
#[include = "*.v*.json"]
struct Shipped;

/// The seconds of real time that a demo may take are spent on responses; so many are under way at once.
const UNDER_WAY: usize = 128;

/// The share of people whose browser runs scripts.
const WITH_SCRIPTS: f64 = 0.9;

/// The share of leaders who answer under their own names.
const LEADERS_ANSWER: f64 = 0.62;

/// How much of the state answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// About 22 000 responses.
    Full,
    /// The same agencies with at most 60 people each, two yearly rounds and one pulse: for tests.
    Small,
}

impl Size {
    fn most_people(self) -> u32 {
        match self {
            Self::Full => u32::MAX,
            Self::Small => 60,
        }
    }
}

/// What somebody who starts the demo needs to know.
#[derive(Debug, Clone)]
pub struct Guide {
    /// One sign-in for each role: the role in words, and the address to sign in with.
    pub sign_ins: Vec<(&'static str, &'static str)>,
    /// The password of all of them.
    pub password: String,
    /// The code of an unused invitation to the round that is open.
    pub invitation: String,
    /// The code of an unused invitation whose answers bear the name of the invited leader.
    pub attributed_invitation: String,
    /// The round that is open.
    pub open_round: RoundId,
    /// How many responses were collected.
    pub responses: usize,
}

/// Why the demo could not be made.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The database holds something already, and the demo would mix its inventions with it.
    #[error("the database is not empty; give the demo an empty folder or database of its own")]
    NotEmpty,
    /// The state of the demo was refused by one of the doors: a defect of the demo.
    #[error("the demo's {what} was refused: {why}")]
    Refused {
        /// Which part.
        what: String,
        /// What the door said.
        why: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes the state in an empty, migrated database. `told` hears how many of how many steps are done.
///
/// # Errors
/// [`DemoError`] says which part was refused, and why.
pub async fn build(
    store: &Store,
    keyring: Option<Keyring>,
    size: Size,
    password: &str,
    now: Timestamp,
    told: impl Fn(usize, usize),
) -> Result<Guide, DemoError> {
    let intake = Intake::new(store.clone()).with_keyring(keyring);
    refuse_if_inhabited(store).await?;
    publish_surveys(store, now).await?;

    let mut plan = fieldings(now).map_err(refused("calendar"))?;
    if size == Size::Small {
        let mut pulses = 0;
        plan.retain(|round| {
            round.kind == RoundKind::Yearly || {
                pulses += 1;
                pulses == 3
            }
        });
    }
    let all = expected_responses(&plan, size, now);
    let mut responses = 0;
    let mut reorganised = None;
    let mut open = None;
    let mut yearly = Vec::new();
    for fielding in plan {
        if reorganised != Some(fielding.after_reorganisation) {
            import_agencies(store, fielding.after_reorganisation, now).await?;
            if reorganised.is_none() {
                // A viewer of one agency can be added only once that agency is there.
                add_people_who_sign_in(store, password, now).await?;
            }
            reorganised = Some(fielding.after_reorganisation);
        }
        let is_over = fielding.closes < now;
        let invited = Invited::to(store, &intake, &fielding, size, is_over).await?;
        let answering = invited.who_answer(&fielding, is_over);
        responses += collect(store, &intake, &fielding, &answering, |done| {
            told(responses + done, all)
        })
        .await?;
        if is_over {
            close_and_publish(store, &invited.round, fielding.closes).await?;
            if fielding.kind == RoundKind::Yearly {
                yearly.push((invited.round.clone(), fielding.closes));
            }
        } else {
            open = Some(invited.unused(&answering)?);
        }
    }
    replies::answer_back(store, yearly, now).await?;
    told(all, all);
    let (open_round, invitation, attributed_invitation) = open.ok_or(DemoError::NotEmpty)?;
    Ok(Guide {
        sign_ins: SIGN_INS.iter().map(|(email, _, role)| (*role, *email)).collect(),
        password: password.to_owned(),
        invitation,
        attributed_invitation,
        open_round,
        responses,
    })
}

/// One sign-in for each role: address, name, and the role in words.
const SIGN_INS: [(&str, &str, &str); 5] = [
    ("admin@demo.example.gov", "Alma Admin", "admin"),
    ("designer@demo.example.gov", "Dario Designer", "survey designer"),
    (
        "leader@demo.example.gov",
        "Lucía Leader",
        "leadership (all agencies)",
    ),
    (replies::MANAGER, "Mara Manager", "relationship manager (LAB)"),
    (
        "viewer@demo.example.gov",
        "Vic Viewer",
        "viewer of one agency (LAB)",
    ),
];

fn roles_of(email: &str) -> Result<BTreeSet<Role>, BadSlug> {
    Ok(BTreeSet::from([match email.split('@').next() {
        Some("admin") => Role::Admin,
        Some("designer") => Role::Designer,
        Some("leader") => Role::Leadership,
        Some("manager") => Role::Manager(replies::MANAGED.parse::<AgencyCode>()?),
        _ => Role::Viewer("LAB".parse::<AgencyCode>()?),
    }]))
}

/// The people invited to one round.
struct Invited {
    round: RoundId,
    kind: RoundKind,
    staff: Vec<InvitationLink>,
    leaders: Vec<InvitationLink>,
}

/// Somebody who will answer: the invitation, and how they see the office.
struct Answering {
    code_hash: Vec<u8>,
    person: String,
    agency: AgencyCode,
    respondent: Respondent,
    /// Whether they answer with a credential, where the round signs any.
    unlinkably: bool,
}

impl Invited {
    /// Creates the round, imports its rosters and opens it, at the time at which it opened. Past rounds were answered
    /// with invitations; the one that is open signs credentials.
    async fn to(
        store: &Store,
        intake: &Intake,
        fielding: &Fielding,
        size: Size,
        is_over: bool,
    ) -> Result<Self, DemoError> {
        let (plan, opens) = (fielding.clone(), fielding.opens);
        let invited = store.write(move |conn| Self::plan(conn, &plan, size)).await?;
        let keys = match is_over {
            true => None,
            false => {
                let making = opening::keys_for(store, intake.keyring(), &invited.round, opens, |_, _| ());
                Some(making.await.map_err(refused("keys of a round"))?)
            }
        };
        let id = invited.round.clone();
        let opened = store.write(move |conn| {
            let opened = match keys {
                Some(keys) => round::open_with(conn, &id, &keys, opens),
                None => round::open(conn, &id, opens),
            };
            opened.map_err(refused("opening of a round"))
        });
        opened.await?;
        Ok(invited)
    }

    fn plan(conn: &mut Conn, fielding: &Fielding, size: Size) -> Result<Self, DemoError> {
        let id: RoundId = fielding.id.parse().map_err(refused("round id"))?;
        let (staff, leaders) = (audience_name("staff")?, audience_name("leaders")?);
        let mut audiences = vec![Audience {
            name: staff.clone(),
            title: "All staff".into(),
            mode: Mode::Anonymous,
        }];
        if fielding.kind == RoundKind::Yearly {
            audiences.push(Audience {
                name: leaders.clone(),
                title: "Directors and IT managers".into(),
                mode: Mode::Attributed,
            });
        }
        let plan = NewRound {
            id: id.clone(),
            title: fielding.title.clone(),
            survey: survey_of(fielding.kind).parse().map_err(refused("survey id"))?,
            version: fielding.version,
            audiences,
            thresholds: RoundThresholds::default(),
            opens_at: Some(fielding.opens),
            closes_at: Some(fielding.closes),
        };
        round::create(conn, plan).map_err(refused("plan of a round"))?;
        let mut import = |audience: &AudienceName, csv: &str| {
            let imported = round::roster::import(conn, &id, audience, csv.as_bytes());
            Ok::<_, DemoError>(imported.map_err(refused("roster"))?.links)
        };
        let staff = import(
            &staff,
            &files::staff(fielding.after_reorganisation, size.most_people()),
        )?;
        let leaders = match fielding.kind {
            RoundKind::Yearly => import(&leaders, &files::leaders(fielding.after_reorganisation))?,
            RoundKind::Pulse => Vec::new(),
        };
        Ok(Self {
            round: id,
            kind: fielding.kind,
            staff,
            leaders,
        })
    }

    /// Who answers, and with what view. Of a round that is still open only some have answered yet.
    fn who_answer(&self, fielding: &Fielding, is_over: bool) -> Vec<Answering> {
        let so_far = share_so_far(is_over);
        let mut random = generator(&format!("who answers after {:.3} years", fielding.years));
        let mut scripts = generator(&format!(
            "whose browser runs scripts after {:.3} years",
            fielding.years
        ));
        let mut answering = Vec::new();
        for (link, is_leader) in self
            .staff
            .iter()
            .map(|link| (link, false))
            .chain(self.leaders.iter().map(|link| (link, true)))
        {
            let Some(agency) = agency_of_person(&link.person) else {
                continue;
            };
            let rate = if is_leader {
                LEADERS_ANSWER
            } else {
                agency.response_rate(self.kind)
            };
            let respondent = Respondent::draw(agency.view(fielding.years), &mut random);
            if random.random::<f64>() < rate * so_far {
                answering.push(Answering {
                    code_hash: link.code.hash().to_vec(),
                    person: link.person.clone(),
                    agency: link.agency.clone(),
                    respondent,
                    unlinkably: !is_leader && scripts.random::<f64>() < WITH_SCRIPTS,
                });
            }
        }
        answering
    }

    /// An invitation of each audience that nobody has used.
    fn unused(&self, answering: &[Answering]) -> Result<(RoundId, String, String), DemoError> {
        let used: BTreeSet<&str> = answering.iter().map(|one| one.person.as_str()).collect();
        let free = |links: &[InvitationLink]| {
            let link = links
                .iter()
                .find(|link| link.language.as_str() == "en" && !used.contains(link.person.as_str()));
            link.map(|link| link.code.as_str().to_owned())
        };
        let nobody = || refused("open round")("every invitation is used");
        Ok((
            self.round.clone(),
            free(&self.staff).ok_or_else(nobody)?,
            free(&self.leaders).ok_or_else(nobody)?,
        ))
    }
}

async fn refuse_if_inhabited(store: &Store) -> Result<(), DemoError> {
    let inhabited = store.read(|conn| -> Result<bool, DemoError> {
        let agencies = agency::list(conn, None, 1)?;
        let rounds = round::list(conn, None, 1)?;
        Ok(!agencies.is_empty() || !rounds.is_empty())
    });
    if inhabited.await? {
        Err(DemoError::NotEmpty)
    } else {
        Ok(())
    }
}

/// About how many responses this plan will bring, for the progress bar.
fn expected_responses(plan: &[Fielding], size: Size, now: Timestamp) -> usize {
    let invited = |fielding: &Fielding| -> f64 {
        AGENCIES
            .iter()
            .map(|agency| {
                f64::from(agency.people.min(size.most_people())) * agency.response_rate(fielding.kind)
            })
            .sum()
    };
    let expected: f64 = plan
        .iter()
        .map(|fielding| invited(fielding) * share_so_far(fielding.closes < now))
        .sum();
    // A progress bar needs no more than three digits of it.
    (0..1_000_u32)
        .map(|step| step * 100)
        .find(|count| f64::from(*count) >= expected)
        .and_then(|count| usize::try_from(count).ok())
        .unwrap_or(0)
}

/// One hash serves them all: they share the password that the demo prints.
async fn add_people_who_sign_in(store: &Store, password: &str, now: Timestamp) -> Result<(), DemoError> {
    let password = password::hash(password).map_err(refused("password"))?;
    store
        .write(move |conn| {
            for (email, name, _) in SIGN_INS {
                let roles = roles_of(email).map_err(refused("role"))?;
                let email = email.parse::<Email>().map_err(refused("address"))?;
                let new = NewUser {
                    email,
                    name: name.to_owned(),
                    password: password.clone(),
                    roles,
                };
                users::add(conn, &Actor::operator(), &new, now).map_err(refused("user"))?;
            }
            Ok(())
        })
        .await
}

async fn publish_surveys(store: &Store, now: Timestamp) -> Result<(), DemoError> {
    let mut definitions = Vec::<Definition>::new();
    for name in Shipped::iter() {
        let file = Shipped::get(&name).ok_or_else(|| refused(&name)("it is not in the binary"))?;
        definitions.push(parse::parse(&file.data).map_err(|problems| {
            refused(&name)(
                problems
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?);
    }
    definitions.sort_by_key(|definition| (definition.id.clone(), definition.version));
    store
        .write(move |conn| {
            for definition in &definitions {
                publish::publish(conn, definition, "demo", now).map_err(refused(definition.id.as_str()))?;
            }
            Ok(())
        })
        .await
}

async fn import_agencies(store: &Store, after_reorganisation: bool, now: Timestamp) -> Result<(), DemoError> {
    let day = reorganisation(now).map_err(refused("calendar"))?.to_string();
    store
        .write(move |conn| {
            let lineage = after_reorganisation.then(|| files::lineage(&day));
            let agencies = files::agencies(after_reorganisation);
            agency::import(conn, agencies.as_bytes(), lineage.as_ref().map(String::as_bytes))
                .map_err(refused("agencies"))?;
            Ok(())
        })
        .await
}

/// Sends every answer through the intake, many at once, as the hour after the invitation mail does.
async fn collect(
    store: &Store,
    intake: &Intake,
    fielding: &Fielding,
    answering: &[Answering],
    told: impl Fn(usize),
) -> Result<usize, DemoError> {
    let (survey, version) = (survey_of(fielding.kind), fielding.version);
    let survey = survey.parse().map_err(refused(survey))?;
    let forms = Arc::clone(intake.forms());
    let form = store.read(move |conn| forms.get(conn, &survey, version)).await?;
    let two_days_in = fielding.opens + SignedDuration::from_hours(48);
    let mut random = generator(&format!("answers after {:.3} years", fielding.years));
    let id: RoundId = fielding.id.parse().map_err(refused("round id"))?;
    let signs = keys_by_agency(store, &id).await?;
    let mut submissions: Vec<_> = answering
        .iter()
        .map(|one| Ok((one, submission(one, &form, &mut random)?)))
        .collect::<Result<_, DemoError>>()?;
    // Agency by agency: so each is mixed a few times and not at every tenth response. Nothing tells the order afterwards.
    submissions.sort_by(|(one, _), (other, _)| one.agency.cmp(&other.agency));
    let mut sending = stream::iter(submissions)
        .map(|(one, submission)| {
            let (signs, id) = (&signs, &id);
            async move {
                match signs.get(&one.agency).filter(|_| one.unlinkably) {
                    Some(key) => unlinkably(intake, key, id, submission, two_days_in).await,
                    None => intake
                        .receive(submission, two_days_in)
                        .await
                        .map_err(refused("response")),
                }
            }
        })
        .buffer_unordered(UNDER_WAY);
    let mut done = 0;
    while let Some(_receipt) = sending.try_next().await? {
        done += 1;
        told(done);
    }
    Ok(done)
}

/// Which key signs for the staff of which agency; nothing where the round signs no credentials.
async fn keys_by_agency(store: &Store, id: &RoundId) -> Result<BTreeMap<AgencyCode, PublicKey>, DemoError> {
    let id = id.clone();
    let published = store.read(move |conn| manifest::find(conn, &id)).await?;
    let units = published
        .into_iter()
        .flat_map(|published| published.manifest.audiences.into_values())
        .flat_map(|audience| audience.units);
    let mut keys = BTreeMap::new();
    for unit in units {
        let key = unit.public_key().map_err(refused("key of a unit"))?;
        keys.extend(unit.agencies.into_iter().map(|agency| (agency, key.clone())));
    }
    Ok(keys)
}

/// Claims a credential and answers with it, as a browser does.
async fn unlinkably(
    intake: &Intake,
    key: &PublicKey,
    round: &RoundId,
    submission: Submission,
    now: Timestamp,
) -> Result<Receipt, DemoError> {
    let unblinded = || refused("credential")("it is not one of its key");
    let random = Randomness::draw(key).map_err(refused("randomness"))?;
    let blinded = client::blind(key, &random).ok_or_else(unblinded)?;
    let claim = Claim {
        code_hash: submission.code_hash,
        key_id: key.id().to_vec(),
        blinded: blinded.message.clone(),
    };
    let claimed = intake.claim(claim, now).await.map_err(refused("claim"))?;
    let credential = blinded.finish(key, &claimed.signature).ok_or_else(unblinded)?;
    let spending = Spending {
        round: round.clone(),
        credential,
        key: submission.key,
        answers: submission.answers,
    };
    intake.spend(spending, now).await.map_err(refused("response"))
}

fn submission(one: &Answering, form: &Form, random: &mut impl Rng) -> Result<Submission, DemoError> {
    let shown = |item: &ItemId, answers: &_| form.visibility().is_visible(item, answers);
    let key = format!("demo-{:032x}", random.random::<u128>());
    Ok(Submission {
        code_hash: one.code_hash.clone(),
        key: IdempotencyKey::parse(&key).map_err(refused("idempotency key"))?,
        answers: one.respondent.answer(form.definition(), shown, random),
    })
}

/// Closes on time, seals a day later and publishes the day after.
async fn close_and_publish(store: &Store, round: &RoundId, closes: Timestamp) -> Result<(), DemoError> {
    let (sealed, published) = (
        closes + SignedDuration::from_hours(24),
        closes + SignedDuration::from_hours(48),
    );
    let id = round.clone();
    let close = store.write(move |conn| round::close(conn, &id, closes));
    close.await.map_err(refused("closing of a round"))?;
    let operator = Actor::operator();
    let seal = report::desk::seal(store, &operator, round, None, sealed, report::desk::quietly());
    seal.await.map_err(refused("sealing of a round"))?;
    let id = round.clone();
    let publish = store.write(move |conn| round::publish(conn, &id, published));
    publish.await.map_err(refused("publishing of a round"))?;
    let id = round.clone();
    let review = store.write(move |conn| read_comments(conn, &id, published));
    review.await.map_err(refused("review of comments"))
}

/// How many comments of a round somebody has read.
const COMMENTS_READ: u32 = 150;

/// Somebody has read the first comments: most are released, some withheld, and the others still wait.
fn read_comments(conn: &mut Conn, round: &RoundId, now: Timestamp) -> Result<(), ReviewError> {
    let found = review::list(conn, round, Decided::Not, None, COMMENTS_READ)?;
    let decisions = found.comments.into_iter().enumerate().map(|(place, comment)| {
        let verdict = match place % 6 {
            5 => Verdict::Withhold,
            _ => Verdict::Release(None),
        };
        review::Decision {
            key: comment.key,
            verdict,
            seen: Some(comment.seen),
        }
    });
    let decisions: Vec<review::Decision> = decisions.collect();
    review::decide(conn, &Actor::operator(), round, &decisions, now).map(drop)
}

/// Of a round that is still open, only some of those who will answer have done so.
fn share_so_far(is_over: bool) -> f64 {
    if is_over { 1.0 } else { 0.45 }
}

fn survey_of(kind: RoundKind) -> &'static str {
    match kind {
        RoundKind::Yearly => "agency-partnership",
        RoundKind::Pulse => "quarterly-pulse",
    }
}

fn audience_name(name: &str) -> Result<AudienceName, DemoError> {
    name.parse().map_err(refused("audience name"))
}

/// `DOT-17` works in `DOT`; people of the merged agency keep their ids, and see the office as those who took
/// them over do.
fn agency_of_person(person: &str) -> Option<&'static DemoAgency> {
    let code = person.split('-').next()?;
    AGENCIES.iter().find(|agency| agency.code == code)
}

pub(super) fn refused<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> DemoError {
    let what = what.to_owned();
    move |why| DemoError::Refused {
        what: what.clone(),
        why: why.to_string(),
    }
}
