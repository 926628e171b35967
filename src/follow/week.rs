//! The week of a relationship manager: how much waits, as counts, for a short mail on Monday.
//!
//! The mailing of a week exists once, whoever makes it and however often it is tried. Nobody gets a mail that says
//! that nothing waits.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::FollowError;
use super::make::owners;
use crate::identity::Role;
use crate::identity::users::{self, User};
use crate::store::follow_ups::{self, Filter};
use crate::store::mailings::{self, MailingRow};
use crate::store::outbox::{self, MailRow};
use crate::store::{Conn, commitments};

/// From this hour of Monday (UTC) on the mail of the week is due.
const HOUR: i8 = 7;

/// More than so many of anything are not counted.
const MOST: i64 = 1000;

/// What waits for a relationship manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The agencies they look after.
    pub agencies: Vec<String>,
    /// Follow-ups that are not done.
    pub open: u32,
    /// Of these, those whose day has passed without a reply.
    pub overdue: u32,
    /// Of these, those without any reply.
    pub unanswered: u32,
    /// Commitments that are due within two weeks or overdue.
    pub commitments: u32,
}

/// Orders the mails of this week, from Monday morning on, unless they are ordered. Returns how many were.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn order_due(conn: &mut Conn, now: Timestamp) -> Result<usize, FollowError> {
    let local = now.to_zoned(TimeZone::UTC);
    if local.weekday() == Weekday::Monday && local.hour() < HOUR {
        return Ok(0);
    }
    let week = local.date().iso_week_date();
    let id = format!("week/{}-W{:02}", week.year(), week.week());
    let row = MailingRow {
        id: id.clone(),
        round: None,
        audience: None,
        step: 0,
        send_at: now.as_millisecond(),
        state: "filled".to_owned(),
        people: None,
        ordered_by: "clock".to_owned(),
    };
    if mailings::mailing(conn, &id)?.is_some() || !mailings::insert_mailing(conn, &row)? {
        return Ok(0);
    }
    let mut mails = 0;
    for user in users::list(conn)? {
        if of_user(conn, &user, now)?.is_some() {
            let mail = MailRow {
                mailing: id.clone(),
                person: user.id,
                state: "waiting".to_owned(),
                attempts: 0,
                due_at: now.as_millisecond(),
                begun_at: None,
                seed: None,
                told: String::new(),
            };
            outbox::insert_mail(conn, &mail)?;
            mails += 1;
        }
    }
    Ok(mails)
}

/// What waits for the user of that id; `None` when nothing does, or they look after no agency any more.
///
/// # Errors
/// [`FollowError`] of the database.
pub fn of(conn: &mut Conn, user: &str, now: Timestamp) -> Result<Option<Week>, FollowError> {
    let found = users::list(conn)?.into_iter().find(|one| one.id == user);
    match found {
        Some(user) => of_user(conn, &user, now),
        None => Ok(None),
    }
}

fn of_user(conn: &mut Conn, user: &User, now: Timestamp) -> Result<Option<Week>, FollowError> {
    let agencies: Vec<String> = user
        .roles
        .iter()
        .filter_map(|role| match role {
            Role::Manager(agency) => Some(agency.to_string()),
            _ => None,
        })
        .collect();
    if agencies.is_empty() || user.disabled {
        return Ok(None);
    }
    let filter = Filter {
        agencies: Some(agencies.clone()),
        states: Some(vec!["open".to_owned(), "in-progress".to_owned()]),
        ..Filter::default()
    };
    let responsible = owners(conn)?;
    let today = now.to_zoned(TimeZone::UTC).date();
    let mine = follow_ups::list(conn, &filter, MOST)?
        .into_iter()
        .filter(|(row, ..)| {
            let owner = row.owner.as_ref().or_else(|| responsible.get(&row.agency));
            owner == Some(&user.id)
        });
    let rows: Vec<_> = mine.map(|(row, ..)| row).collect();
    let unanswered = rows.iter().filter(|row| row.first_reply_at.is_none());
    let late = unanswered.clone().filter(|row| row.due_on < today.to_string());
    let soon = today
        .checked_add(Span::new().days(14))
        .unwrap_or(today)
        .to_string();
    let due = commitments::list(conn, Some(&agencies), None, MOST)?
        .into_iter()
        .filter(|row| {
            let is_open = matches!(row.state.as_str(), "planned" | "under-way");
            is_open && row.due_on <= soon && row.owner.as_ref().is_none_or(|owner| *owner == user.id)
        });
    let week = Week {
        overdue: count(late.count()),
        unanswered: count(unanswered.count()),
        open: count(rows.len()),
        commitments: count(due.count()),
        name: user.name.clone(),
        email: user.email.clone(),
        agencies,
    };
    Ok((week.open > 0 || week.commitments > 0).then_some(week))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
