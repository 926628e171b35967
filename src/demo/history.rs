//! Two years of the demo's state, lived through in order.

use std::collections::BTreeSet;
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
use crate::collect::{Form, IdempotencyKey, Intake, Submission};
use crate::identity::users::{self, NewUser};
use crate::identity::{Actor, Email, Role, password};
use crate::report;
use crate::round::{self, Audience, AudienceName, InvitationLink, Mode, NewRound, RoundId, RoundThresholds};
use crate::slug::BadSlug;
use crate::store::{Store, StoreError};
use crate::survey::definition::{Definition, ItemId};
use crate::survey::{parse, publish};

/// The surveys that ship.
#[derive(RustEmbed)]
#[folder = "surveys"]
#[include = "*.v*.json"]
struct Shipped;

/// The seconds of real time that a demo may take are spent on responses; so many are under way at once.
const UNDER_WAY: usize = 256;

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
    size: Size,
    password: &str,
    now: Timestamp,
    told: impl Fn(usize, usize),
) -> Result<Guide, DemoError> {
    let intake = Intake::new(store.clone());
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
        let invited = Invited::to(store, &fielding, size).await?;
        let is_over = fielding.closes < now;
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
    (
        replies::MANAGER,
        "Mara Manager",
        "relationship manager (LAB)",
    ),
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
    respondent: Respondent,
}

impl Invited {
    /// Creates the round, imports its rosters and opens it, at the time at which it opened.
    async fn to(store: &Store, fielding: &Fielding, size: Size) -> Result<Self, DemoError> {
        let fielding = fielding.clone();
        store
            .write(move |conn| {
                let id: RoundId = fielding.id.parse().map_err(refused("round id"))?;
                let (staff, leaders) = (audience_name("staff")?, audience_name("leaders")?);
                let mut audiences = vec![Audience {
                    name: staff.clone(),
                    title: "All staff".into(),
                    mode: Mode::Anonymous,
                }];
                if fielding.kind == RoundKind::Yearly {
                    let title = "Directors and IT managers".into();
                    audiences.push(Audience {
                        name: leaders.clone(),
                        title,
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
                round::open(conn, &id, fielding.opens).map_err(refused("opening of a round"))?;
                Ok(Self {
                    round: id,
                    kind: fielding.kind,
                    staff,
                    leaders,
                })
            })
            .await
    }

    /// Who answers, and with what view. Of a round that is still open only some have answered yet.
    fn who_answer(&self, fielding: &Fielding, is_over: bool) -> Vec<Answering> {
        let so_far = share_so_far(is_over);
        let mut random = generator(&format!("who answers after {:.3} years", fielding.years));
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
                    respondent,
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
    let submissions: Vec<_> = answering
        .iter()
        .map(|one| submission(one, &form, &mut random))
        .collect::<Result<_, _>>()?;
    let mut sending = stream::iter(submissions)
        .map(|submission| intake.receive(submission, two_days_in))
        .buffer_unordered(UNDER_WAY);
    let mut done = 0;
    while let Some(_receipt) = sending.try_next().await.map_err(refused("response"))? {
        done += 1;
        told(done);
    }
    Ok(done)
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
    let id = round.clone();
    store
        .write(move |conn| {
            let (sealed, published) = (
                closes + SignedDuration::from_hours(24),
                closes + SignedDuration::from_hours(48),
            );
            round::close(conn, &id, closes).map_err(refused("closing of a round"))?;
            report::seal(conn, &id, sealed, &mut |_| ()).map_err(refused("sealing of a round"))?;
            round::publish(conn, &id, published).map_err(refused("publishing of a round"))?;
            Ok(())
        })
        .await
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
